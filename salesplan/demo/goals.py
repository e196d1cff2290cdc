"""What the company set out to do: targets with their assumptions, strategies with their claims, and price lists."""

from __future__ import annotations

__all__ = ["AMBITION", "ASSUMED_GROWTH", "activities", "assumptions", "price_list", "targets", "total_target"]

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
_DIMENSIONS = {"product": "category", "region": "region", "customer_group": "customer_group", "channel": "channel"}
_SUPPORTING = {
    "gross_margin": (0.380, 0.385, 0.390),
    "collection_rate": (0.950, 0.950, 0.940),
    "dso_days": (44.0, 43.0, 46.0),
    "new_customers": (170.0, 180.0, 170.0),
    "selling_expense_ratio": (0.115, 0.112, 0.112),
    "satisfaction": (4.00, 4.10, 4.00),
}


def activities() -> pd.DataFrame:
    """Which strategies ran in 2024 and 2025, at what cost and with what claimed effect on net sales [CNY]?"""
    day = dt.date
    rows = [
        ("A24-01", "社交电商自播间", "Own live rooms in social commerce", "channel", "channel", "SOC",
         day(2024, 3, 1), day(2024, 12, 31), 6_800_000, 30_000_000, "M08"),
        ("A24-02", "轻量煎锅上市", "Launch of the light frying pan", "product", "product", "KIT",
         day(2024, 9, 1), day(2024, 12, 31), 4_200_000, 24_000_000, "D01"),
        ("A24-03", "东北经销商返利", "Dealer rebate in Northeast China", "price", "region", "NE",
         day(2024, 4, 1), day(2024, 12, 31), 2_900_000, 9_000_000, "M06"),
        ("A25-01", "华南两日达服务", "Two-day service in South China", "customer", "region", "SC",
         day(2025, 2, 1), day(2025, 12, 31), 7_500_000, 55_000_000, "M03"),
        ("A25-02", "华中终端陈列", "Shop displays in Central China", "market", "region", "CC",
         day(2025, 3, 1), day(2025, 12, 31), 5_200_000, 26_000_000, "M04"),
        ("A25-03", "家纺品牌广告", "Brand campaign for home textiles", "market", "product", "TEX",
         day(2025, 3, 1), day(2025, 11, 30), 6_000_000, 22_000_000, "D01"),
        ("A25-04", "西北样品派发", "Samples in Northwest China", "market", "region", "NW",
         day(2025, 10, 1), day(2025, 12, 31), 400_000, 4_000_000, "M07"),
    ]  # fmt: skip
    names = ["strategy_id", "name", "name_en", "lever", "dimension", "member", "start", "end", "cost"]
    return pd.DataFrame(rows, columns=[*names, "claimed_effect", "owner"])


def total_target(lines: pd.DataFrame, *, year: int) -> int:
    """The year's target [CNY, whole thousands]: last year's sales at the assumed market growth, claims, ambition."""
    before = lines[lines.order_date.dt.year == year - 1].groupby("category").net_cents.sum() / 100
    grown = sum(before[c] * (1 + g) for c, g in ASSUMED_GROWTH[year].items())
    claims = activities()
    own = claims.claimed_effect[[start.year == year for start in claims.start]].sum()
    asked = grown + (_PLANNED_2026 if year == 2026 else own) + AMBITION[year] * before.sum()
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
    rows: list[tuple[Any, ...]] = []
    claims = activities()
    for year, set_on in _SET_ON.items():
        for code, growth in ASSUMED_GROWTH[year].items():
            rows.append((year, "market_growth", "product", code, growth - 0.02, growth, growth + 0.02, set_on))
        asked = AMBITION[year]
        rows.append((year, "ambition", "total", "total", asked, asked, asked, set_on))
        own = claims.claimed_effect[[start.year == year for start in claims.start]].sum()
        brought = float(_PLANNED_2026 if year == 2026 else own)
        rows.append((year, "initiatives", "total", "total", 0.6 * brought, brought, 1.2 * brought, set_on))
    names = ["year", "assumption", "dimension", "member", "low", "value", "high", "set_on"]
    return pd.DataFrame(rows, columns=names).round(6).assign(origin="target letter of the board")


def price_list(products: pd.DataFrame) -> pd.DataFrame:
    """What should a product cost, by level (list, dealer, floor), from each 1 January [cents]?"""
    rows = []
    for year in range(2021, 2027):
        index = {c.code: list_price_index(c.code, year) for c in CATEGORIES}
        for product in products.to_dict("records"):
            price = round(product["list_price"] * index[product["category"]] * 10) * 10
            levels = (("list", price), ("dealer", round(price * 0.76)), ("floor", round(price * 0.64)))
            rows += [(product["product_id"], level, dt.date(year, 1, 1), amount) for level, amount in levels]
    return pd.DataFrame(rows, columns=["product_id", "level", "valid_from", "price"])
