"""A workbook for one's own company: notebooks, a commented plan file, and what to do next."""

from __future__ import annotations

__all__ = ["found_workbook"]

import shutil
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from salesplan.chain.first_plan import first_plan
from salesplan.chain.request import home, notebooks_folder
from salesplan.errors import ChainError
from salesplan.workspace import CHAPTERS

_README = """# A sales planning workbook

1. Look at `plan.toml`: lines marked "guess" say what your files seem to hold. Without files of your own in it, put the
   order lines where it says (`data/orders.csv`), or change the path there. One row per order line: date, customer,
   product, quantity, net sales, and category, region, customer group and channel.
2. Map your column names under `[sources.orders.columns]`: ours on the left, yours on the right.
3. Check plan and data: `salesplan check --plan plan.toml`
4. Run: `salesplan run --plan plan.toml --as-of 2025Q4`, with your last closed fiscal quarter. It publishes to
   `outputs/<plan name>/<quarter>`: `report.html`, `plan.docx`, `plan.xlsx` and the tables.
5. Step through the notebooks: `salesplan lab`
6. Add sources one by one (targets, payments, market, …; they stand commented in `plan.toml`). Each switches its
   sections on; without it the sections say what it would give.
7. Add `[[initiatives]]`, `[[tasks]]`, `[[swot]]` and `[[risks]]`: what only people know.
"""


def found_workbook(folder: Path, *, files: Sequence[Path] = ()) -> list[Path]:
    """Writes a workbook into ``folder`` and returns its files; refuses where one of them is there already.

    files: a company's own, which the plan file then speaks of; what each is and holds is a guess and marked as one.
    """
    source = notebooks_folder(home(Path.cwd() / "plan.toml"))
    template = resources.files("salesplan.chain").joinpath("plan_template.toml").read_text(encoding="utf-8")
    plan = first_plan(template, files=files, folder=folder) if files else template
    texts = {"plan.toml": plan, "README.md": _README, ".gitignore": "outputs/\n"}
    targets = [folder / name for name in (*texts, *(f"notebooks/{c}.ipynb" for c in CHAPTERS))]
    if there := [place for place in targets if place.exists() or place.is_symlink()]:
        raise ChainError(f"{there[0]} is there already; nothing was written. Choose a new folder.")
    for name in ("notebooks", "data"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    for chapter in CHAPTERS:
        shutil.copyfile(source / f"{chapter}.ipynb", folder / "notebooks" / f"{chapter}.ipynb")
    return targets
