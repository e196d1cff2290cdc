"""What in the accepted facts looks wrong without being impossible: unit errors, customers that seem to be one."""

from __future__ import annotations

__all__ = ["doubts", "say_doubts"]

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from salesplan.findings import Check, Finding
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "data/doubts"
_NEAR = 0.15  # in powers of ten: a tenfold error and a price that is 30 % off beside it
_FORMS = (
    r"股份有限公司|有限责任公司|有限公司|责任公司|公司|集团|商贸|贸易|\(.*?\)|"
    r"\b(co|company|ltd|limited|inc|llc|gmbh|corp|corporation|group|trading|the)\b"
)


def doubts(outliers: pd.DataFrame, customers: pd.DataFrame | None, *, sold: pd.DataFrame) -> pd.DataFrame:
    """Which order lines seem to be written in another unit, and which customers seem to be one?

    Frames ``facts.price_outliers`` and the source ``customers`` (customer_id, name) to data/doubts: kind, member,
    other, value, usual, factor, amount [currency units]. kind "unit_error": the product, the order, its price a unit
    and the product's median one [currency units], and the power of ten between them; amount is the line's net sales.
    kind "same_name": two customers whose names are equal but for legal form, brackets, case, width and blanks, amount
    the net sales of the smaller; nothing is merged. sold: ``facts.customer_summary``.
    """
    rows = [*_unit_errors(outliers), *(_same_names(customers, sold) if customers is not None else ())]
    table = pd.DataFrame(rows, columns=list(COLUMNS[NAME]))
    table = table.astype(dict.fromkeys(("value", "usual", "factor", "amount"), "float64"))
    table = table.assign(size=table["amount"].abs()).sort_values(
        ["kind", "size", "member", "other"], ascending=[False, False, True, True], ignore_index=True
    )
    return table.drop(columns="size")


def say_doubts(table: pd.DataFrame, *, words: Words) -> Finding:
    """How many of each there are, and what they amount to; each kind is a check that cannot tell."""
    checks, parts = [], []
    for kind in ("unit_error", "same_name"):
        own = table[table["kind"] == kind]
        if own.empty:
            continue
        about = {"count": words.number(len(own)), "amount": words.money(own["amount"].abs().sum())}
        parts.append(words.say(f"review_doubts_{kind}", **about))
        first = own.iloc[0]
        names = {c: words.name(first[c]) for c in ("member", "other")}
        checks.append(Check(kind, None, words.say(f"review_doubt_{kind}", **names)))
    text = words.text(parts) or words.say("review_no_doubts")
    return Finding(NAME, text, NAME, tuple(checks))


def _unit_errors(outliers: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The lines whose price is a power of ten off the usual one."""
    for line in outliers.to_dict("records"):
        power = np.log10(line["unit_price"] / line["median_price"])
        if round(power) and abs(power - round(power)) <= _NEAR:
            price, usual = float(line["unit_price"]), float(line["median_price"])
            factor = float(10.0 ** round(power))
            yield (
                "unit_error",
                line["product_id"],
                line["order_id"],
                price,
                usual,
                factor,
                line["net_sales_cents"] / 100,
            )


def _same_names(customers: pd.DataFrame, sold: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    if "name" not in customers:
        return
    money = sold.set_index("customer_id")["net_sales_cents"]
    named = customers.dropna(subset=["name"]).sort_values("customer_id")
    keys = named["name"].astype(str).map(_plain)
    for _, group in named[keys != ""].groupby(keys[keys != ""], sort=True):
        first, *others = group["customer_id"]
        for other in others:
            cents = min(float(money.get(first, 0.0)), float(money.get(other, 0.0)))
            yield "same_name", first, other, np.nan, np.nan, np.nan, round(cents) / 100


def _plain(name: str) -> str:
    """A name without legal form, brackets, case, width, marks and blanks; empty where nothing else is in it."""
    text = unicodedata.normalize("NFKC", name).lower()
    return re.sub(r"[\W_]+", "", re.sub(_FORMS, " ", re.sub(r"[.,&]", " ", text)))
