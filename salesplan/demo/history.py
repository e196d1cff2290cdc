"""What happens to the company: growth, seasons, the moving New Year, prices, and the events planted with known size."""

from __future__ import annotations

__all__ = [
    "EFFECTS",
    "ELASTICITY",
    "MARKET_GROWTH",
    "NOT_IDENTIFIED",
    "YEARS",
    "Effect",
    "category_season",
    "day_weights",
    "list_price_index",
    "market_index",
    "new_year",
]

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from salesplan.demo.company import CATEGORIES, FIRST_DAY, LAST_DAY
from salesplan.demo.planted import DIVERTER, STUFFERS

ELASTICITY = {"KIT": -1.6, "CLN": -0.7, "STO": -1.2, "TEX": -2.1}
NOT_IDENTIFIED = ("STO",)  # sold at the list price less what is usual, without promotions or haggling
YEARS = range(2021, 2027)
MARKET_GROWTH = {
    "KIT": (0.050, 0.050, 0.055, 0.045, 0.020, 0.025),
    "CLN": (0.040, 0.040, 0.035, 0.035, 0.010, 0.020),
    "STO": (0.105, 0.110, 0.115, 0.105, 0.085, 0.090),
    "TEX": (-0.010, -0.025, -0.035, -0.040, -0.060, -0.055),
}
_PRICE_RISE = {
    "KIT": (0.015, 0.020, 0.020, 0.040, 0.010),
    "CLN": (0.020, 0.030, 0.015, 0.020, 0.015),
    "STO": (0.010, 0.020, 0.025, 0.020, 0.020),
    "TEX": (0.010, 0.015, 0.010, 0.015, 0.000),
}
_SEASON = (1.00, 1.00, 1.00, 0.96, 1.00, 1.13, 0.92, 0.93, 1.02, 1.04, 1.24, 1.06)
_OWN_SEASON = {
    "KIT": (1.00, 1.00, 0.98, 0.97, 1.00, 1.05, 1.00, 1.00, 1.00, 1.00, 1.08, 1.02),
    "CLN": (1.20, 1.10, 1.04, 1.02, 1.00, 1.00, 0.98, 0.96, 0.95, 0.95, 0.95, 1.00),
    "STO": (0.95, 0.95, 1.10, 1.06, 1.02, 1.00, 1.00, 1.06, 1.08, 1.00, 0.95, 0.93),
    "TEX": (1.05, 0.95, 0.92, 0.92, 0.95, 0.88, 0.82, 0.90, 1.08, 1.22, 1.18, 1.16),
}


@dataclass(frozen=True)
class Effect:
    """One planted event: the quantity of every sale in scope, from start to end, is multiplied by ``factor``."""

    id: str
    kind: str
    factor: float
    start: dt.date
    end: dt.date = LAST_DAY
    scope: dict[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""

    def covers(self, lines: pd.DataFrame) -> np.ndarray:
        """Which order lines [flag] are in scope?"""
        day = lines.order_date.to_numpy()
        inside = (day >= np.datetime64(self.start)) & (day <= np.datetime64(self.end))
        for column, members in self.scope.items():
            inside &= lines[column].isin(members).to_numpy()
        return inside


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


EFFECTS: tuple[Effect, ...] = (
    Effect(
        "kit_east",
        "miss",
        0.68,
        _day("2025-04-01"),
        scope={"category": ("KIT",), "region": ("EC",)},
        note="a competitor cut kitchenware prices in East China by 15 % in April 2025",
    ),
    Effect("soc_live", "strategy", 1.45, _day("2024-03-01"), scope={"channel": ("SOC",)}, note="A24-01"),
    Effect("sc_service", "strategy", 1.20, _day("2025-02-01"), scope={"region": ("SC",)}, note="A25-01"),
    Effect("nw_sampling", "strategy", 1.03, _day("2025-10-01"), _day("2025-12-31"), {"region": ("NW",)}, note="A25-04"),
    Effect(
        "diverter",
        "diversion",
        3.0,
        _day("2025-01-01"),
        scope={"customer_id": (DIVERTER,), "category": ("CLN",)},
        note="buys in Southwest China and sells into South China",
    ),
    Effect(
        "diverted_from",
        "diversion",
        0.86,
        _day("2025-01-01"),
        scope={"region": ("SC",), "category": ("CLN",), "channel": ("DIS",)},
        note="what honest distributors of South China lost to it",
    ),
    Effect(
        "stuffing", "stuffing", 4.5, _day("2025-12-15"), _day("2025-12-31"), {"customer_id": STUFFERS}, "pulled forward"
    ),
    Effect(
        "payback", "stuffing", 0.40, _day("2026-01-01"), _day("2026-03-20"), {"customer_id": STUFFERS}, "missing after"
    ),
    Effect("I-M1", "initiative", 1.05, _day("2026-03-01"), scope={"region": ("SW",), "category": ("STO",)}),
    Effect("I-M2", "initiative", 1.06, _day("2026-02-01"), scope={"region": ("EC",), "category": ("KIT",)}),
    Effect("I-C1", "initiative", 1.02, _day("2026-01-15"), scope={"customer_group": ("KEY",)}),
    Effect("I-C2", "initiative", 1.00, _day("2026-02-01"), scope={"customer_group": ("RET",)}),
    Effect("I-P1", "initiative", 1.04, _day("2026-04-01"), scope={"category": ("STO",)}),
    Effect("I-H1", "initiative", 1.10, _day("2026-03-01"), scope={"channel": ("SOC",)}),
    Effect("I-H2", "initiative", 1.03, _day("2026-02-15"), scope={"channel": ("OWN",)}),
)


def new_year(year: int) -> dt.date:
    """On which day does the Chinese New Year of ``year`` fall? (LunarDate 1-1)."""
    from lunardate import LunarDate

    found = LunarDate(year, 1, 1).to_solar_date()
    return dt.date(found.year, found.month, found.day)


def day_weights() -> np.ndarray:
    """How busy is each day of the history [relative]? Month, weekday, and the New Year before, during and after."""
    days = pd.date_range(FIRST_DAY, LAST_DAY)
    weight = np.array(_SEASON)[days.month - 1] * np.where(days.dayofweek >= 5, 0.45, 1.0)
    for year in range(2021, 2028):
        offset = (days - pd.Timestamp(new_year(year))).days.to_numpy()
        for first, last, factor in ((-30, -9, 1.40), (-8, -2, 0.70), (-1, 7, 0.12), (8, 15, 0.62), (16, 30, 1.08)):
            weight = np.where((offset >= first) & (offset <= last), weight * factor, weight)
    return np.asarray(weight)


def category_season(category: pd.Series, month: np.ndarray) -> np.ndarray:
    """How much more of a category is bought in a month [1-12] than of the others [relative]?"""
    table = np.array([_OWN_SEASON[c.code] for c in CATEGORIES])
    row = category.map({c.code: n for n, c in enumerate(CATEGORIES)}).to_numpy()
    return np.asarray(table[row, month - 1])


def market_index(category: pd.Series, day: np.ndarray) -> np.ndarray:
    """How large is the market of a category on a day, against the start of 2021 [index]?"""
    since = (day - np.datetime64(dt.date(2021, 1, 1))).astype("timedelta64[D]").astype(float) / 365.25
    result = np.ones(len(since))
    for code, growth in MARKET_GROWTH.items():
        steps = np.concatenate([[0], np.cumsum(np.log1p(growth))])
        here = (category == code).to_numpy()
        result[here] = np.exp(np.interp(since[here], np.arange(len(steps)), steps))
    return result


def list_price_index(category: str, year: int) -> float:
    """How high are the list prices of a category in a year, against 2026 [index]? They change on 1 January."""
    index = 1.0
    for later in range(year + 1, 2027):
        index /= 1 + _PRICE_RISE[category][later - 2022]
    return index
