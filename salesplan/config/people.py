"""Who has which part, what it is paid by, and what may be spent: [[roles]], [incentives], [budget]."""

from __future__ import annotations

__all__ = ["Budget", "Incentives", "Role"]

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from salesplan.config.fields import Code, Share, Table, Text

_SUM = 1e-6
PaidFor = Literal["net_sales", "collection_rate", "new_customers", "gross_margin"]


def _by_sales() -> dict[PaidFor, float]:
    return {"net_sales": 1.0}


class Role(Table):
    """[[roles]]: a part in the plan, who holds it, and how many working days a quarter the holder has for it."""

    role: Text
    holder: Code
    duties: Text | None = None
    days: Annotated[float, Field(gt=0, le=92)] | None = None


class Incentives(Table):
    """[incentives]: what variable pay is for which attainment.

    variable: what a person earns on top in a year at 100 % of every measure, where the source ``team`` does not say
    (target_pay × variable_share) [currency]. Pay begins at ``threshold``, is whole at 100 %, rises by ``accelerator``
    for each point above and ends at ``cap`` times the whole; ``points`` (attainment, pay as a share of the whole) say
    it freely, straight between them. weights: of each measure, which sum to 1; net sales by each one's own quota, the
    others by the company's supporting goals.
    """

    variable: Annotated[float, Field(gt=0)] | None = None
    threshold: Annotated[float, Field(ge=0, lt=1)] = 0.8
    accelerator: Annotated[float, Field(gt=0)] = 1.0
    cap: Annotated[float, Field(ge=1)] = 1.5
    points: list[tuple[float, float]] = Field(default_factory=list)
    weights: dict[PaidFor, Annotated[float, Field(ge=0)]] = Field(default_factory=_by_sales)

    @model_validator(mode="after")
    def _sound(self) -> Incentives:
        if abs(sum(self.weights.values()) - 1) > _SUM:
            raise ValueError(f"weights sum to {sum(self.weights.values()):g}: they have to sum to 1")
        if self.points and len(self.points) < 2:
            raise ValueError("points: give two or more, or none")
        for (left, less), (right, more) in pairwise(self.points):
            if right <= left:
                raise ValueError(f"points: attainment {right:g} follows {left:g}: put them in rising order, each once")
            if more < less:
                raise ValueError(f"points: pay falls from {less:g} to {more:g} between {left:g} and {right:g}")
        if self.points and self.points[0][1] != 0:
            first, paid = self.points[0]
            raise ValueError(
                f"points: pay jumps from nothing to {paid:g} at {first:g}, which makes a deal worth moving: begin at 0"
            )
        return self

    @property
    def curve(self) -> list[tuple[float, float]]:
        """Attainment and pay [shares]: straight between the points, nothing before them, no more after them."""
        if self.points:
            return list(self.points)
        return [(self.threshold, 0.0), (1.0, 1.0), (1.0 + (self.cap - 1.0) / self.accelerator, self.cap)][
            : 3 if self.cap > 1 else 2
        ]


class Budget(Table):
    """[budget]: the most that initiatives may cost in the plan year and in each of its quarters [currency]."""

    year: Annotated[float, Field(ge=0)] | None = None
    quarters: dict[Annotated[str, Field(pattern=r"^\d{4}Q[1-4]$")], Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict
    )
    reserve: Share = 0.0
