"""What the company knows of the world: the market, competitors, customers' voices, the PEST register, open deals."""

from __future__ import annotations

__all__ = ["FACTORS", "competitors", "environment", "feedback", "market", "pipeline"]

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.demo.company import CATEGORIES, LAST_DAY, REGIONS
from salesplan.demo.history import MARKET_GROWTH

_QUARTERS = pd.period_range("2021Q1", "2026Q2", freq="Q")
_SIZE = {"KIT": 3_050_000_000, "CLN": 2_300_000_000, "STO": 1_450_000_000, "TEX": 4_400_000_000}  # a quarter of 2021
_OF_QUARTER = (0.93, 0.96, 0.98, 1.13)
_AREAS = [r.weight for r in REGIONS]
_COMPETITORS = ("Bangjia", "Haoshi", "Lemi")
_COMMENTS = {
    1: ["破损严重，退货慢", "缺货一个月"],
    2: ["交货晚了", "价格比别处高"],
    3: ["一般", "包装可以改进"],
    4: ["质量不错", "送货准时"],
    5: ["很满意，会再买", "服务很好"],
}


def market() -> pd.DataFrame:
    """How large is the market, per quarter: total, per category and per region [10,000 CNY]?

    A flash estimate of the trade association, published on the quarter's last day. Regions grow alike.
    """
    rows = []
    for quarter in _QUARTERS:
        year, month = quarter.year - 2021, quarter.quarter - 1
        sizes = []
        for category in CATEGORIES:
            growth = MARKET_GROWTH[category.code]
            level = np.prod(1 + np.array(growth[1 : year + 1])) * (1 + growth[year]) ** ((month - 1.5) / 4)
            sizes.append(round(_SIZE[category.code] * float(level) * _OF_QUARTER[month] / 10_000))
        total = sum(sizes)
        regions = stats.round_to_total(_AREAS, total)
        members = [(total, "", "")]
        members += [(size, c.code, "") for c, size in zip(CATEGORIES, sizes, strict=True)]
        members += [(int(size), "", r.code) for r, size in zip(REGIONS, regions, strict=True)]
        day = quarter.end_time.date()
        rows += [(str(quarter), *member, "trade association, flash estimate", day) for member in members]
    return pd.DataFrame(rows, columns=["period", "market_size", "category", "region", "source", "published_on"])


def competitors(seed: int, *, plant: bool) -> pd.DataFrame:
    """What did competitors do? A price check each quarter [index, ours = 1] and the moves that were noticed."""
    rng = stats.generator(seed, "competitors")
    rows: list[tuple[dt.date, str, str, str, str, float | None, str]] = []
    for quarter in _QUARTERS:
        for name in _COMPETITORS:
            for category in CATEGORIES:
                index = round(float(rng.normal({"Bangjia": 0.98, "Haoshi": 1.05, "Lemi": 0.94}[name], 0.015)), 3)
                if (name, category.code) == ("Bangjia", "KIT") and quarter >= pd.Period("2025Q2") and plant:
                    index = round(index * 0.85, 3)
                day = quarter.start_time.date() + dt.timedelta(days=40)
                rows.append((day, name, category.code, "", "price_check", index, "own shop visits"))
    rows += [
        (dt.date(2022, 6, 1), "Lemi", "CLN", "SC", "launch", None, "trade fair"),
        (dt.date(2023, 9, 10), "Haoshi", "STO", "", "launch", None, "trade press"),
        (dt.date(2024, 5, 20), "Lemi", "TEX", "", "marketplace_entry", None, "own shop visits"),
        (dt.date(2025, 4, 1), "Bangjia", "KIT", "EC", "price_cut", 0.833, "price letters of two customers"),
        (dt.date(2025, 5, 20), "Haoshi", "", "NC", "won_key_account", None, "customer C0007"),
        (dt.date(2026, 3, 5), "Lemi", "STO", "SW", "launch", None, "trade press"),
    ]
    rows = [row for row in rows if plant or row[4] not in ("price_cut", "won_key_account")]
    names = ["date", "competitor", "category", "region", "event", "price_index", "source"]
    return pd.DataFrame(rows, columns=names).sort_values(["date", "competitor", "category"], kind="stable")


def feedback(lines: pd.DataFrame, *, seed: int, plant: bool) -> pd.DataFrame:
    """What do customers say [1-5]? 0.35 better in South China from February 2025, 0.5 worse on cleaning from 2025."""
    rng = stats.generator(seed, "feedback")
    sales = lines[(lines.order_type == "sale") & (lines.order_date <= pd.Timestamp(LAST_DAY) - pd.Timedelta(days=30))]
    asked = sales.iloc[np.sort(rng.choice(len(sales), min(3600, len(sales)), replace=False))].reset_index(drop=True)
    mean = np.full(len(asked), 3.9)
    mean += 0.35 * ((asked.region == "SC") & (asked.order_date >= "2025-02-01") & plant).to_numpy()
    mean -= 0.5 * ((asked.category == "CLN") & (asked.order_date >= "2025-01-01") & plant).to_numpy()
    score = np.clip(np.rint(rng.normal(mean, 0.85)), 1, 5).astype("int64")
    date = asked.order_date + pd.to_timedelta(rng.integers(3, 30, len(asked)), unit="D")
    said = zip(score.tolist(), rng.integers(0, 6, len(asked)).tolist(), strict=True)
    text = [_COMMENTS[s][n % 2] for s, n in said]
    table = asked.assign(date=date.dt.strftime("%Y-%m-%d"), score=score, text=text, kind="survey")
    return table[["date", "text", "customer_id", "product_id", "score", "kind", "channel"]].sort_values(
        ["date", "customer_id"], kind="stable"
    )


# kind, factor, what it is called in English, the driver it moves, where, range [share of the sales in scope]
FACTORS: tuple[tuple[str, str, str, str, dict[str, str], float, float], ...] = (
    ("political", "以旧换新补贴延续", "Trade-in subsidies go on", "demand", {"category": "KIT"}, 0.0, 0.025),
    ("political", "包装回收新规", "New rules on packaging waste", "cost", {}, -0.006, 0.0),
    ("economic", "新房成交下降", "Fewer new homes sold", "demand", {"category": "TEX"}, -0.06, -0.015),
    ("economic", "不锈钢价格回落", "Stainless steel gets cheaper", "cost", {"category": "KIT"}, 0.002, 0.015),
    ("social", "小户型收纳需求", "Small homes need storage", "demand", {"category": "STO"}, 0.02, 0.05),
    ("social", "独居人口增加", "More people live alone", "demand", {}, 0.0, 0.009),
    ("technological", "直播电商规则收紧", "Stricter live selling", "demand", {"channel": "SOC"}, -0.08, 0.01),
    ("technological", "平台即时零售", "Delivery within the hour", "demand", {"channel": "MKT"}, 0.0, 0.05),
)


def environment() -> pd.DataFrame:
    """Which outside factors are on the PEST register, with their range [share of the sales in scope]?"""
    scope = {"category": "", "region": "", "channel": ""}
    rows = [
        {"factor": factor, "kind": kind, "driver": driver, "low": low, "high": high}
        | {"review_date": dt.date(2026, 12, 31), "direction": "up" if low + high > 0 else "down"}
        | {"source": "autumn planning round", **scope, **where, "noted_on": dt.date(2025, 11, 20)}
        for kind, factor, _, driver, where, low, high in FACTORS
    ]
    old = {"low": -0.03, "high": 0.0, "review_date": dt.date(2025, 12, 31), "noted_on": dt.date(2024, 11, 18)}
    return pd.DataFrame([{**rows[2], **old}, *rows])


def pipeline(seed: int, *, customers: pd.DataFrame) -> pd.DataFrame:
    """Which deals were opened, and when did they reach which stage [amount in cents]? One row per stage reached."""
    rng = stats.generator(seed, "pipeline")
    field = customers[customers.customer_group.isin(["KEY", "ENT"])].reset_index(drop=True)
    pass_on = (("lead", 0.75), ("qualified", 0.65), ("proposal", 0.6), ("negotiation", 0.7))
    rows: list[tuple[Any, ...]] = []
    for number in range(1, 901):
        client = field.iloc[int(rng.integers(0, len(field)))]
        opened = dt.date(2023, 1, 1) + dt.timedelta(days=int(rng.integers(0, 1270)))
        amount = int(np.rint(rng.lognormal(12.3, 0.7))) * 100
        head = (f"OP{number:04d}", opened)
        tail = (amount, client.customer_id, client.rep_id, client.region)
        day = opened
        for step, (name, chance) in enumerate(pass_on):
            rows.append((*head, name, day, *tail, None, ""))
            day += dt.timedelta(days=int(rng.integers(8, 45)))
            onward = rng.random() < chance
            stage = "lost" if not onward else ("won" if step == 3 else "")
            if stage:
                rows.append((*head, stage, day, *tail, day, "true" if stage == "won" else "false"))
                break
    names = ["opportunity_id", "created", "stage", "stage_date", "amount", "customer_id", "rep_id", "region"]
    table = pd.DataFrame(rows, columns=[*names, "closed", "won"])
    return table[table.stage_date <= LAST_DAY].reset_index(drop=True)
