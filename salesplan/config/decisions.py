"""What a planner kept from a what-if: written into the plan file, with the reason and the day."""

from __future__ import annotations

__all__ = ["Decisions", "keep_choices"]

import datetime as dt
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from salesplan.config.fields import Table, Text

_BLOCK = r"(?m)^\[decisions\.{name}\][^\n]*\n(?:(?!\[)[^\n]*\n?)*"


class _Decision(Table):
    reason: Text
    author: str | None = None
    date: dt.date | None = None


class _AmountDecision(_Decision):
    """[decisions.amount]: the goal [currency]."""

    value: Annotated[float, Field(gt=0)]


class _SplitDecision(_Decision):
    """[decisions.split]: the rule by which it is shared."""

    value: Literal["history", "potential", "equal_growth", "equal_difficulty"]


class _HedgeDecision(_Decision):
    """[decisions.hedge]: how much more representatives are asked for [share]."""

    value: Annotated[float, Field(ge=0, le=0.5)]


class Decisions(Table):
    """[decisions]: what stands above the choices of [targets], each with its reason, author and date."""

    amount: _AmountDecision | None = None
    split: _SplitDecision | None = None
    hedge: _HedgeDecision | None = None

    def above(self) -> dict[str, Any]:
        """What they put in the place of [targets]."""
        found: dict[str, Any] = {name: own.value for name in ("split", "hedge") if (own := getattr(self, name))}
        if self.amount:
            found |= {"basis": "amount", "amount": self.amount.value, "reason": self.amount.reason}
            found |= {"author": self.amount.author, "date": self.amount.date}
        return found


def keep_choices(path: Path, chosen: Mapping[str, Any], *, reason: str, author: str, set_goal: float) -> str:
    """Writes the choices of a what-if into the plan file's [decisions], in one step; returns what was written.

    chosen: change of the goal that was set [share, to an amount in whole cents], split, hedge. An earlier decision on
    the same is replaced; everything else in the file stays as it is, to the byte. Today is the decision's date.
    """
    values: dict[str, Any] = {"amount": round(set_goal * (1 + chosen["change"]), 2)}
    values |= {name: chosen[name] for name in ("split", "hedge")}
    text = path.read_text(encoding="utf-8")
    about = f"reason = {json.dumps(reason, ensure_ascii=False)}\n"
    about += f"author = {json.dumps(author, ensure_ascii=False)}\n" if author else ""
    about += f"date = {dt.datetime.now(dt.UTC).date().isoformat()}\n"
    written = []
    for name, value in values.items():
        text = re.sub(_BLOCK.format(name=name), "", text)
        written.append(f"[decisions.{name}]\nvalue = {json.dumps(value)}\n{about}")
    block = "\n".join(written)
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_text(f"{text.rstrip()}\n\n{block}", encoding="utf-8", newline="\n")
    os.replace(fresh, path)
    return block
