"""The values a plan file is made of: texts in two languages, codes, shares, dimensions."""

from __future__ import annotations

__all__ = ["Code", "Dimension", "Lever", "Share", "Table", "Text", "acyclic", "known", "once"]

import graphlib
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from salesplan.config.sources import DIMENSIONS
from salesplan.errors import nearest

Text = str | dict[Literal["en", "zh"], str]
Share = Annotated[float, Field(ge=0, le=1)]
Lever = Literal["market", "customer", "product", "price", "channel"]


def _text_code(value: object) -> object:
    if isinstance(value, bool | int | float):
        raise ValueError(f'a code is text: quote it, as in "{value}"')
    return value


def _known_dimension(value: str) -> str:
    if value not in DIMENSIONS:
        raise ValueError(f"a dimension is one of {', '.join(DIMENSIONS)}")
    return value


Code = Annotated[str, BeforeValidator(_text_code), Field(min_length=1)]
Dimension = Annotated[str, AfterValidator(_known_dimension)]


class Table(BaseModel):
    """One table of the plan file: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def once(kind: str, ids: list[str]) -> None:
    """Refuses a name that stands twice."""
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise ValueError(f"{kind}: {twice[0]!r} is given twice")


def known(kind: str, links: dict[str, list[str]], *, there: list[str]) -> None:
    """Refuses a reference to what is not there."""
    for row, names in links.items():
        for name in names:
            if name not in there:
                raise ValueError(f"{kind}: {row!r} refers to {name!r}, which is not there.{nearest(name, there)}")


def acyclic(kind: str, waits: dict[str, list[str]]) -> None:
    """Refuses things that wait for one another and so could never begin; the message prints the circle."""
    try:
        graphlib.TopologicalSorter(waits).prepare()
    except graphlib.CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise ValueError(f"{kind}: {circle}: these wait for one another; none can begin. Take one link out.") from error
