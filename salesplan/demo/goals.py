"""What the company set out to do: targets with their assumptions, strategies with their claims, and price lists."""

from __future__ import annotations

__all__ = [
    "AMBITION",
    "ASSUMED_GROWTH",
    "SCOPE",
    "activities",
    "assumptions",
    "claims",
    "price_list",
    "targets",
    "total_target",
]

import datetime as dt
from typing import Any

import pandas as pd

from salesplan import stats
from salesplan.demo.company import CATEGORIES
from salesplan.demo.history import list_price_index

_SET_ON = {2024: dt.date(2023, 12, 20), 2025: dt.date(2024, 12, 20), 2026: dt.date(2026, 1, 15)}
ASSUMED_GROWTH = {
    2024: {"KIT": 0.050, "CLN": 0.035, "STO": 0.110, "TEX": -0.030},
    2025: {"KIT": 0.050, "CLN": 0.035, "STO": 0.105, "TEX": -0.030},
    2026: {"KIT": 0.020, "CLN": 0.015, "STO": 0.085, "TEX": -0.055},
}
AMBITION = {2024: 0.010, 2025: 0.025, 2026: 0.010}  # growth beyond market and strategies that was simply asked for
_PLANNED_2026 = 42_000_000
SCOPE = ("category", "region", "customer_group", "channel")
_DIMENSIONS = {"product": "category", "region": "region", "customer_group": "customer_group", "channel": "channel"}
_SUPPORTING = {
    "gross_margin": (0.380, 0.385, 0.390),
    "collection_rate": (0.950, 0.950, 0.940),
    "dso_days": (78.0, 76.0, 88.0),
    "new_customers": (170.0, 180.0, 170.0),
    "selling_expense_ratio": (0.115, 0.112, 0.112),
    "satisfaction": (4.00, 4.10, 4.00),
}


_DAY = dt.date
# id, name, English name, lever, start, end, scope, claimed effect on net sales [CNY], cost [CNY], owner
_ACTIVITIES: tuple[tuple[Any, ...], ...] = (
    ("A24-01", "社交电商自播间", "Own live rooms in social commerce", "channel",
     _DAY(2024, 3, 1), _DAY(2024, 12, 31), {"channel": "SOC"}, 30_000_000, 6_800_000, "M08"),
    ("A24-02", "轻量煎锅上市", "Launch of the light frying pan", "product",
     _DAY(2024, 9, 1), _DAY(2024, 12, 31), {"category": "KIT"}, 24_000_000, 4_200_000, "D01"),
    ("A24-03", "东北经销商返利", "Dealer rebate in Northeast China", "price",
     _DAY(2024, 4, 1), _DAY(2024, 12, 31), {"region": "NE", "channel": "DIS"}, 9_000_000, 2_900_000, "M06"),
    ("A24-04", "下滑门店回访", "Visits to shops in decline", "customer",
     _DAY(2024, 1, 1), _DAY(2024, 12, 31), {}, 6_000_000, 300_000, "M02"),
    ("A25-01", "华南两日达服务", "Two-day service in South China", "customer",
     _DAY(2025, 2, 1), _DAY(2025, 12, 31), {"region": "SC"}, 55_000_000, 7_500_000, "M03"),
    ("A25-02", "华中门店陈列", "Shop displays in Central China", "market",
     _DAY(2025, 3, 1), _DAY(2025, 12, 31), {"region": "CC", "customer_group": "RET"}, 20_000_000, 5_200_000, "M04"),
    ("A25-03", "家纺品牌广告", "Brand campaign for home textiles", "market",
     _DAY(2025, 3, 1), _DAY(2025, 11, 30), {"category": "TEX"}, 22_000_000, 6_000_000, "D01"),
    ("A25-04", "西北样品派发", "Samples in Northwest China", "market",
     _DAY(2025, 10, 1), _DAY(2025, 12, 31), {"region": "NW"}, 4_000_000, 400_000, "M07"),
)  # fmt: skip
_VISITED, _SHOPS = "A24-04", 30


def activities(lines: pd.DataFrame) -> pd.DataFrame:
    """Which strategies ran in 2024 and 2025, where, at what cost and with what claimed effect on net sales [CNY]?

    The shops that were visited in 2024 are the independent ones whose sales had fallen most in the year before. Hidden
    column, not delivered: ``name_en``.
    """
    names = ["activity_id", "name", "name_en", "lever", "start", "end"]
    scopes = [row[6] | ({"customer_id": _declining(lines)} if row[0] == _VISITED else {}) for row in _ACTIVITIES]
    return pd.DataFrame(
        [
            {**dict(zip(names, row[:6], strict=True)), **dict.fromkeys((*SCOPE, "customer_id"), ""), **scope}
            | dict(zip(("claimed_effect", "cost", "owner"), row[7:], strict=True))
            for row, scope in zip(_ACTIVITIES, scopes, strict=True)
        ]
    )


def claims() -> dict[str, int]:
    """What each past strategy was to bring [CNY]."""
    return {row[0]: row[7] for row in _ACTIVITIES}


def _claimed(year: int) -> float:
    return float(sum(row[7] for row in _ACTIVITIES if row[4].year == year))


def _declining(lines: pd.DataFrame) -> str:
    """The independent shops whose sales fell most from 2022 to 2023."""
    year = lines.order_date.dt.year
    sold = lines[(lines.customer_group == "RET") & year.isin([2022, 2023])]
    by_year = sold.groupby(["customer_id", year]).net_cents.sum().unstack(fill_value=0)
    kept = by_year[(by_year > 0).all(axis=1)]
    return "; ".join(sorted((kept[2023] - kept[2022]).nsmallest(_SHOPS, keep="first").index))


def total_target(lines: pd.DataFrame, *, year: int) -> int:
    """The year's target [CNY, whole thousands]: last year's sales at the assumed market growth, claims, ambition."""
    before = lines[lines.order_date.dt.year == year - 1].groupby("category").net_cents.sum() / 100
    grown = sum(before[c] * (1 + g) for c, g in ASSUMED_GROWTH[year].items())
    asked = grown + (_PLANNED_2026 if year == 2026 else _claimed(year)) + AMBITION[year] * before.sum()
    return int(round(float(asked) / 1000) * 1000)


def targets(lines: pd.DataFrame) -> pd.DataFrame:
    """Targets of 2024 to 2026: net sales per quarter, in total and per member; supporting goals per year.

    Members of each dimension and quarter sum to the total; the year is the sum of its quarters.
    """
    rows: list[tuple[Any, ...]] = []
    for place, (year, set_on) in enumerate(_SET_ON.items()):
        last = lines[lines.order_date.dt.year == year - 1]
        quarter = last.order_date.dt.quarter
        of_quarter = stats.round_to_total(last.net_cents.groupby(quarter).sum(), total_target(lines, year=year) // 1000)
        for number, thousands in enumerate(of_quarter, 1):
            period = f"{year}Q{number}"
            rows.append(("total", "total", period, "net_sales", int(thousands) * 1000, set_on))
            for dimension, column in _DIMENSIONS.items():
                sold = last[quarter == number].groupby(column).net_cents.sum().clip(lower=0)
                growth = pd.Series({m: ASSUMED_GROWTH[year].get(str(m), 0.0) for m in sold.index})
                parts = stats.round_to_total(sold * (1 + growth), int(thousands))
                rows += [
                    (dimension, member, period, "net_sales", int(part) * 1000, set_on)
                    for member, part in zip(sold.index, parts, strict=True)
                ]
        rows += [("total", "total", str(year), m, values[place], set_on) for m, values in _SUPPORTING.items()]
    return pd.DataFrame(rows, columns=["dimension", "member", "period", "metric", "target", "set_on"])


def assumptions() -> pd.DataFrame:
    """On what were the targets set? Market growth per category, ambition, and what strategies were to bring."""
    rows: list[dict[str, Any]] = []
    for year, set_on in _SET_ON.items():
        brought, asked = float(_PLANNED_2026 if year == 2026 else _claimed(year)), AMBITION[year]
        told: list[tuple[str, str, str, float, float, float]] = [
            ("market_growth", code, "share", growth - 0.02, growth, growth + 0.02)
            for code, growth in ASSUMED_GROWTH[year].items()
        ]
        told.append(("ambition", "", "share", asked, asked, asked))
        told.append(("initiatives", "", "CNY", 0.6 * brought, brought, 1.2 * brought))
        rows += [
            {"vintage": f"{year - 1}Q4", "item": item, "value": value, "period": str(year), "low": low, "high": high}
            | {"unit": unit, "owner": "D01", "review_date": dt.date(year, 7, 1), "category": category}
            | {"source": "target letter of the board", "set_on": set_on}
            for item, category, unit, low, value, high in told
        ]
    return pd.DataFrame(rows).round(6)


def price_list(products: pd.DataFrame) -> pd.DataFrame:
    """What should a product cost, for everybody, for distributors and for large orders, in each year [cents]?"""
    rows = []
    for year in range(2021, 2027):
        index = {c.code: list_price_index(c.code, year) for c in CATEGORIES}
        for product in products.to_dict("records"):
            price = round(product["list_price"] * index[product["category"]] * 10) * 10
            levels = (("", "", price), ("DIS", "", round(price * 0.76)), ("DIR", 500, round(price * 0.64)))
            days = (dt.date(year, 1, 1), dt.date(year, 12, 31))
            rows += [(product["product_id"], amount, channel, least, *days) for channel, least, amount in levels]
    names = ["product_id", "net_price", "channel", "min_quantity", "valid_from", "valid_to"]
    return pd.DataFrame(rows, columns=names)
