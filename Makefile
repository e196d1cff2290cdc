# The workbook's commands. `make help` lists them.
PLAN ?= data/demo/plan.toml
AS_OF ?= 2025Q4
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null)

# Compiled modules are kept: without them each kernel of a run compiles its libraries anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test lab demo bench calibrate properties torture matrix check clean
.DEFAULT_GOAL := help

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run ## plan the demo company for 2025Q4 (or PLAN=… AS_OF=…) and say where the report lies
	$(BIN)/salesplan run --plan $(PLAN) --as-of $(AS_OF)

test: $(VENV)/.test ## every check and test
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/clean_notebooks.py --check
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --durations 25

check: $(VENV)/.test ## lint, types and layers only
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/clean_notebooks.py --check

lab: $(VENV)/.run ## open the notebooks in JupyterLab
	$(BIN)/salesplan lab

demo: $(VENV)/.run ## make the demo company's data again
	$(BIN)/salesplan demo

torture: $(VENV)/.test ## what a run survives: crashes, full disks, killed kernels, a thousand spoiled files; writes docs
	$(BIN)/python -m tools.spoiled
	$(BIN)/python -m tools.torture

matrix: $(VENV)/.test ## companies that lack what is optional or have an odd shape; writes docs/matrix.md
	$(BIN)/python -m tools.matrix

calibrate: $(VENV)/.test ## how often the review is right about planted worlds; writes docs/calibration.md
	$(BIN)/python -m tools.calibrate

properties: $(VENV)/.test ## the property tests, each on a thousand cases, and all notebooks by hand
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -m "hypothesis or by_hand" --numprocesses 2 --dist worksteal --durations 10

bench: $(VENV)/.run ## the chain's time against the same calls in one plain script
	$(BIN)/python tools/bench.py

clean: ## remove the environment and caches, never what was published
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

ifdef UV
$(VENV)/.run: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(UV) venv --quiet --python '>=3.11' $(VENV)
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@
$(VENV)/.test: $(VENV)/.run requirements-test.lock
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-test.lock
	touch $@
else
$(VENV)/.run: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
$(VENV)/.test: $(VENV)/.run requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	touch $@
endif
