"""What a plan file may say: one frozen model per table of the file."""

from __future__ import annotations

__all__ = [
    "Bound",
    "Calendar",
    "Exclusion",
    "Gates",
    "Join",
    "PlanFile",
    "PlanHead",
    "ReviewChoices",
    "RunLimits",
    "SourceFile",
    "SupportingBound",
    "TargetChoices",
]

import graphlib
from typing import Annotated, Literal

from pydantic import Field, model_validator

from salesplan.config.moves import Initiative, Judgement, Meeting, Risk, Task
from salesplan.config.sources import DIMENSIONS
from salesplan.config.values import Code, Dimension, Share, Table, Text
from salesplan.errors import nearest


class PlanHead(Table):
    """[plan]: whose plan this is. ``root`` is the folder the sources' paths start from, relative to the file."""

    name: Annotated[Code, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    company: Text
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    language: Literal["en", "zh"] = "en"
    seed: Annotated[int, Field(ge=0)] = 20260101
    root: str = "."


class Calendar(Table):
    """[calendar]: the fiscal calendar (see ``periods.FiscalCalendar``)."""

    start_month: Annotated[int, Field(ge=1, le=12)] = 1
    pattern: Literal["months", "445", "454", "544"] = "months"
    year_named_by: Literal["start", "end"] = "end"


class Join(Table):
    """[[sources.X.join]]: another delivered file whose columns are added by key, each key once (m:1)."""

    path: str
    on: dict[str, str] = Field(min_length=1)
    columns: list[str] = Field(min_length=1)
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None


class Exclusion(Table):
    """[[sources.X.exclude]]: rows that are declared out, with the reason; counted and valued, never hidden."""

    column: str
    values: list[Code] = Field(min_length=1)
    reason: str = Field(min_length=1)


class SourceFile(Table):
    """[sources.X]: where a source lies and what its columns are called.

    path is a file or a glob (or a list of them), relative to ``plan.root``; or database_env names the environment
    variable that holds a database URL, with ``table`` or ``query``. ``columns`` maps our names to theirs, or to an
    arithmetic expression over theirs ("UnitPrice * Quantity * (1 - Discount)"); ``constants`` gives one value to
    every row; ``values`` maps their codes to ours per column; ``units`` says 元, 千元, 万元 or 亿元 per money column.
    """

    path: str | list[str] | None = None
    sheet: str | None = None
    encoding: Literal["utf-8", "utf-16", "gb18030"] | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    header_rows: Annotated[int, Field(ge=1, le=5)] = 1
    decimal: Literal[".", ","] = "."
    dates: Literal["ymd", "dmy", "mdy"] = "ymd"
    timezone: str | None = None
    database_env: str | None = None
    table: str | None = None
    query: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, Code] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    units: dict[str, Literal["元", "千元", "万元", "亿元", "1", "1e3", "1e4", "1e6", "1e8"]] = Field(
        default_factory=dict
    )
    line_key: list[str] = Field(default_factory=list)
    join: list[Join] = Field(default_factory=list)
    exclude: list[Exclusion] = Field(default_factory=list)
    end: Literal["given", "until_next"] = "given"

    @model_validator(mode="after")
    def _one_place(self) -> SourceFile:
        if (self.path is None) == (self.database_env is None):
            raise ValueError("give either path or database_env (the name of an environment variable)")
        if self.database_env and (self.table is None) == (self.query is None):
            raise ValueError("with database_env give either table or query")
        return self


class Gates(Table):
    """[gates]: how much set aside, or how old a delivery, stops a run."""

    quarantined_money: Share = 0.005
    quarantined_rows: Share = 0.01
    stale_days: Annotated[int, Field(ge=0)] = 45


class RunLimits(Table):
    """[run]: seconds one cell and one whole run may take."""

    cell_seconds: Annotated[int, Field(ge=1)] = 600
    run_seconds: Annotated[int, Field(ge=1)] = 3600


class ReviewChoices(Table):
    """[review]: definitions a company argues about.

    collection_rate: "due" = collected in the window of what fell due in it; "sales" = cash of the window over
    invoiced sales of the window; "opening" = cash over opening receivables plus invoiced sales.
    """

    collection_rate: Literal["due", "sales", "opening"] = "due"
    churn_months: Annotated[int, Field(ge=1, le=36)] = 12
    false_discovery_rate: Annotated[float, Field(gt=0, lt=0.5)] = 0.1


class Bound(Table):
    """[[targets.floors]], caps or locks: one member's yearly amount, at least, at most or exactly."""

    dimension: Dimension
    member: Code
    amount: Annotated[float, Field(ge=0)]


class SupportingBound(Table):
    """[targets.supporting.<metric>]: how far one supporting goal may move in the plan year, and who owns it."""

    low: float | None = None
    high: float | None = None
    owner: str | None = None


class TargetChoices(Table):
    """[targets]: the ambition, as probabilities, and what the split has to respect.

    goal: which basis of the top line is chosen. ``reason`` is printed with it. ``baseline`` is the probability at
    which commit, target and stretch are read off the forecast with initiatives.
    """

    commit: Share = 0.8
    target: Share = 0.55
    stretch: Share = 0.25
    goal: Literal[
        "own_growth",
        "forecast",
        "forecast_initiatives",
        "market_share",
        "break_even",
        "net_profit",
        "strategic_goal",
        "bottom_up",
        "commit",
        "target",
        "stretch",
    ] = "target"
    reason: Text = "The amount the forecast with the chosen initiatives reaches with the probability set in the plan."
    strategic_growth: float | None = None
    market_share_goal: Share | None = None
    market_growth: float | None = None
    fixed_cost: Annotated[float, Field(ge=0)] | None = None
    planned_profit: float | None = None
    net_profit_rate: Share | None = None
    hedge: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    floors: list[Bound] = Field(default_factory=list)
    caps: list[Bound] = Field(default_factory=list)
    locks: list[Bound] = Field(default_factory=list)
    supporting: dict[str, SupportingBound] = Field(default_factory=dict)
    owners: dict[str, str] = Field(default_factory=dict)
    default_owner: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> TargetChoices:
        if not self.commit >= self.target >= self.stretch:
            raise ValueError(
                "commit, target and stretch are probabilities and may not rise: commit >= target >= stretch"
            )
        return self


class PlanFile(Table):
    """A whole plan file. ``names`` labels members per language; ``dimensions`` names or switches off dimensions."""

    plan: PlanHead
    calendar: Calendar = Calendar()
    dimensions: dict[Dimension, str | Literal[False]] = Field(default_factory=dict)
    names: dict[Literal["en", "zh"], dict[str, str]] = Field(default_factory=dict)
    sources: dict[str, SourceFile]
    gates: Gates = Gates()
    run: RunLimits = RunLimits()
    review: ReviewChoices = ReviewChoices()
    targets: TargetChoices = TargetChoices()
    judgements: list[Judgement] = Field(default_factory=list)
    initiatives: list[Initiative] = Field(default_factory=list)
    tasks: list[Task] = Field(default_factory=list)
    risks: list[Risk] = Field(default_factory=list)
    meetings: list[Meeting] = Field(default_factory=list)

    @model_validator(mode="after")
    def _whole(self) -> PlanFile:
        if "orders" not in self.sources:
            raise ValueError("sources.orders is required: the order lines everything is computed from")
        for kind, key in (("judgements", "id"), ("initiatives", "initiative_id"), ("tasks", "task_id")):
            _once(kind, [getattr(row, key) for row in getattr(self, kind)])
        _once("risks", [row.risk_id for row in self.risks])
        _known("tasks", {t.task_id: [t.initiative_id] for t in self.tasks}, [i.initiative_id for i in self.initiatives])
        waits = {task.task_id: task.depends_on for task in self.tasks}
        _known("tasks", waits, list(waits))
        _acyclic(waits)
        return self

    @property
    def dimension_columns(self) -> tuple[str, ...]:
        """The dimensions this company has, in the order of the contract."""
        return tuple(d for d in DIMENSIONS if self.dimensions.get(d, True) is not False)


def _once(kind: str, ids: list[str]) -> None:
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise ValueError(f"{kind}: {twice[0]!r} is given twice")


def _known(kind: str, links: dict[str, list[str]], there: list[str]) -> None:
    for row, names in links.items():
        for name in names:
            if name not in there:
                raise ValueError(f"{kind}: {row!r} refers to {name!r}, which is not there.{nearest(name, there)}")


def _acyclic(waits: dict[str, list[str]]) -> None:
    """C55: tasks that wait for one another could never begin; the message prints the circle."""
    try:
        graphlib.TopologicalSorter(waits).prepare()
    except graphlib.CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise ValueError(f"tasks: {circle}: these wait for one another; none can begin. Take one link out.") from error
