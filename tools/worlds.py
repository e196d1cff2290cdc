"""Worlds with a planted truth, made by rules that have nothing in common with the demo company's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

SHAPE = {"product": 12, "region": 8, "customer_group": 6, "channel": 5}


@dataclass(frozen=True)
class Fall:
    """How deep (dimensions named) a slice lies, and by how much it fell (0.3: to 70 %); depth 0 plants nothing."""

    depth: int
    size: float


def sliced_world(
    fall: Fall, *, seed: int, noise: float = 0.25, strays: float = 0.0, homes: Sequence[str] = tuple(SHAPE)
) -> tuple[pd.DataFrame, str]:
    """Leaves as ``review.causes.root_causes`` takes them, and the slice that fell ("region=3, product=7", or "").

    Every leaf's expected sales are log-normal, its actual ones a shift of all times log-normal noise of this
    coefficient of variation, whose size is known. strays: by how much members as wholes stray from what was expected
    [log], in that year and in the one before; homes: the dimensions whose members do.
    """
    rng = np.random.default_rng([seed, fall.depth, round(fall.size * 1000)])
    grid = pd.MultiIndex.from_product([[str(n) for n in range(k)] for k in SHAPE.values()], names=list(SHAPE))
    leaves = grid.to_frame(index=False)
    leaves["expected_cents"] = np.exp(rng.normal(12, 1, len(leaves)))
    spread = np.sqrt(np.log1p(noise**2))
    ratio = np.exp(rng.normal(-(spread**2) / 2, spread, len(leaves))) * rng.uniform(0.9, 1.1)
    named = sorted(rng.choice(list(SHAPE), fall.depth, replace=False), key=list(SHAPE).index)
    members = {d: str(rng.integers(SHAPE[d])) for d in named}
    inside = np.ones(len(leaves), dtype=bool) if named else np.zeros(len(leaves), dtype=bool)
    for dimension, member in members.items():
        inside &= (leaves[dimension] == member).to_numpy()
    leaves["actual_cents"] = leaves["expected_cents"] * np.where(inside, ratio * (1 - fall.size), ratio)
    leaves["error"] = spread
    if strays:
        of = {d: leaves[d].astype(int).to_numpy() for d in SHAPE}
        year, before = (sum(rng.normal(0, strays, SHAPE[d])[of[d]] for d in homes) for _ in range(2))
        leaves["actual_cents"] *= np.exp(year)
        leaves["pull"] = rng.normal(size=len(leaves)) + before / spread
    return leaves, ", ".join(f"{d}={m}" for d, m in members.items())


@dataclass(frozen=True)
class Push:
    """A strategy in one region for one year's months: by how much it lifted sales, and how the region was chosen.

    chosen: "any" by lot, or "fallen": the one that grew least in the year before, as is done in practice.
    """

    lift: float = 0.0
    chosen: str = "any"


def pushed_world(push: Push, *, seed: int, regions: int = 7, years: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A monthly cube and the source ``activities`` with one strategy in the last ten months of the last year.

    Regions differ in size and trend; their months scatter with a memory (autoregressive, 0.6 a month), their years
    with noise of their own, and all share seasons and shocks.
    """
    rng = np.random.default_rng([seed, round(push.lift * 1000), len(push.chosen)])
    months = pd.period_range("2021-01", periods=12 * years, freq="M")
    steps = np.arange(len(months))
    shared = rng.normal(0, 0.03, len(months)) + 0.2 * np.sin(np.pi * steps / 6) + 0.004 * steps
    level, trend = rng.normal(16, 0.6, regions), rng.normal(0, 0.03, regions)
    scatter = np.zeros((len(months), regions))
    for at in steps:
        scatter[at] = 0.6 * scatter[at - 1] + rng.normal(0, 0.05, regions) if at else rng.normal(0, 0.06, regions)
    own = np.repeat(rng.normal(0, 0.04, (years, regions)), 12, axis=0)
    logs = level + shared[:, None] + np.outer(steps / 12, trend) + scatter + own
    sales = pd.DataFrame(np.exp(logs), index=months.astype(str), columns=[f"R{n}" for n in range(regions)])
    region = str(sales.columns[rng.integers(regions)])
    if push.chosen == "fallen":
        by_year = sales.groupby(sales.index.str[:4]).sum()
        region = str((by_year.iloc[-2] / by_year.iloc[-3]).idxmin())
    sales.loc[sales.index[-10:], region] *= 1 + push.lift
    cube = sales.rename_axis("period").reset_index().melt("period", var_name="region", value_name="net_sales_cents")
    cube = cube.assign(net_sales_cents=cube["net_sales_cents"].round(), product="P", customer_group="G", channel="C")
    ends = {"start": pd.Timestamp(months[-10].start_time), "end": pd.Timestamp(months[-1].end_time.normalize())}
    activity = {"activity_id": "A1", "region": region, "claimed_effect_cents": 10**8, "lever": "market", **ends}
    return cube, pd.DataFrame([activity])


@dataclass(frozen=True)
class Company:
    """What kind of company, and how long its books are [months]; a year more is made, to grade by.

    shape: "steady" (trends, seasons, noise with a memory), "breaking" (levels of members break now and then, in the
    year to come as in those before), "intermittent" (orders that come one by one), "correlated" (a business cycle moves
    all).
    """

    shape: str = "steady"
    months: int = 36


def sold_world(company: Company, *, seed: int, first: str = "2021-01") -> pd.DataFrame:
    """A monthly cube of 6 products × 5 regions, history and the year after it."""
    rng = np.random.default_rng([seed, company.months, len(company.shape)])
    count, length = (6, 5), company.months + 12
    month = np.arange(length)
    noise, memory, drift = np.exp(rng.normal(-2.3, 0.5)), rng.uniform(0, 0.8), rng.choice([0.0, 0.02, 0.05])
    level = rng.normal(15, 1, count[0])[:, None] + rng.normal(0, 0.7, count[1])
    trend = rng.normal(0.05, 0.05) + rng.normal(0, 0.05, count[0])[:, None] + rng.normal(0, 0.04, count[1])
    season = np.resize(rng.normal(0, 0.15, 12), length) + rng.normal(0, 0.06, (*count, 12))[..., month % 12]
    scatter = rng.normal(0, noise, (*count, length))
    for at in month[1:]:
        scatter[..., at] = memory * scatter[..., at - 1] + np.sqrt(1 - memory**2) * scatter[..., at]
    wander = np.cumsum(rng.normal(0, drift * noise / 0.1, (*count, length)), axis=2) / 2
    shared = np.cumsum(rng.normal(0, 0.01, length))
    if company.shape == "correlated":
        shared = shared + 0.08 * np.sin(2 * np.pi * month / rng.uniform(30, 70) + rng.uniform(0, 6))
    logs = level[..., None] + trend[..., None] * month / 12 + season + scatter + wander + shared
    if company.shape == "breaking":
        for axis in (0, 1):
            for member in range(count[axis]):
                if rng.random() < 0.4:
                    inside = (member, slice(None)) if axis == 0 else (slice(None), member)
                    logs[(*inside, slice(int(rng.integers(6, length)), None))] += rng.normal(0, 0.2)
    sales = np.exp(logs)
    if company.shape == "intermittent":
        orders = rng.poisson(np.exp(rng.normal(0.3, 0.8, count))[..., None] * np.exp(season), sales.shape)
        sales = orders * sales / 3 * np.exp(rng.normal(0, 0.4, sales.shape))
    periods = pd.period_range(first, periods=length, freq="M").astype(str)
    keys = pd.MultiIndex.from_product([list("ABCDEF"), list("NESWC"), periods], names=["product", "region", "period"])
    cube = pd.DataFrame({"net_sales_cents": sales.ravel().round()}, index=keys).reset_index()
    return cube[cube["net_sales_cents"] > 0].assign(customer_group="G", channel="C")
