"""What is wrong in a plan file, in words its author can act on: the line, the key, what to write, what was found."""

from __future__ import annotations

__all__ = ["complaints", "line_of"]

import re
from typing import Any

from pydantic import BaseModel, ValidationError

from salesplan.config.fields import MisplacedError
from salesplan.errors import nearest

_NUMBER = "write a plain number, as in 250000 or 0.5, without quotes, separators and unit"
_DAY = "write a day as in 2026-01-31, without quotes"
_TEXT = 'write a text in quotes, or one for each language: { en = "…", zh = "…" }'
_SHARE = "a share lies between 0 and 1: write 0.8 for 80 %"
_SAID = {
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": "write a whole number",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "string_type": _TEXT,
    "string_too_short": "may not be empty",
    "too_short": "give at least one",
    "list_type": 'write a list, as in ["a", "b"]',
    "dict_type": "write a table, as in { a = 1 }",
    "model_type": "write a table, as in { a = 1 }",
}
_PATTERNS = {
    "currency": "write the three letters of the currency, as in CNY",
    "name": "write small letters, digits and -, as in my-company",
}
_BOUNDS = {
    "greater_than": "above",
    "greater_than_equal": "at least",
    "less_than": "below",
    "less_than_equal": "at most",
}
_KIND = re.compile(r"(str|bool|int|float|\[key\]|\w+\[.*|function-.*)")  # how pydantic calls an alternative, no key


def complaints(error: ValidationError, *, model: type[BaseModel], text: str, name: str) -> str:
    """One line per place of the plan file that cannot be used; ``name`` is what the file is called."""
    told: dict[tuple[Any, ...], str] = {}
    for found in error.errors():
        location = tuple(part for part in found["loc"] if isinstance(part, int) or not _KIND.fullmatch(str(part)))
        if found["type"] == "string_type" and isinstance(found["input"], dict):
            continue  # a text per language was meant, and that has its own complaint
        told.setdefault(location, _complaint(dict(found), location=location, model=model, text=text, name=name))
    return "\n".join(told.values())


def _complaint(
    error: dict[str, Any], *, location: tuple[Any, ...], model: type[BaseModel], text: str, name: str
) -> str:
    cause = error.get("ctx", {}).get("error")
    line = _last_line(text, cause.at) if isinstance(cause, MisplacedError) else line_of(text, location)
    where = ".".join(str(part) for part in location)
    start = f"{name}:{line}: {where}" if where else f"{name}:{line}"
    if error["type"] == "extra_forbidden":
        return f"{start} is not known.{nearest(str(location[-1]), _known_keys(model, location[:-1]))}"
    if error["type"] == "missing":
        return f"{start} is missing; it is required."
    found = error.get("input")
    shown = f" Found {found!r}." if isinstance(found, str | int | float | bool) else ""
    said = _said(error, location)
    return f"{start}: {said}{'' if said.endswith(('.', '?')) else '.'}{shown}"


def _said(error: dict[str, Any], location: tuple[Any, ...]) -> str:
    """What to write instead."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"])
        meant = nearest(str(error["input"]), options) if options else ""
        return f"write one of {context['expected']}" + (f".{meant}" if "mean" in meant else "")
    if kind == "list_type" and isinstance(error["input"], dict):
        return f"write [[{location[-1]}]] in two brackets: there may be several"
    if kind in _BOUNDS:
        bound = next(value for key, value in context.items() if key in ("gt", "ge", "lt", "le"))
        return _SHARE if (kind, bound) == ("less_than_equal", 1) else f"has to be {_BOUNDS[kind]} {bound:g}"
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(str(location[-1]), f"has to look like {context['pattern']}")
    return _SAID.get(kind) or str(error["msg"]).removeprefix("Value error, ")


def _known_keys(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """The keys that the table at ``location`` of a plan file may have."""
    for part in location:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        model = _model_in(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if model := _model_in(inner):
            return model
    return None


def _last_line(text: str, word: str) -> int:
    """The last line on which a text stands in quotes."""
    shapes = (f'"{word}"', f"'{word}'")
    at = [n for n, line in enumerate(text.splitlines(), 1) if any(shape in line for shape in shapes)]
    return at[-1] if at else 1


def line_of(text: str, location: tuple[Any, ...]) -> int:
    """The line of the plan file on which the last part of ``location`` stands, as nearly as its text tells."""
    lines = text.splitlines()
    here = 0
    for depth, part in enumerate(location):
        if isinstance(part, int):
            header = re.compile(
                rf"\s*\[\[\s*{re.escape('.'.join(p for p in location[:depth] if isinstance(p, str)))}\s*\]\]"
            )
            at = [n for n, line in enumerate(lines) if header.match(line)]
            here = at[part] if part < len(at) else here
            continue
        word = re.escape(str(part))
        shapes = rf"\s*(\[+[^\]]*\b{word}\b[^\]]*\]+|[\"']?{word}[\"']?\s*=|.*[{{,]\s*[\"']?{word}[\"']?\s*=|{word}\.)"
        here = next((n for n in range(here, len(lines)) if re.match(shapes, lines[n])), here)
    return here + 1
