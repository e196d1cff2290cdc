"""What people bring to a plan: judgements, initiatives, tasks, risks, meetings."""

from __future__ import annotations

__all__ = ["Initiative", "Judgement", "Meeting", "Risk", "Task"]

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from salesplan.config.fields import Code, Dimension, Lever, Share, Table, Text


class Judgement(Table):
    """[[swot]]: a claim of the planner's own, with where it comes from, who made it and when."""

    quadrant: Literal["strength", "weakness", "opportunity", "threat"]
    claim: Text
    source: Annotated[str, Field(min_length=1)]
    author: str | None = None
    date: dt.date | None = None
    metric: str = "net_sales"
    scope: dict[Dimension, Code] = Field(default_factory=dict)
    confidence: Share = 0.5


class Initiative(Table):
    """[[initiatives]]: a move, what it costs and what it is claimed to bring in net sales in the plan year.

    answers: the items of the SWOT that it was made for, by their ids.
    """

    initiative_id: Code
    lever: Lever
    scope: dict[Dimension, Code] = Field(default_factory=dict)
    action: Text
    mechanism: Text
    owner: str | None = None
    start: dt.date
    due: dt.date
    cost: Annotated[float, Field(ge=0)]
    impact_low: float
    impact_mid: float
    impact_high: float
    probability: Share
    evidence: Text
    selected: bool = True
    ramp_months: Annotated[float, Field(ge=0, le=60)] = 0
    depends_on: list[Code] = Field(default_factory=list)
    overlaps: list[Code] = Field(default_factory=list)
    answers: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> Initiative:
        if self.due < self.start:
            raise ValueError(f"due {self.due} lies before start {self.start}: correct one of the two")
        if not self.impact_low <= self.impact_mid <= self.impact_high:
            raise ValueError("the impact may not fall: impact_low <= impact_mid <= impact_high")
        return self


class Task(Table):
    """[[tasks]]: one piece of work of an initiative, with its RACI, its effort [days] and evidence of being done."""

    task_id: Code
    initiative_id: Code
    task: Text
    owner: Code
    responsible: str | None = None
    accountable: str | None = None
    consulted: list[str] = Field(default_factory=list)
    informed: list[str] = Field(default_factory=list)
    start: dt.date
    due: dt.date
    depends_on: list[Code] = Field(default_factory=list)
    days: Annotated[float, Field(gt=0)] | None = None
    deliverable: Text

    @model_validator(mode="after")
    def _dated(self) -> Task:
        if self.due < self.start:
            raise ValueError(f"due {self.due} lies before start {self.start}: correct one of the two")
        return self


class Risk(Table):
    """[[risks]]: what could go wrong, what it would cost, and the trigger that says it has begun.

    trigger: "metric < number" over the newest quarter, or "p_reach < number", for one member "p_reach region/EC < 0.3".
    """

    risk_id: Code
    risk: Text
    probability: Share
    impact: Annotated[float, Field(ge=0)]
    trigger: Annotated[str, Field(pattern=r"^\s*[a-z_]+(\s+[a-z_]+/.+?)?\s*(<=|>=|<|>)\s*-?\d+(\.\d+)?\s*$")]
    owner: Code
    response: Text


class Meeting(Table):
    """[[meetings]]: one meeting on a ``date``, or a recurring one: so many days after every month or quarter closes."""

    meeting: Text
    date: dt.date | None = None
    every: Literal["month", "quarter", "year"] | None = None
    days_after: Annotated[int, Field(ge=0, le=60)] = 5
    participants: list[str] = Field(min_length=1)
    pack: Text

    @model_validator(mode="after")
    def _when(self) -> Meeting:
        if (self.date is None) == (self.every is None):
            raise ValueError('give either a date or every = "month", "quarter" or "year"')
        return self
