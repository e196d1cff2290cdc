"""Why the target was missed or passed: the target itself, the market, the initiatives, execution, and noise."""

from __future__ import annotations

__all__ = [
    "Knowledge",
    "attribution",
    "attribution_details",
    "attribution_steps",
    "knowledge",
    "say_attribution",
]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.config import DIMENSIONS
from salesplan.findings import Check, Finding
from salesplan.periods import FiscalCalendar
from salesplan.review.causes.market_share import market_share
from salesplan.review.causes.root_causes import Scan, unseen
from salesplan.review.lost_accounts import account_moves
from salesplan.review.windows import Window, year_before
from salesplan.schemas import COLUMNS
from salesplan.words import Words

NAME = "review/attribution"
_DETAILS = "review/attribution_details"
CAUSES = ("target", "market", "initiatives", "execution", "noise")
_ACCOUNT = 0.0025  # of the year before: from which size on one customer is a cause of its own
_HALF = stats.normal_quantile(0.95)  # deviations: half of a 90 % interval
_UNFORESEEN = 0.1  # of last year's sales: how far it lies off where no forecast could be made
_THROUGH = 0.25  # of what a market brought: how far a company's part in it lies off
_WOULD = 0.3  # of what a customer bought before: how far what it would have bought lies off
_YEAR = 12
_COLUMN = {"product": "category"}


@dataclass(frozen=True)
class Knowledge:
    """What is known of why sales came as they did: the tables review/market_share (of the window, and of the year
    before), review/strategy_effects, review/root_causes and review/quality; accounts won and lost (see
    ``account_moves``) with what is usual; and what breaks could not be seen [currency units] (see
    ``root_causes.unseen``).
    """

    markets: pd.DataFrame
    markets_before: pd.DataFrame
    strategies: pd.DataFrame
    broken: pd.DataFrame
    accounts: pd.DataFrame
    usual_accounts: float
    quality: pd.DataFrame
    unseen: float


def knowledge(
    cube: pd.DataFrame,
    sizes: pd.DataFrame | None,
    *,
    active: pd.DataFrame,
    scanned: Scan | None,
    markets: pd.DataFrame,
    strategies: pd.DataFrame,
    broken: pd.DataFrame,
    lost: pd.DataFrame,
    quality: pd.DataFrame,
    window: Window,
    calendar: FiscalCalendar,
) -> Knowledge:
    """What is known, from the tables of the review (markets: review/market_share, …), ``facts.monthly_cube``,
    ``facts.market_sizes``, ``facts.customer_months`` and the search for causes.
    """
    before = market_share(cube, sizes, window=year_before(window, calendar=calendar), calendar=calendar)
    sold = float(cube.loc[cube["period"].isin(window.earlier), "net_sales_cents"].sum()) / 100
    moves, usual = account_moves(active, lost, window=window, calendar=calendar, least=_ACCOUNT * sold)
    return Knowledge(markets, before, strategies, broken, moves, usual, quality, unseen(scanned, sold=sold))


def attribution_details(
    attainment: pd.DataFrame,
    assumptions: pd.DataFrame | None,
    *,
    cube: pd.DataFrame,
    window: Window,
    known: Knowledge,
    calendar: FiscalCalendar,
    foreseen: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """What made the difference to the target, item by item?

    Frames review/attainment, the source ``assumptions`` (the rows of the reviewed year's latest vintage), and
    ``facts.monthly_cube`` to review/attribution_details: cause, item, amount, low, high (90 %) [currency units].
    foreseen: the forecast made as the year began, its middle [cents] and standard error [log]; missing with too little
    history, then last year's sales stand for it.

    Base B is what was sold in the same months a year before. What was to be expected is the forecast, its markets
    growing as assumed and not as the year before (+ Σ B · (assumed − market growth of the year before)). Items: target
    (what was to be expected and the claims − target: asked for beyond the target's own assumptions); market, per member
    with an assumed growth (B · (the market's growth − the assumed one)); initiatives, per strategy that ran in the year
    (effect − claim; what could not be measured counts as half its claim, from nothing up to all of it); execution, per
    slice with a cause of its own that no strategy of the year was for, per account won or lost of a quarter of a per
    cent of B or more, less what is usual of these, per quarter what was pulled into its last days (the largest unusual
    amount), and as a range what could not have been seen; noise: the rest. All add up to actual − target to the cent;
    measured says whether an item's effect could be. Empty where there is no target, no base or no assumed market growth
    of that year.

    Ranges: the forecast's error is half of what could be known and half the year's own noise, as variances, and the
    sum of all is known, which tells of both (see ``_asked``); how far a
    company's part in its market lies off (a quarter) and what a customer would have bought (0.3) are assumptions.
    """
    year = attainment[(attainment["dimension"] == "total") & (attainment["level"] == "year")]
    assumed = _vintage(assumptions, window.period)
    growth = _assumed_growth(assumed)
    base = cube[cube["period"].isin(window.earlier)]
    nothing = pd.DataFrame({c: pd.Series(dtype="object") for c in (*COLUMNS[_DETAILS], "measured")})
    if year.empty or not np.isfinite(year["target"].iloc[0]) or base.empty or growth.empty:
        return nothing
    actual, target = (stats.cents(float(year[c].iloc[0])) for c in ("actual", "target"))
    markets = _market(growth, base, known.markets, before=known.markets_before)
    if markets is None:
        return nothing
    own = _initiatives(assumed, known.strategies, window=window)
    claimed = round(sum(row["claimed"] for row in own))
    expected, error = _expected(markets, sold=float(base["net_sales_cents"].sum()), foreseen=foreseen)
    rows = [{"cause": "market", **row} for row in markets]
    rows += [{"cause": "initiatives", **row} for row in own]
    rows += [
        {"cause": "execution", **row}
        for row in _execution(known, base, quarters={calendar.quarter_of(m) for m in window.months})
    ]
    asked = _asked(expected + claimed - target, error, others=rows, gap=actual - target)
    return _told([{"cause": "target", "item": "asked", **asked}, *rows], gap=actual - target)


def attribution(details: pd.DataFrame) -> pd.DataFrame:
    """Which part of the difference to the target comes of the target, the market, initiatives, execution, and noise?

    Frame review/attribution_details to review/attribution: cause, amount (missing where nothing is known of it), low,
    high (90 %) [currency units]; the errors of items are taken as independent.
    """
    rows = []
    for cause in CAUSES if len(details) else ():
        part = details[details["cause"] == cause]
        cents = stats.cents(part["amount"]).sum() if len(part) else 0
        off = float(np.sqrt((((part["high"] - part["low"]).astype("float64") / 2) ** 2).sum()))
        lean = float(((part["high"] + part["low"]) / 2 - part["amount"]).sum()) if len(part) else 0.0
        amount = cents / 100
        rows.append((cause, amount, round(amount + lean - off, 2), round(amount + lean + off, 2)))
    return pd.DataFrame(rows, columns=list(COLUMNS[NAME])).astype(dict.fromkeys(("amount", "low", "high"), "float64"))


def attribution_steps(table: pd.DataFrame, attainment: pd.DataFrame) -> pd.DataFrame:
    """From target to actual, cause by cause: frame of step, amount [currency units], total, as a bridge draws it."""
    if table.empty:
        return pd.DataFrame({"step": [], "amount": [], "total": []})
    year = attainment[(attainment["dimension"] == "total") & (attainment["level"] == "year")].iloc[0]
    rows = [(f"cause_{c}", a, False) for c, a in zip(table["cause"], table["amount"], strict=True)]
    rows = [("target", year["target"], True), *rows, ("actual", year["actual"], True)]
    return pd.DataFrame(rows, columns=["step", "amount", "total"])


def say_attribution(table: pd.DataFrame, details: pd.DataFrame, *, words: Words, gap: float) -> Finding:
    """How the difference to the target is made up, and by what within each cause most.

    gap: actual − target of the year [currency units], to which the parts have to add up; missing where there is none.
    """
    if table.empty:
        key = "review_attribution_open" if np.isfinite(gap) else "review_attribution_no_target"
        text = words.say(key)
        return Finding(NAME, text, NAME, (Check("attribution", None, text),))
    parts = [words.say("review_attribution", gap=words.money(gap, signed=True), list=words.join(_listed(table, words)))]
    parts += [_most(cause, details, words) for cause in ("market", "initiatives", "execution")]
    parts.append(_unknown(details, words))
    off = stats.cents(table["amount"]).sum() - stats.cents(gap)
    key = "review_attribution_adds" if off == 0 else "review_attribution_off"
    check = Check("attribution", bool(off == 0), words.say(key))
    return Finding(NAME, words.text(parts), NAME, (check,), ("orders", "targets", "assumptions", "market"))


def _listed(table: pd.DataFrame, words: Words) -> list[str]:
    said = []
    for row in table.to_dict("records"):
        about = {"cause": words.term(f"cause_{row['cause']}"), "amount": words.money(row["amount"], signed=True)}
        if row["high"] > row["low"]:
            about["range"] = words.interval(*(words.money(row[c], signed=True) for c in ("low", "high")))
        said.append(words.say("review_part_range" if "range" in about else "review_part_sure", **about))
    return said


def _most(cause: str, details: pd.DataFrame, words: Words) -> str:
    """Which item of a cause that could be measured weighs most; silent where there are none."""
    own = details[(details["cause"] == cause) & (details["amount"] != 0) & details["measured"].astype(bool)]
    if own.empty:
        return ""
    row = own.sort_values("amount", key=abs, ascending=False, kind="stable").iloc[0]
    about = {"item": words.name(row["item"]), "amount": words.money(float(row["amount"]), signed=True)}
    return words.say("review_attribution_most", cause=words.term(f"cause_{cause}"), **about)


def _unknown(details: pd.DataFrame, words: Words) -> str:
    """What was claimed for initiatives whose effect cannot be measured; silent where there are none."""
    open_ones = details[~details["measured"].astype(bool)]
    claimed = float((open_ones["high"] - open_ones["low"]).sum())
    return words.say("review_attribution_unmeasured", claimed=words.money(claimed)) if len(open_ones) else ""


def _vintage(assumptions: pd.DataFrame | None, year: str) -> pd.DataFrame:
    """What the target of this year was set on: the rows of its latest vintage."""
    if assumptions is None or assumptions.empty:
        return pd.DataFrame({"item": [], "value": []})
    own = assumptions[assumptions["period"].astype(str) == year]
    return own[own["vintage"] == own["vintage"].max()]


def _assumed_growth(assumed: pd.DataFrame) -> pd.DataFrame:
    """dimension, member, growth [share]: of the first dimension that is named, else of the whole market."""
    rows = assumed[assumed["item"] == "market_growth"]
    for dimension in DIMENSIONS:
        column = _COLUMN.get(dimension, dimension)
        named = rows[rows[column].notna()] if column in rows else rows.head(0)
        if len(named):
            about = {"dimension": dimension, "member": named[column].astype(str), "growth": named["value"]}
            return pd.DataFrame(about).reset_index(drop=True)
    return pd.DataFrame({"dimension": "total", "member": "total", "growth": rows["value"]}).reset_index(drop=True)


def _within(cents: float, half: float) -> dict[str, float]:
    """An amount [cents] and its range to both sides."""
    return {"cents": cents, "low": cents - half, "high": cents + half}


def _expected(
    markets: list[dict[str, Any]], *, sold: float, foreseen: tuple[float, float] | None
) -> tuple[float, float]:
    """What the window's sales were expected to be, its markets growing as assumed, and the standard error [cents]."""
    assumed = sum(row["assumed"] for row in markets)
    if foreseen is None:
        return sold + assumed, _UNFORESEEN * sold
    went_on = sum(row["went_on"] for row in markets)
    middle, error = foreseen
    return middle + assumed - went_on, middle * error / float(np.sqrt(2))


def _asked(cents: float, error: float, *, others: list[dict[str, Any]], gap: int) -> dict[str, float]:
    """What the target asked beyond what was to be expected, given how the year came out.

    What is left of the difference to the target is an error of the forecast, of the other items, or the year's own
    noise, which is as large as the forecast's error: a normal error, conditioned on the sum.
    """
    off = sum(((row.get("high", row["cents"]) - row.get("low", row["cents"])) / 2 / _HALF) ** 2 for row in others)
    rest = gap - cents - sum(row["cents"] for row in others)
    share = error**2 / (2 * error**2 + off) if error > 0 else 0.0
    return _within(cents + share * rest, _HALF * error * float(np.sqrt(1 - share)))


def _market(
    growth: pd.DataFrame, base: pd.DataFrame, markets: pd.DataFrame, *, before: pd.DataFrame
) -> list[dict[str, Any]] | None:
    """Per member the assumed growth of its base, what it would be had the market gone on as the year before (as
    assumed where that is not known), and what the market's growth added [cents]; None where one is missing.
    """
    dimension = str(growth["dimension"].iloc[0])
    members = base[dimension] if dimension != "total" else pd.Series("total", index=base.index)
    sums = base["net_sales_cents"].groupby(members).sum()
    sold = {str(member): float(cents) for member, cents in sums.items()}
    came = markets[markets["dimension"] == dimension].set_index("member")["market_growth"]
    past = before[before["dimension"] == dimension].set_index("member")["market_growth"].dropna()
    rates = growth.set_index("member")["growth"]
    if not set(sold) <= set(rates.index) or not set(sold) <= set(came.dropna().index):
        return None
    rows = []
    for m, cents in sorted(sold.items()):
        assumed, came_on = float(rates[m]), float(came[m])
        added = cents * (came_on - assumed)
        went_on = cents * float(past.get(m, assumed))
        rows.append({"item": m, "assumed": cents * assumed, "went_on": went_on})
        rows[-1] |= _within(added, _HALF * _THROUGH * abs(added))
    return rows


def _initiatives(assumed: pd.DataFrame, strategies: pd.DataFrame, *, window: Window) -> list[dict[str, Any]]:
    """Per strategy of the year its effect less its claim [cents]; without any the claims of the assumptions, of which
    nobody knows what came.
    """
    rows = []
    for row in strategies.to_dict("records"):
        if str(row["window"])[:7] not in window.months:
            continue
        claimed = 100 * float(row["claimed"])
        low, mid, high = (100 * float(row[c]) for c in ("low", "effect", "high"))
        if np.isfinite(mid):
            rows.append({"item": row["strategy_id"], "claimed": claimed, "cents": mid - claimed})
            rows[-1] |= {"low": low - claimed, "high": high - claimed}
        else:
            rows.append(_unmeasured(str(row["strategy_id"]), claimed))
    told = assumed[assumed["item"] == "initiatives"]
    if not rows and len(told):
        claimed = 100 * float(told["value"].iloc[0]) * len(window.months) / _YEAR
        rows.append(_unmeasured("initiatives", claimed))
    return rows


def _unmeasured(item: str, claimed: float) -> dict[str, Any]:
    """Nothing may have come of a claim, or all of it: half of it stands between."""
    return {"item": item, "claimed": claimed, "cents": -claimed / 2, "low": -claimed, "high": 0.0, "measured": False}


def _execution(known: Knowledge, base: pd.DataFrame, *, quarters: set[str]) -> list[dict[str, Any]]:
    causes = known.broken[known.broken["verdict"] == "cause"]
    rows = []
    for row in causes.to_dict("records"):
        low, cents, high = (100 * float(row[c]) for c in ("low", "amount", "high"))
        rows.append({"item": row["slice"], "cents": cents, "low": low, "high": high})
    least = _ACCOUNT * float(base["net_sales_cents"].sum())
    large = known.accounts[100 * known.accounts["amount"].abs() >= least]
    for customer, amount in zip(large["customer_id"], 100 * large["amount"].astype("float64"), strict=True):
        rows.append({"item": customer, **_within(float(amount), _HALF * _WOULD * abs(float(amount)))})
    if known.usual_accounts:
        rows.append({"item": "usual_accounts", "cents": -100 * known.usual_accounts})
    rows.append({"item": "unseen", **_within(0.0, _HALF * 100 * known.unseen)})
    return [*rows, *_pulled(known.quality, quarters)]


def _pulled(quality: pd.DataFrame, quarters: set[str]) -> list[dict[str, Any]]:
    """Per closed quarter of the window, the largest amount that was sold in its last days beyond the usual."""
    odd = quality[(quality["metric"] == "closing_share") & (quality["verdict"] == "unusual")]
    if odd.empty:
        return []
    largest = odd.sort_values("amount", ascending=False, kind="stable").drop_duplicates("period")
    rows = []
    for row in largest[largest["period"].isin(quarters)].to_dict("records"):
        cents, share = 100 * float(row["amount"]), float(row["value"])
        usual, *range_ = (float(row[c]) for c in ("usual", "low", "high"))
        sold = cents * (1 - usual) / (share - usual)
        ends = sorted(sold * (share - end) / (1 - end) for end in range_)
        rows.append({"item": f"{row['period']} / {row['member']}", "cents": cents, "low": ends[0], "high": ends[1]})
    return rows


def _told(rows: list[dict[str, Any]], *, gap: int) -> pd.DataFrame:
    """The items in whole cents, and the rest; what is uncertain in them is uncertain in the rest, the other way."""
    table = pd.DataFrame([{"measured": True, **row} for row in rows])
    exact = table["cents"].astype("float64")
    table["cents"] = stats.running_cents(exact)
    shift = table["cents"] - exact
    for name in ("low", "high"):
        table[name] = table.get(name, exact).fillna(exact) + shift
    off = float(np.sqrt((((table["high"] - table["low"]) / 2) ** 2).sum()))
    lean = float(((table["high"] + table["low"]) / 2 - table["cents"]).sum())
    rest = gap - int(table["cents"].sum())
    noise = {
        "cause": "noise",
        "item": "rest",
        "measured": True,
        "cents": rest,
        "low": rest - lean - off,
        "high": rest - lean + off,
    }
    whole = pd.concat([table, pd.DataFrame([noise])], ignore_index=True)
    numbers: Mapping[str, str] = {"amount": "cents", "low": "low", "high": "high"}
    money = {name: whole[column].astype("float64").round() / 100 for name, column in numbers.items()}
    return whole[["cause", "item", "measured"]].assign(**money)[[*COLUMNS[_DETAILS], "measured"]]
