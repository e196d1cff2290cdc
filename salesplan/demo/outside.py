"""What the company knows of the world: the market, competitors, customers' voices, the PEST register, open deals."""

from __future__ import annotations

__all__ = ["competitors", "environment", "feedback", "market", "pipeline"]

import datetime as dt

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
        members = [("total", "total", total)]
        members += [("product", c.code, s) for c, s in zip(CATEGORIES, sizes, strict=True)]
        members += [("region", r.code, int(s)) for r, s in zip(REGIONS, regions, strict=True)]
        day = quarter.end_time.date()
        rows += [(str(quarter), *member, day, "trade association, flash estimate") for member in members]
    return pd.DataFrame(rows, columns=["period", "dimension", "member", "market_size", "published_on", "origin"])


def competitors(seed: int) -> pd.DataFrame:
    """What did competitors do? A price check each quarter [index, ours = 1] and the moves that were noticed."""
    rng = stats.generator(seed, "competitors")
    rows: list[tuple[dt.date, str, str, str, str, float | None, str]] = []
    for quarter in _QUARTERS:
        for name in _COMPETITORS:
            for category in CATEGORIES:
                index = round(float(rng.normal({"Bangjia": 0.98, "Haoshi": 1.05, "Lemi": 0.94}[name], 0.015)), 3)
                if (name, category.code) == ("Bangjia", "KIT") and quarter >= pd.Period("2025Q2"):
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
    names = ["date", "competitor", "product", "region", "move", "price_index", "origin"]
    return pd.DataFrame(rows, columns=names).sort_values(["date", "competitor", "product"], kind="stable")


def feedback(lines: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """What do customers say [1-5]? 0.35 better in South China from February 2025, 0.5 worse on cleaning from 2025."""
    rng = stats.generator(seed, "feedback")
    sales = lines[(lines.order_type == "sale") & (lines.order_date <= pd.Timestamp(LAST_DAY) - pd.Timedelta(days=30))]
    asked = sales.iloc[np.sort(rng.choice(len(sales), 3600, replace=False))].reset_index(drop=True)
    mean = np.full(len(asked), 3.9)
    mean += 0.35 * ((asked.region == "SC") & (asked.order_date >= "2025-02-01")).to_numpy()
    mean -= 0.5 * ((asked.category == "CLN") & (asked.order_date >= "2025-01-01")).to_numpy()
    score = np.clip(np.rint(rng.normal(mean, 0.85)), 1, 5).astype("int64")
    date = asked.order_date + pd.to_timedelta(rng.integers(3, 30, len(asked)), unit="D")
    comment = [
        _COMMENTS[s][n] if n < 2 else "" for s, n in zip(score.tolist(), rng.integers(0, 6, len(asked)), strict=True)
    ]
    table = asked.assign(date=date.dt.strftime("%Y-%m-%d"), score=score, comment=comment)
    return table[["date", "customer_id", "score", "channel", "product_id", "comment"]].sort_values(
        ["date", "customer_id"], kind="stable"
    )


_FACTORS = (
    ("political", "以旧换新补贴延续", "Trade-in subsidies go on", "demand", "product", "KIT", (0.0, 0.01, 0.025)),
    ("political", "包装回收新规", "New rules on packaging waste", "cost", "total", "total", (-0.006, -0.003, 0.0)),
    ("economic", "新房成交下降", "Fewer new homes sold", "demand", "product", "TEX", (-0.06, -0.035, -0.015)),
    ("economic", "不锈钢价格回落", "Stainless steel gets cheaper", "cost", "product", "KIT", (0.002, 0.008, 0.015)),
    ("social", "小户型收纳需求", "Small homes need storage", "demand", "product", "STO", (0.02, 0.035, 0.05)),
    ("social", "独居人口增加", "More people live alone", "demand", "total", "total", (0.0, 0.004, 0.009)),
    ("technological", "直播电商规则收紧", "Stricter live selling", "demand", "channel", "SOC", (-0.08, -0.03, 0.01)),
    ("technological", "平台即时零售", "Delivery within the hour", "demand", "channel", "MKT", (0.0, 0.02, 0.05)),
)


def environment() -> pd.DataFrame:
    """Which outside factors are on the PEST register, with their range [share of the sales in scope]?"""
    rows = [(f"E{number:02d}", *factor[:-1], *factor[-1]) for number, factor in enumerate(_FACTORS, 1)]
    names = ["factor_id", "area", "factor", "factor_en", "driver", "dimension", "member", "low", "mid", "high"]
    table = pd.DataFrame(rows, columns=names).assign(noted_on=dt.date(2025, 11, 20), review_by=dt.date(2026, 12, 31))
    old = table.iloc[[2]].assign(factor_id="E00", low=-0.03, mid=-0.015, high=0.0)
    old = old.assign(noted_on=dt.date(2024, 11, 18), review_by=dt.date(2025, 12, 31))
    return pd.concat([old, table], ignore_index=True).assign(origin="autumn planning round")


def pipeline(seed: int, *, customers: pd.DataFrame) -> pd.DataFrame:
    """Which deals were opened, and when did they reach which stage [amount in cents]? One row per stage reached."""
    rng = stats.generator(seed, "pipeline")
    field = customers[customers.customer_group.isin(["KEY", "ENT"])].reset_index(drop=True)
    pass_on = (("lead", 0.75), ("qualified", 0.65), ("proposal", 0.6), ("negotiation", 0.7))
    rows = []
    for number in range(1, 901):
        client = field.iloc[int(rng.integers(0, len(field)))]
        opened = dt.date(2023, 1, 1) + dt.timedelta(days=int(rng.integers(0, 1270)))
        amount = int(np.rint(rng.lognormal(12.3, 0.7))) * 100
        close = opened + dt.timedelta(days=int(rng.integers(60, 160)))
        head = (f"OP{number:04d}", client.customer_id, client.rep_id, opened)
        stage, day = "lead", opened
        for step, (name, chance) in enumerate(pass_on):
            rows.append((*head, name, day, amount, close))
            day += dt.timedelta(days=int(rng.integers(8, 45)))
            onward = rng.random() < chance
            stage = "lost" if not onward else ("won" if step == 3 else "")
            if stage:
                rows.append((*head, stage, day, amount, close))
                break
    names = ["opportunity_id", "customer_id", "rep_id", "opened_on", "stage", "stage_date", "amount", "expected_close"]
    table = pd.DataFrame(rows, columns=names)
    return table[table.stage_date <= LAST_DAY].reset_index(drop=True)
