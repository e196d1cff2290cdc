"""What a plan file may say: one frozen model per table of the file."""

from __future__ import annotations

__all__ = [
    "Analogue",
    "Calendar",
    "Checks",
    "Company",
    "Event",
    "Exclusion",
    "Limit",
    "PlanFile",
    "ReviewChoices",
    "RunLimits",
    "SourceFile",
    "SupportingGoal",
    "TargetChoices",
]

import datetime as dt
import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import Field, model_validator

from salesplan.config.decisions import Decisions
from salesplan.config.fields import (
    REP,
    Carried,
    Code,
    Dimension,
    Month,
    Share,
    Table,
    Text,
    Title,
    acyclic,
    known,
    once,
)
from salesplan.config.moves import Initiative, Judgement, Meeting, Risk, Task
from salesplan.config.people import Budget, Incentives, Role
from salesplan.config.sources import DIMENSIONS
from salesplan.errors import nearest

_PATTERNS = {"months": "months", "4-4-5": "445", "4-5-4": "454", "5-4-4": "544"}


class Calendar(Table):
    """The fiscal calendar, as ``periods.FiscalCalendar`` takes it."""

    start_month: int
    pattern: str
    year_named_by: str


class Company(Table):
    """[company]: whose plan this is, in which languages, currency and unit, and when its year begins.

    name: the folder under ``outputs``. languages: the first is the run's; each further one gets its own report. unit:
    of display; by size where it is not given. calendar: calendar months, or weeks per period. country: whose public
    holidays count (ISO 3166); China's where the currency is CNY, else weekends alone.
    """

    name: Annotated[Code, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: Title
    languages: list[Literal["en", "zh"]] = Field(default=["en"], min_length=1)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    unit: Literal[1, 10000, 1000000, 100000000] | None = None
    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    calendar: Literal["months", "4-4-5", "4-5-4", "5-4-4"] = "months"
    year_named_by: Literal["start", "end"] = "end"
    seed: Annotated[int, Field(ge=0)] = 20260101

    @model_validator(mode="after")
    def _known_country(self) -> Company:
        if self.country is not None:
            import holidays

            known = holidays.list_supported_countries()
            if self.country not in known:
                raise ValueError(f"no public holidays are known of {self.country!r}.{nearest(self.country, known)}")
        return self

    @property
    def holidays_of(self) -> str | None:
        """Whose public holidays count; None for weekends alone."""
        return self.country or ("CN" if self.currency == "CNY" else None)


class Exclusion(Table):
    """[[sources.X.exclude]]: rows that are declared out, with the reason; counted and valued, never hidden."""

    column: str
    values: list[Code] = Field(min_length=1)
    reason: str = Field(min_length=1)


class SourceFile(Table):
    """[sources.X]: where a source lies and what its columns are called.

    path: a file or a glob (or a list of them), relative to the plan file. files: a name per file, and ``select`` the
    SELECT that puts them together; every column is text there. url_env: the environment variable that holds a
    database URL, with ``table`` or ``select``. columns maps our names to theirs; constants gives one value to every
    row; values maps their codes to ours per column; units says 元, 千元, 万元 or 亿元 per money column. dates: how days
    are written ("%d/%m/%Y"). key: the columns that make a line unique. covers: a target dated D holds for its period,
    or until the next one of the same member. sheet: a name, a list, or a pattern ("*": all). anonymous (orders): what
    stands for nobody in particular among the customers; their sales count, customer analyses leave them out.
    months_as_columns: the columns that are months, turned into rows; where a header does not say its year, each with
    its period ({ "1月" = "2025-01" }).
    """

    path: str | list[str] | None = None
    files: dict[Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")], str] = Field(default_factory=dict)
    select: str | None = None
    url_env: str | None = None
    table: str | None = None
    sheet: str | list[str] | None = None
    encoding: Literal["utf-8", "utf-16", "gb18030", "cp1252", "latin-1"] | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    header_rows: Annotated[int, Field(ge=1, le=5)] = 1
    decimal: Literal[".", ","] = "."
    dates: str | None = None
    timezone: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, Code] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    units: dict[str, Literal["元", "千元", "万元", "亿元", "1", "1e3", "1e4", "1e6", "1e8"]] = Field(
        default_factory=dict
    )
    key: list[str] = Field(default_factory=list)
    exclude: list[Exclusion] = Field(default_factory=list)
    covers: Literal["period", "until_next"] = "period"
    anonymous: list[str] = Field(default_factory=list)
    months_as_columns: list[str] | dict[str, Code] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_place(self) -> SourceFile:
        given = [n for n, v in (("path", self.path), ("files", self.files), ("url_env", self.url_env)) if v]
        if len(given) != 1:
            raise ValueError(f"give one of path, files and url_env; found {' and '.join(given) or 'none'}")
        if self.files and self.select is None:
            raise ValueError("with files give the select that puts them together")
        if self.url_env and (self.table is None) == (self.select is None):
            raise ValueError("with url_env give either table or select")
        if self.path and (self.select or self.table):
            raise ValueError("a path takes neither select nor table: write files = { name = path } for a select")
        if self.timezone is not None:
            try:
                ZoneInfo(self.timezone)
            except (ValueError, OSError, ZoneInfoNotFoundError) as error:
                known_zones = sorted(available_timezones())
                hint = nearest(self.timezone, known_zones)
                raise ValueError(f"timezone {self.timezone[:40]!r} is none, as Asia/Shanghai is.{hint}") from error
        if self.dates is not None and not {"%m"} < set(re.findall(r"%[a-zA-Z]", self.dates)):
            raise ValueError('dates says how days are written, as in "%d/%m/%Y"')
        return self


class Checks(Table):
    """[checks]: what stops a run before anything is published.

    max_quarantined_rows, max_quarantined_amount: how much may be set aside [share of rows, of absolute amounts].
    stale_days: how old the newest order may be. max_target_gap: by how much the levels of the delivered targets may
    differ [share of the whole]. max_fall: by how much rows or money of a source may fall short of the delivery
    published last [share]; may_fall: the sources that may for once.
    """

    max_quarantined_rows: Share = 0.01
    max_quarantined_amount: Share = 0.005
    stale_days: Annotated[int, Field(ge=0)] = 45
    max_target_gap: Share = 0.005
    max_fall: Share = 0.5
    may_fall: list[Code] = Field(default_factory=list)


class RunLimits(Table):
    """[run]: seconds one cell and one whole run may take."""

    cell_seconds: Annotated[int, Field(ge=1)] = 600
    run_seconds: Annotated[int, Field(ge=1)] = 3600


class ReviewChoices(Table):
    """[review]: definitions a company argues about.

    collection_rate: "due" = collected in the window of what fell due in it; "sales" = cash of the window over
    invoiced sales of the window; "opening" = cash over opening receivables plus invoiced sales. lexicon: a file of the
    company's own by which comments are read, in place of the shipped one (``data.lexicon``).
    """

    collection_rate: Literal["due", "sales", "opening"] = "due"
    churn_months: Annotated[int, Field(ge=1, le=36)] = 12
    false_discovery_rate: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    lexicon: str | None = None


class Limit(Table):
    """[[targets.limits]]: what a part of the goal is at least, at most or exactly [currency].

    where: one member of each dimension it speaks of; or a representative (rep_id), whose limit may name a region and a
    channel besides and counts the hedge in. period: a year, quarter or month of the plan year; the year where it is not
    given.
    """

    where: dict[Carried, Code] = Field(min_length=1)
    floor: Annotated[float, Field(ge=0)] | None = None
    cap: Annotated[float, Field(ge=0)] | None = None
    fixed: Annotated[float, Field(ge=0)] | None = None
    period: Code | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Limit:
        if self.floor is None and self.cap is None and self.fixed is None:
            raise ValueError("give a floor, a cap or a fixed amount")
        if self.fixed is not None and (self.floor is not None or self.cap is not None):
            raise ValueError("a fixed amount has neither floor nor cap")
        if REP in self.where and not set(self.where) <= {REP, "region", "channel"}:
            raise ValueError("a limit of a representative names region and channel besides, nothing else")
        if self.floor is not None and self.cap is not None and self.floor > self.cap:
            raise ValueError(
                f"floor {self.floor:,.2f} lies above cap {self.cap:,.2f}: lower the one or raise the other"
            )
        return self


class Event(Table):
    """[[targets.events]]: what the forecast should not take for the usual.

    kind: one_off, months from ``first`` to ``last`` as they will not come again; break, a level that changed for good
    with ``first``. where: one member of each dimension it speaks of; the company where it is not given.
    """

    kind: Literal["one_off", "break"]
    first: Month
    last: Month | None = None
    where: dict[Dimension, Code] = Field(default_factory=dict)
    reason: Text

    @model_validator(mode="after")
    def _in_order(self) -> Event:
        if self.kind == "break" and self.last is not None:
            raise ValueError("a break has no last month: it lasts")
        if self.last is not None and self.last < self.first:
            raise ValueError(f"last {self.last} lies before first {self.first}: turn them round")
        return self


class Analogue(Table):
    """[[targets.analogues]]: the older member that a new one is expected to follow, at the same age."""

    where: dict[Dimension, Code] = Field(min_length=1, max_length=1)
    like: Code


class SupportingGoal(Table):
    """[[targets.supporting]]: how far one supporting goal may move, how easily [weight], and who owns it."""

    metric: Code
    owner: Code | None = None
    bounds: tuple[float, float] | None = None
    weight: Annotated[float, Field(gt=0)] = 1.0


class TargetChoices(Table):
    """[targets]: the ambition, as probabilities, the chosen top line, and what its split has to respect.

    basis or amount: which top line is chosen; ``reason`` is printed with it. goal: which goal of the year
    holds: what was approved (the default), else the delivered targets, else what is computed; naming a later one leaves
    out those before it. split: by history (shares
    of the last years), potential (the middle forecast and the room in the market), equal_growth, or equal_difficulty
    (all members equally likely). change: the least and most that every member of a dimension may change on last year.
    hedge: how much more than the goal the representatives are asked for.
    asset_turnover: sales a year per unit of average_assets. value_added_rate: of sales. margin_goal, collection_goal:
    the rates that gross profit and cash are asked for, where they are not to stay as they were.
    """

    commit: Share = 0.8
    target: Share = 0.55
    stretch: Share = 0.25
    basis: Literal[
        "own_growth",
        "forecast",
        "forecast_initiatives",
        "market_share",
        "break_even",
        "net_profit",
        "asset_turnover",
        "value_added",
        "competitors",
        "strategic_goal",
        "bottom_up",
        "commit",
        "target",
        "stretch",
        "amount",
    ] = "forecast_initiatives"
    amount: Annotated[float, Field(gt=0)] | None = None
    reason: Text | None = None
    author: str | None = None
    date: dt.date | None = None
    goal: Literal["approved", "delivered", "computed"] | None = None
    split: Literal["history", "potential", "equal_growth", "equal_difficulty"] = "history"
    hedge: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    strategic_growth: float | None = None
    market_share_goal: Share | None = None
    market_growth: float | None = None
    fixed_cost: Annotated[float, Field(ge=0)] | None = None
    planned_profit: float | None = None
    net_profit_rate: Share | None = None
    average_assets: Annotated[float, Field(gt=0)] | None = None
    asset_turnover: Annotated[float, Field(gt=0)] | None = None
    heads: Annotated[float, Field(gt=0)] | None = None
    value_added_per_head: Annotated[float, Field(gt=0)] | None = None
    value_added_rate: Share | None = None
    margin_goal: Share | None = None
    collection_goal: Annotated[float, Field(gt=0)] | None = None
    limits: list[Limit] = Field(default_factory=list)
    change: dict[Dimension, tuple[float, float]] = Field(default_factory=dict)
    events: list[Event] = Field(default_factory=list)
    analogues: list[Analogue] = Field(default_factory=list)
    supporting: list[SupportingGoal] = Field(default_factory=list)
    owners: dict[str, str] = Field(default_factory=dict)
    default_owner: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> TargetChoices:
        if not self.commit >= self.target >= self.stretch:
            raise ValueError(
                "commit, target and stretch are probabilities and may not rise: commit >= target >= stretch"
            )
        for dimension, (least, most) in self.change.items():
            if not -1 <= least <= most:
                raise ValueError(f"change of {dimension}: give the least and the most as shares, -1 <= least <= most")
        if (self.basis == "amount") != (self.amount is not None):
            raise ValueError('an amount of one\'s own needs basis = "amount" and amount = …, both or neither')
        once("targets.supporting", [goal.metric for goal in self.supporting])
        return self

    def bounds_of(self, metric: str) -> SupportingGoal | None:
        """What the plan says of a supporting goal, None where it says nothing."""
        return next((goal for goal in self.supporting if goal.metric == metric), None)


class PlanFile(Table):
    """A whole plan file. ``dimensions`` says which column is meant by each, or that the company has none."""

    company: Company
    dimensions: dict[Dimension, str | Literal[False]] = Field(default_factory=dict)
    sources: dict[str, SourceFile]
    checks: Checks = Checks()
    run: RunLimits = RunLimits()
    review: ReviewChoices = ReviewChoices()
    targets: TargetChoices = TargetChoices()
    swot: list[Judgement] = Field(default_factory=list)
    initiatives: list[Initiative] = Field(default_factory=list)
    tasks: list[Task] = Field(default_factory=list)
    risks: list[Risk] = Field(default_factory=list)
    meetings: list[Meeting] = Field(default_factory=list)
    roles: list[Role] = Field(default_factory=list)
    incentives: Incentives | None = None
    budget: Budget = Budget()
    decisions: Decisions = Decisions()

    @model_validator(mode="after")
    def _whole(self) -> PlanFile:
        if "orders" not in self.sources:
            raise ValueError("sources.orders is required: the order lines everything is computed from")
        known("checks", {"may_fall": self.checks.may_fall}, there=list(self.sources))
        for kind, key in (("initiatives", "initiative_id"), ("tasks", "task_id")):
            once(kind, [getattr(row, key) for row in getattr(self, kind)])
        once("risks", [row.risk_id for row in self.risks])
        known(
            "tasks",
            {t.task_id: [t.initiative_id] for t in self.tasks},
            there=[i.initiative_id for i in self.initiatives],
        )
        moves = {move.initiative_id: move.depends_on for move in self.initiatives}
        known("tasks", {task.task_id: [task.initiative_id] for task in self.tasks}, there=list(moves))
        known("initiatives", moves, there=list(moves))
        acyclic("initiatives", moves)
        waits = {task.task_id: task.depends_on for task in self.tasks}
        known("tasks", waits, there=list(waits))
        acyclic("tasks", waits)
        return self

    def decided(self) -> PlanFile:
        """The same plan with its decisions in the place of the choices they were made about."""
        above = self.decisions.above()
        return self.model_copy(update={"targets": self.targets.model_copy(update=above)}) if above else self

    @property
    def calendar(self) -> Calendar:
        """The company's fiscal calendar."""
        company = self.company
        return Calendar(
            start_month=company.fiscal_year_start,
            pattern=_PATTERNS[company.calendar],
            year_named_by=company.year_named_by,
        )

    @property
    def dimension_columns(self) -> tuple[str, ...]:
        """The dimensions this company has, in the order of the contract."""
        return tuple(d for d in DIMENSIONS if self.dimensions.get(d, True) is not False)
