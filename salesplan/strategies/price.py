"""Where does the list price go, how scattered are net prices, and how do quantities answer them?"""

from __future__ import annotations

__all__ = ["corridor", "say_corridor", "say_waterfall", "waterfall"]

import numpy as np
import pandas as pd

from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.stats import units
from salesplan.strategies.growth import windows
from salesplan.words import Words

_ONE_PRICE = 0.0005  # share of list price: prices no further apart are one


def waterfall(panel: pd.DataFrame, *, calendar: FiscalCalendar, as_of: str) -> pd.DataFrame:
    """From list price to margin: what is given away at which step?

    panel: ``facts.price_panel``. Returns scope ("total" and each product category), step, amount [currency] and total
    (True for subtotals) over the last twelve months. Steps: list; discount; other_reductions (list less discount less
    net, where they differ); without_list (net sales of rows without a list price); net_sales (subtotal); without_cost
    (net sales of rows without cost, taken out); cost; margin (subtotal). The steps that are no subtotal sum to margin,
    and those before net_sales to net_sales, to the cent. What is not supplied is NaN.
    """
    span = windows(panel["period"], calendar=calendar, as_of=as_of)
    held = panel[panel["period"].isin(span.latest)]
    scopes = [("total", held), *((str(key), part) for key, part in held.groupby("product", sort=True))]
    if held["product"].nunique() == 1:
        scopes = scopes[:1]
    return pd.concat([_steps(part).assign(scope=scope) for scope, part in scopes], ignore_index=True)[
        ["scope", "step", "amount", "total"]
    ]


def _steps(part: pd.DataFrame) -> pd.DataFrame:
    listed, costed = part["list_cents"].notna(), part["cost_cents"].notna()
    net, net_listed, net_costed = _sum(part), _sum(part[listed]), _sum(part[costed])
    rows: list[tuple[str, int | None, bool]]
    if listed.any():
        full = _sum(part[listed], "list_cents")
        given = part.loc[listed, "discount_cents"]
        discount = int(given.sum()) if given.notna().all() else full - net_listed
        rows = [("list", full, False), ("discount", -discount, False)]
        rows.append(("other_reductions", net_listed - full + discount, False))
        rows.append(("without_list", net - net_listed, False))
    else:
        rows = [("list", None, False), ("discount", None, False)]
    rows.append(("net_sales", net, True))
    if costed.any():
        cost = _sum(part[costed], "cost_cents")
        rows.append(("without_cost", net_costed - net, False))
        rows += [("cost", -cost, False), ("margin", net_costed - cost, True)]
    else:
        rows += [("cost", None, False), ("margin", None, True)]
    kept = [r for r in rows if r[1] != 0 or r[0] not in ("other_reductions", "without_list", "without_cost")]
    amounts = [float("nan") if a is None else units(a) for _, a, _ in kept]
    return pd.DataFrame({"step": [r[0] for r in kept], "amount": amounts, "total": [r[2] for r in kept]})


def _sum(part: pd.DataFrame, column: str = "net_sales_cents") -> int:
    return int(part[column].sum())


def corridor(spread: pd.DataFrame, panel: pd.DataFrame, *, calendar: FiscalCalendar, as_of: str) -> pd.DataFrame:
    """How far apart are the prices that customers pay for one product?

    spread: ``facts.price_spread``. panel: ``facts.price_panel``. Returns, for the year reviewed, one row per product
    sold in it: low, mid, high [share of list price: 10, 50 and 90 % of lines], outside_share [share of its lines more
    than a tenth off the middle], lines. NaN where no list price is supplied.
    """
    year = calendar.year_of(as_of)
    sold = sorted(panel.loc[panel["period"].map(calendar.year_of) == year, "product_id"].unique())
    known = spread[spread["year"].astype(str) == year].set_index("product_id")
    columns = ["low", "mid", "high", "outside_share", "lines"]
    table = known.reindex(sold)[columns].astype("float64")
    return table.rename_axis("product_id").reset_index()


def say_waterfall(table: pd.DataFrame, *, words: Words) -> Finding:
    """What does the price waterfall say? ``table`` as from ``waterfall``."""
    name = "strategies/price/waterfall"
    total = table[table["scope"] == "total"].set_index("step")["amount"]
    net, full, margin = total["net_sales"], total["list"], total["margin"]
    parts = [words.say("price_net", net=words.money(net))]
    if np.isfinite(full) and full:
        given = -(total["discount"] + total.get("other_reductions", 0.0))
        key = "price_discount" if given >= 0 else "price_above_list"
        parts.append(words.say(key, amount=words.money(abs(given)), share=words.share(abs(given) / full)))
        parts += _deepest(table, words)
    else:
        parts.append(words.say("price_no_list"))
    if np.isfinite(margin):
        costed = net + total.get("without_cost", 0.0)
        parts.append(words.say("price_margin", margin=words.money(margin), share=words.share(margin / costed)))
    else:
        parts.append(words.say("price_no_cost"))
    known = bool(np.isfinite(full) and np.isfinite(margin))
    check = Check("waterfall", True if known else None, words.say("price_whole" if known else "price_partial"))
    return Finding(name, words.text(parts), name, (check,))


def _deepest(table: pd.DataFrame, words: Words) -> list[str]:
    wide = table[table["scope"] != "total"].pivot_table(index="scope", columns="step", values="amount")
    if wide.empty or not {"list", "discount"} <= set(wide.columns):
        return []
    other = wide["other_reductions"].fillna(0.0) if "other_reductions" in wide else 0.0
    rate = (-(wide["discount"] + other) / wide["list"]).dropna().sort_index()
    if len(rate) < 2:
        return []
    top, low = str(rate.idxmax()), str(rate.idxmin())
    return [
        words.say(
            "price_deepest",
            product=words.name(top),
            share=words.share(rate[top]),
            other=words.name(low),
            least=words.share(rate[low]),
        )
    ]


def say_corridor(table: pd.DataFrame, *, words: Words) -> Finding:
    """What does the corridor say? ``table`` as from ``corridor``."""
    name = "strategies/price/corridor"
    known = table.dropna(subset=["low", "high"])
    if known.empty:
        return not_supplied(name, source="list_price", gives="gives_corridor", words=words)
    width = known["high"] - known["low"]
    widest = known.loc[width.sort_values(kind="stable").index[-1]]
    about = {"products": words.number(len(known)), "mid": words.share(known["mid"].median())}
    if width.max() < _ONE_PRICE:
        return Finding(name, words.say("price_corridor_one", **about), name)
    text = words.say("price_corridor", **about, width=words.share(width.median()))
    if width.median() < _ONE_PRICE:
        text = words.say("price_corridor_half", **about, even=words.number(int((width < _ONE_PRICE).sum())))
    most = words.say(
        "price_widest",
        product=words.name(widest["product_id"]),
        low=words.share(widest["low"]),
        high=words.share(widest["high"]),
    )
    return Finding(name, words.text([text, most]), name)
