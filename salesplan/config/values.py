"""The values a plan file is made of: texts in two languages, codes, shares, dimensions."""

from __future__ import annotations

__all__ = ["Code", "Dimension", "Lever", "Share", "Table", "Text"]

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from salesplan.config.sources import DIMENSIONS

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
