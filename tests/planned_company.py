"""A small made-up company: a monthly cube with a known season, growth and noise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesplan.periods import FiscalCalendar

CALENDAR = FiscalCalendar()
MEMBERS = {
    "product": ("pots", "mops"),
    "region": ("east", "west", "north"),
    "customer_group": ("shops", "firms"),
    "channel": ("direct", "online"),
}


def cube(*, months: int = 60, seed: int = 1, noise: float = 0.08, growth: float = 0.05, last: str = "2025-12"):
    """Net sales by month and cell, ending with ``last``; every cell has costs of 60 %."""
    rng = np.random.default_rng(seed)
    periods = [CALENDAR.shift(last, step) for step in range(1 - months, 1)]
    keys = pd.MultiIndex.from_product(MEMBERS.values(), names=MEMBERS).to_frame(index=False)
    size = rng.lognormal(11, 0.6, len(keys))
    shared = rng.normal(0, 0.04, months)
    rows = []
    for at, period in enumerate(periods):
        month = int(period[-2:])
        season = 1 + 0.3 * np.sin(2 * np.pi * month / 12)
        level = (1 + growth) ** (at / 12) * season * np.exp(shared[at])
        sales = np.rint(size * level * np.exp(rng.normal(0, noise, len(keys))) * 100).astype("int64")
        rows.append(keys.assign(period=period, net_sales_cents=sales))
    table = pd.concat(rows, ignore_index=True)
    return table.assign(cost_cents=(table["net_sales_cents"] * 6 // 10).astype("Int64"))
