"""Who the made-up company is: its regions, products, customers and people, before anything happens to them."""

from __future__ import annotations

__all__ = [
    "CATEGORIES",
    "CHANNELS",
    "FIRST_DAY",
    "GROUPS",
    "LAST_DAY",
    "REGIONS",
    "Member",
    "customers",
    "products",
    "team",
]

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.demo.planted import DIVERTER, LAUNCH, LAUNCH_DAY, LOST_ACCOUNT, SIBLING, STUFFERS
from salesplan.demo.wordlists import CITIES, FIRST_NAMES, LAST_NAMES, PREFIXES, PRODUCT_WORDS, TRADES

FIRST_DAY = dt.date(2021, 1, 1)
LAST_DAY = dt.date(2026, 6, 30)


@dataclass(frozen=True)
class Member:
    """One member of a dimension: code, names, its weight in sales, and one more figure of its own."""

    code: str
    en: str
    zh: str
    weight: float
    figure: float = 0.0


# figure: yearly growth above the company's
REGIONS = (
    Member("EC", "East China", "华东", 0.27),
    Member("NC", "North China", "华北", 0.17, -0.01),
    Member("SC", "South China", "华南", 0.20, 0.01),
    Member("CC", "Central China", "华中", 0.13, 0.01),
    Member("SW", "Southwest China", "西南", 0.11, 0.04),
    Member("NE", "Northeast China", "东北", 0.07, -0.04),
    Member("NW", "Northwest China", "西北", 0.05, 0.0),
)
# figure: unit cost as a share of the list price
CATEGORIES = (
    Member("KIT", "Kitchenware", "厨房用品", 0.36, 0.46),
    Member("CLN", "Cleaning", "清洁用品", 0.24, 0.50),
    Member("STO", "Storage", "收纳用品", 0.22, 0.43),
    Member("TEX", "Home textiles", "家纺用品", 0.18, 0.53),
)
# figure: orders a year of one active customer
GROUPS = (
    Member("KEY", "Key retail accounts", "重点零售客户", 0.032, 34.0),
    Member("WHO", "Wholesalers", "批发商", 0.130, 12.0),
    Member("RET", "Independent shops", "零售门店", 0.640, 5.6),
    Member("ENT", "Enterprise buyers", "企业团购", 0.198, 3.8),
)
# figure: discount on the list price that is usual there
CHANNELS = (
    Member("DIR", "Direct sales", "直营", 0.30, 0.14),
    Member("DIS", "Distributors", "经销", 0.34, 0.24),
    Member("OWN", "Own e-commerce", "自营电商", 0.10, 0.10),
    Member("MKT", "Marketplaces", "电商平台", 0.17, 0.16),
    Member("SOC", "Social commerce", "社交电商", 0.09, 0.18),
)
_RANGES = {"KIT": 18, "CLN": 16, "STO": 16, "TEX": 16}
_LETTER = {"KIT": "K", "CLN": "L", "STO": "S", "TEX": "T"}
_LEVEL = {"KIT": 92.0, "CLN": 46.0, "STO": 74.0, "TEX": 128.0}
_LATE = {"K18": LAUNCH_DAY, "S15": dt.date(2023, 3, 1), "S16": dt.date(2025, 4, 1), "L16": dt.date(2022, 6, 1)}
_ENDED = {"T14": dt.date(2024, 12, 31), "K17": dt.date(2023, 6, 30)}


def products(seed: int) -> pd.DataFrame:
    """What does the company sell? Frame of product_id, name, name_en, category, launched, list_price, cost, withdrawn.

    A hidden column, not delivered: ``popularity``. Prices and costs are those of 2026 [CNY].
    """
    rng = stats.generator(seed, "products")
    rows = []
    for category in CATEGORIES:
        for number in range(1, _RANGES[category.code] + 1):
            code = f"{_LETTER[category.code]}{number:02d}"
            zh, en = PRODUCT_WORDS[category.code][number - 1]
            price = round(_LEVEL[category.code] * float(np.exp(rng.normal(0, 0.35)))) + 0.9
            launch = _LATE.get(code, dt.date(2015 + int(rng.integers(0, 6)), int(rng.integers(1, 13)), 1))
            cost = round(price * category.figure * float(rng.uniform(0.93, 1.07)), 2)
            popularity = float(rng.lognormal(0, 0.55))
            rows.append((code, zh, en, category.code, launch, price, cost, popularity, _ENDED.get(code)))
    names = ["product_id", "name", "name_en", "category", "launched", "list_price", "cost", "popularity", "withdrawn"]
    table = pd.DataFrame(rows, columns=names).set_index("product_id", drop=False)
    table.index.name = None
    table.loc[SIBLING, "popularity"] = 2.6
    table.loc[LAUNCH, ["popularity", "list_price", "cost"]] = [0.9, table.list_price[SIBLING] + 4, table.cost[SIBLING]]
    return table


def team(seed: int) -> pd.DataFrame:
    """Who sells? One director, a manager per region and one online, 24 representatives of whom three have left."""
    rng = stats.generator(seed, "team")
    online = [("", code) for code in ("OWN", "MKT", "SOC")]
    posts = [(r.code, "") for r in REGIONS for _ in range(2)] + [(r.code, "") for r in REGIONS] + online
    rows = [("D01", "director", "", "", "", dt.date(2016, 3, 1), None)]
    rows += [(f"M{n:02d}", "manager", r.code, "", "D01", dt.date(2017, n, 1), None) for n, r in enumerate(REGIONS, 1)]
    rows.append(("M08", "manager", "", "OWN", "D01", dt.date(2019, 5, 6), None))
    for number, (region, channel) in enumerate(posts, 1):
        manager = "M08" if channel else f"M{[r.code for r in REGIONS].index(region) + 1:02d}"
        hired = dt.date(2018 + int(rng.integers(0, 3)), int(rng.integers(1, 13)), 1)
        rows.append((f"R{number:02d}", "rep", region, channel, manager, hired, None))
    table = pd.DataFrame(rows, columns=["rep_id", "role", "region", "channel", "manager_id", "hired", "left"])
    for rep, left in {"R05": dt.date(2025, 8, 31), "R12": dt.date(2024, 5, 31), "R20": dt.date(2026, 3, 31)}.items():
        table.loc[table.rep_id == rep, "left"] = left
    table.loc[table.rep_id.isin(["R15", "R23"]), "hired"] = dt.date(2024, 6, 3)
    family, given = rng.permutation(len(LAST_NAMES)), rng.permutation(len(FIRST_NAMES))
    pairs = [(LAST_NAMES[family[n]], FIRST_NAMES[given[n]]) for n in range(len(table))]
    table.insert(1, "name", [last[0] + first[0] for last, first in pairs])
    table.insert(2, "name_en", [f"{first[1]} {last[1]}" for last, first in pairs])
    return table


def customers(seed: int, *, count: int, staff: pd.DataFrame) -> pd.DataFrame:
    """Who buys? Frame of customer_id, name, name_en, region, customer_group, since, city, rep_id, credit_days.

    Hidden columns, not delivered: first and last day [day number], ``rate`` [orders a year], ``size`` [relative].
    """
    rng = stats.generator(seed, "customers")
    group = np.repeat([g.code for g in GROUPS], _shares(count))
    group[[int(code[1:]) - 1 for code in (DIVERTER, *STUFFERS)]] = "WHO"
    region = rng.choice([r.code for r in REGIONS], count, p=[r.weight for r in REGIONS])
    group_at = pd.Series({g.code: g.figure for g in GROUPS})
    days = (LAST_DAY - FIRST_DAY).days + 1
    first = np.where(rng.random(count) < 0.62, 0, rng.integers(1, days - 20, count))
    yearly_loss = pd.Series({"KEY": 0.0, "WHO": 0.03, "RET": 0.075, "ENT": 0.10})[group].to_numpy()
    life = np.where(yearly_loss > 0, rng.exponential(365 / np.maximum(yearly_loss, 1e-9)), 1e9)
    table = pd.DataFrame(
        {
            "customer_id": [f"C{n:04d}" for n in range(1, count + 1)],
            "region": region,
            "customer_group": group,
            "first": np.where(group == "KEY", np.minimum(first, 700), first),
            "rate": group_at[group].to_numpy() * rng.gamma(4, 1 / 4, count),
            "size": pd.Series({"KEY": 2.6, "WHO": 1.25, "RET": 0.62, "ENT": 0.8})[group].to_numpy()
            * np.minimum(rng.lognormal(0, 0.45, count), 4),
        }
    )
    table["last"] = np.minimum(table["first"] + life, days - 1).astype("int64")
    table["since"] = [_since(day, rng) for day in table["first"]]
    table["credit_days"] = pd.Series({"KEY": 60, "WHO": 45, "RET": 30, "ENT": 30})[group].to_numpy()
    table["city"] = [CITIES[r][int(rng.integers(0, len(CITIES[r])))] for r in region]
    return _named(_with_planted(_with_reps(table, staff=staff, rng=rng)), rng=rng)


def _shares(count: int) -> list[int]:
    return [int(n) for n in stats.round_to_total([g.weight for g in GROUPS], count)]


def _since(day: int, rng: np.random.Generator) -> dt.date:
    if day > 0:
        return FIRST_DAY + dt.timedelta(days=int(day))
    return dt.date(2014 + int(rng.integers(0, 7)), int(rng.integers(1, 13)), int(rng.integers(1, 29)))


def _with_reps(table: pd.DataFrame, *, staff: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    field = staff[(staff.role == "rep") & (staff.channel == "")]
    of_region = {r.code: field.rep_id[field.region == r.code].to_list() for r in REGIONS}
    draw = rng.integers(0, 3, len(table))
    return table.assign(rep_id=[of_region[r][n] for r, n in zip(table.region, draw, strict=True)])


def _with_planted(table: pd.DataFrame) -> pd.DataFrame:
    """The account lost in 2025 is a large one of North China; the diverter a large wholesaler of Southwest China."""
    planted: dict[str, dict[str, str | float]] = {
        LOST_ACCOUNT: {"region": "NC", "rate": 52.0, "size": 3.1, "first": 0, "city": "北京", "rep_id": "R03"},
        DIVERTER: {"region": "SW", "rate": 26.0, "size": 1.9, "first": 0, "city": "重庆", "rep_id": "R09"},
    }
    for customer, values in planted.items():
        here = table.customer_id == customer
        for column, value in {**values, "last": (LAST_DAY - FIRST_DAY).days}.items():
            table.loc[here, column] = value
    return table


def _named(table: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    prefix = rng.integers(0, len(PREFIXES), len(table))
    zh, en = [], []
    for row, n in zip(table.itertuples(index=False), prefix, strict=True):
        trade = TRADES[str(row.customer_group)]
        zh.append(f"{row.city}{PREFIXES[n][0]}{trade[0]}{int(str(row.customer_id)[1:])}号")
        en.append(f"{PREFIXES[n][1]} {trade[1]} {int(str(row.customer_id)[1:])}")
    return table.assign(name=zh, name_en=en)
