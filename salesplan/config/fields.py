"""The values a plan file is made of: texts in two languages, codes, shares, dimensions."""

from __future__ import annotations

__all__ = [
    "REP",
    "Carried",
    "Code",
    "Dimension",
    "Lever",
    "MisplacedError",
    "Month",
    "Share",
    "Table",
    "Text",
    "Title",
    "acyclic",
    "known",
    "once",
]

import graphlib
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from salesplan.config.sources import DIMENSIONS
from salesplan.errors import nearest

_LONGEST_TITLE = 120
Text = str | dict[Literal["en", "zh"], str]
Share = Annotated[float, Field(ge=0, le=1)]
Lever = Literal["market", "customer", "product", "price", "channel"]


def _fits(title: Text) -> Text:
    for text in [title] if isinstance(title, str) else title.values():
        if not 1 <= len(text) <= _LONGEST_TITLE:
            raise ValueError(f"a title has 1 to {_LONGEST_TITLE} characters; found {len(text)}, {text[:20]!r}")
    return title


Title = Annotated[Text, AfterValidator(_fits)]


def _text_code(value: object) -> object:
    if isinstance(value, bool | int | float):
        raise ValueError(f'a code is text: quote it, as in "{value}"')
    return value


def _known_dimension(value: str) -> str:
    if value not in DIMENSIONS:
        raise ValueError(f"a dimension is one of {', '.join(DIMENSIONS)}")
    return value


def _known_part(value: str) -> str:
    if value not in (*DIMENSIONS, REP):
        raise ValueError(f"a limit names {', '.join(DIMENSIONS)} or {REP}")
    return value


def _month(value: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
        raise ValueError('a month is written year-month, as in "2025-03"')
    return value


Code = Annotated[str, BeforeValidator(_text_code), Field(min_length=1)]
REP = "rep_id"  # who carries a part of the goal
Dimension = Annotated[str, AfterValidator(_known_dimension)]
Carried = Annotated[str, AfterValidator(_known_part)]
Month = Annotated[str, BeforeValidator(_text_code), AfterValidator(_month)]


class MisplacedError(ValueError):
    """Something that does not fit what stands elsewhere in the plan file; ``at`` is the text it stands at."""

    def __init__(self, message: str, *, at: str) -> None:
        super().__init__(message)
        self.at = at


class Table(BaseModel):
    """One table of the plan file: frozen, and nothing in it that is not known; true and false are no numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _no_truth_for_numbers(cls, given: Any) -> Any:
        for name, value in given.items() if isinstance(given, dict) else ():
            if isinstance(value, bool) and name in cls.model_fields and cls.model_fields[name].annotation is not bool:
                raise ValueError(f"{name} is neither true nor false: write its value")
        return given


def once(kind: str, ids: list[str]) -> None:
    """Refuses a name that stands twice."""
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise MisplacedError(f"{kind}: {twice[0]!r} is given twice: give one of the two another name", at=twice[0])


def known(kind: str, links: dict[str, list[str]], *, there: list[str]) -> None:
    """Refuses a reference to what is not there."""
    for row, names in links.items():
        for name in names:
            if name not in there:
                raise MisplacedError(
                    f"{kind}: {row!r} refers to {name!r}, which is not there.{nearest(name, there)}", at=name
                )


def acyclic(kind: str, waits: dict[str, list[str]]) -> None:
    """Refuses things that wait for one another and so could never begin; the message prints the circle."""
    try:
        graphlib.TopologicalSorter(waits).prepare()
    except graphlib.CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise MisplacedError(
            f"{kind}: {circle}: these wait for one another; none can begin. Take one link out.", at=error.args[1][0]
        ) from error
