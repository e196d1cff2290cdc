"""Whatever is published, decided, restated or crashes in any order: the ledger tells the goals, and a lock holds."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from salesplan import baseline, chain, ledger
from salesplan.chain import manifest
from salesplan.config import Plan
from salesplan.errors import ChainError
from salesplan.periods import FiscalCalendar
from salesplan.provenance import sha256_of

CALENDAR = FiscalCalendar()
MONTHS = CALENDAR.months("2026")
QUARTERS = ("2025Q4", "2026Q1", "2026Q2", "2026Q3")
AUTHOR, PEOPLE = "Wang", ("Li", "Zhao", "Li", "Zhao", "Wang")
PLAN: Plan = SimpleNamespace(  # type: ignore[assignment]
    file=SimpleNamespace(
        targets=SimpleNamespace(author=AUTHOR),
        calendar=SimpleNamespace(model_dump=dict),
    )
)
quarters, people = st.sampled_from(QUARTERS), st.sampled_from(PEOPLE)


def publish(layout: chain.Layout, as_of: str, goals: list[int], *, number: int) -> str:
    """A run that proposes these monthly goals [cents], published the way the chain does it."""
    run_id = f"{as_of}-20260101T000000Z-{number:08x}"
    staged = layout.staging / run_id
    (staged / "tables" / "targets").mkdir(parents=True)
    (staged / "kept").mkdir()
    cells = pd.DataFrame({"period": MONTHS, "target": [g / 100 for g in goals]})
    cells = cells.assign(product="A", region="R", customer_group="G", channel="C")
    cells.to_parquet(staged / "tables/targets/cells.parquet")
    top = pd.DataFrame({"basis": ["computed"], "amount": [sum(goals) / 100], "chosen": [True], "p_reach": [0.5]})
    top.to_parquet(staged / "tables/targets/topline.parquet")
    paths = pd.DataFrame({"period": MONTHS * 2, "draw": [0] * 12 + [1] * 12, "planned": goals + [0] * 12})
    paths.assign(dimension="total", member="total").to_parquet(staged / "kept/paths.parquet")
    about = {"run_id": run_id, "as_of": as_of, "plan_year": "2026", "outputs": manifest.outputs_of(staged)}
    manifest.write(staged, {**about, "ledger_head": ledger.head(layout.ledger, year="2026")})
    layout.run(run_id).parent.mkdir(parents=True, exist_ok=True)
    staged.rename(layout.run(run_id))
    layout.point(run_id)
    layout.mend_link(as_of)
    sealed = sha256_of(layout.run(run_id) / manifest.NAME)
    facts = {"as_of": as_of, "run_id": run_id, "logical_id": run_id, "manifest_sha256": sealed}
    ledger.append(layout.ledger, year="2026", kind="published", facts=facts)
    return run_id


class Year(RuleBasedStateMachine):
    """A plan year and what is known of it beside the ledger: current runs, what was handed in, the goals by month."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp()) / "plan"
        self.layout, self.number = chain.Layout(self.base), 0
        self.runs: dict[str, tuple[str, list[int]]] = {}
        self.handed_in: tuple[str, str] | None = None
        self.goals: list[int] | None = None
        self.locked = False

    def teardown(self) -> None:
        shutil.rmtree(self.base.parent)

    @initialize()
    def begin(self):
        self.publish_or_restate("2025Q4", [100] * 12)
        self.publish_or_restate("2026Q1", [200] * 12)

    @rule(as_of=quarters, goals=st.lists(st.integers(0, 10**9), min_size=12, max_size=12))
    def publish_or_restate(self, as_of, goals):
        self.number += 1
        self.runs[as_of] = (publish(self.layout, as_of, goals, number=self.number), goals)

    def decide(self, decision, *, allowed, **about):
        """Takes a decision; where it is not allowed it is refused and nothing is written."""
        before = ledger.head(self.layout.ledger, year="2026")
        if allowed:
            decision(PLAN, layout=self.layout, **about)
        else:
            with pytest.raises(ChainError):
                decision(PLAN, layout=self.layout, **about)
            assert ledger.head(self.layout.ledger, year="2026") == before
        return allowed

    @rule(as_of=quarters, by=people)
    def submit(self, as_of, by):
        run = self.runs.get(as_of, ("", []))[0]
        allowed = bool(run) and self.goals is None and (self.handed_in or ("",))[0] != run
        if self.decide(chain.submit, allowed=allowed, run=as_of, by=by):
            self.handed_in = run, by

    @rule(as_of=quarters, by=people)
    def approve(self, as_of, by):
        run, goals = self.runs.get(as_of, ("", []))
        allowed = bool(run) and self.goals is None and by != AUTHOR
        if self.handed_in:
            allowed = allowed and self.handed_in[0] == run and self.handed_in[1] != by
        if self.decide(chain.approve, allowed=allowed, run=as_of, by=by):
            self.goals = list(goals)

    @rule(as_of=quarters, by=people, reason=st.sampled_from(["weak", "weak", ""]), since=st.sampled_from(["", *MONTHS]))
    def revise(self, as_of, by, reason, since):
        run, goals = self.runs.get(as_of, ("", []))
        closed = CALENDAR.months(max(self.runs))[-1] if self.runs else ""
        first = since or next((m for m in MONTHS if m > closed), "")
        allowed = bool(run) and self.goals is not None and not self.locked and by != AUTHOR and bool(reason)
        allowed = allowed and first > closed
        if self.decide(chain.revise, allowed=allowed, run=as_of, by=by, reason=reason, since=since):
            self.goals = [new if m >= first else old for m, old, new in zip(MONTHS, self.goals, goals, strict=True)]

    @rule(by=people)
    def lock(self, by):
        allowed = self.goals is not None and not self.locked and by != AUTHOR
        if self.decide(chain.lock_year, allowed=allowed, year="2026", by=by):
            self.locked = True

    @precondition(lambda self: self.runs)
    @rule(part=st.binary(min_size=1, max_size=40))
    def crash_while_writing(self, part):
        with (self.layout.ledger / "2026.jsonl").open("ab") as stream:
            stream.write(part.replace(b"\n", b"") or b"{")
        left = self.layout.staging / f"2026Q1-20260101T000000Z-{self.number + 10_000:08x}"
        left.mkdir(parents=True, exist_ok=True)

    @precondition(lambda self: self.runs)
    @rule(at=st.integers(0, 10**6), cut=st.booleans())
    def tamper(self, at, cut):
        """A changed byte and a cut tail are found, in a copy."""
        copy = self.base.parent / "copy"
        shutil.copytree(self.base, copy, symlinks=True)
        place = copy / "ledger" / "2026.jsonl"
        raw = place.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if cut:
            place.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
        else:
            place.write_bytes(
                whole[: at % len(whole)] + bytes([whole[at % len(whole)] ^ 1]) + whole[at % len(whole) + 1 :]
            )
        assert chain.verify_ledger(chain.Layout(copy)) != []
        shutil.rmtree(copy)

    @precondition(lambda self: self.goals is not None)
    @rule()
    def change_the_approved_run(self):
        copy = self.base.parent / "copy"
        shutil.copytree(self.base, copy, symlinks=True)
        held = baseline.standing(copy, year="2026")
        table = held.steps[0].run / "tables/targets/cells.parquet"
        table.write_bytes(table.read_bytes() + b"\0")
        with pytest.raises(ChainError, match="missing or was changed"):
            baseline.standing(copy, year="2026").goal()
        shutil.rmtree(copy)

    @invariant()
    def the_ledger_tells_the_goals(self):
        held = baseline.standing(self.base, year="2026")
        assert (held is None) == (self.goals is None)
        if held:
            assert (held.table("targets/cells")["target"] * 100).round().astype(int).tolist() == self.goals

    @invariant()
    def it_tells_the_state(self):
        states = {"locked": self.locked, "approved": self.goals is not None, "submitted": self.handed_in is not None}
        assert baseline.state(self.base, year="2026") == next((s for s, is_it in states.items() if is_it), "draft")
        assert chain.verify_ledger(self.layout) == []


TestYear = Year.TestCase
TestYear.settings = settings(max_examples=12, stateful_step_count=40, deadline=None)
