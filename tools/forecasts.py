"""How often what the forecast says comes true: on companies of a known generator, and on real monthly series."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import pandas as pd

from salesplan import targets
from salesplan.futures import to_grid
from salesplan.periods import FiscalCalendar
from tools import widths
from tools.widths import Members
from tools.worlds import Company, sold_world

SHAPES, LENGTHS = ("steady", "breaking", "intermittent", "correlated"), (24, 36, 60)
ORIGINS = tuple(range(1990, 2018, 3))  # every third year that the series allow
GROWTHS = (-0.1, -0.05, 0.0, 0.05, 0.1, 0.15)
_CALENDAR, _LAST, _MANY = FiscalCalendar(), 2024, 100


def graded(cube: pd.DataFrame, *, year: int) -> pd.DataFrame:
    """The forecast made at the end of this year against the one that came, a row per series.

    cube: as from ``facts.monthly_cube``, the year after included. Columns: dimension, level (share of draws below what
    came), mase, naive (of last year's months), grown (of the same times the root of last year's growth), and per growth
    on the last year reached (came) and stated (probability).
    """
    known = cube[cube["period"] < f"{year + 1}"]
    seen = targets.forecast(known, calendar=_CALENDAR, as_of=f"{year}Q4", seed=1, lunar=False)
    grid = to_grid(seen.paths, column="baseline")
    rows = []
    for (dimension, member), draws in zip(grid.keys, grid.values, strict=True):
        own = cube if dimension == "total" else cube[cube[dimension].astype(str) == member]
        months = own.groupby("period")["net_sales_cents"].sum()
        months = months.reindex(_CALENDAR.span(str(cube["period"].min()), f"{year + 1}-12")).fillna(0.0).to_numpy()
        past, came, sums = months[:-12], months[-12:], draws.sum(axis=0)
        last, step = past[-12:].sum(), np.abs(past[12:] - past[:-12]).mean()
        row = {"dimension": dimension, "level": (sums < came.sum()).mean()}
        row["mase"] = np.abs(np.median(draws, axis=1) - came).mean() / step
        row["naive"] = np.abs(past[-12:] - came).mean() / step
        before = past[-24:-12].sum()
        growth = np.sqrt(last / before) if last > 0 and before > 0 else 1.0
        row["grown"] = np.abs(past[-12:] * growth - came).mean() / step
        for growth in GROWTHS:
            row[f"stated {growth}"] = (sums >= last * (1 + growth)).mean()
            row[f"reached {growth}"] = float(came.sum() >= last * (1 + growth))
        rows.append(row)
    return pd.DataFrame(rows)


def of_world(shape: str, months: int, seed: int) -> pd.DataFrame:
    """A planted company, graded: the company, its products and its regions."""
    first = str(pd.Period(f"{_LAST}-12", "M") - (months - 1))
    found = graded(sold_world(Company(shape, months), seed=seed, first=first), year=_LAST)
    return found[found["dimension"].isin(["total", "product", "region"])].assign(shape=shape, months=months)


def of_state(state: str, year: int) -> pd.DataFrame:
    """The retail trade of an Australian state as a company of industries, 36 months of history, graded."""
    rows = widths.turnover().assign(net_sales_cents=lambda t: (t["Turnover"] * 1e8).round())
    rows = rows[(rows["State"] == state) & rows["period"].between(f"{year - 2}-01", f"{year + 1}-12")]
    whole = rows.groupby("Industry")["period"].transform("nunique") == 48
    cube = rows[whole].rename(columns={"Industry": "product"}).assign(region="R", customer_group="G", channel="C")
    if cube.empty:
        return pd.DataFrame()
    found = graded(cube, year=year)
    return found[found["dimension"].isin(["total", "product"])].assign(shape="retail", months=36)


def of_members(company: Members) -> pd.DataFrame:
    """Series looked at as one company, the last year from the three before it, graded."""
    months = _CALENDAR.span(f"{_LAST - 2}-01", f"{_LAST + 1}-12")
    parts = {name: np.round(100 * values[-48:]) for name, values in company.series.items()}
    rows = [pd.DataFrame({"period": months, "product": n, "net_sales_cents": v}) for n, v in parts.items()]
    cube = pd.concat(rows).assign(region="R", customer_group="G", channel="C")
    found = graded(cube, year=_LAST)
    return found[found["dimension"].isin(["total", "product"])].assign(shape=company.kind, months=36)


def m3(pool: ProcessPoolExecutor, *, half: int) -> pd.DataFrame:
    """Every second company of M3's monthly series: those that widths were estimated on (0), or the others (1)."""
    return pd.concat(pool.map(of_members, [*widths.m3()][half::2]), ignore_index=True)


def worlds(pool: ProcessPoolExecutor, count: int) -> pd.DataFrame:
    """So many planted companies of each shape and length."""
    cases = [(shape, months, seed) for shape in SHAPES for months in LENGTHS for seed in range(count)]
    return pd.concat(pool.map(of_world, *zip(*cases, strict=True), chunksize=5), ignore_index=True)


def retail(pool: ProcessPoolExecutor) -> pd.DataFrame:
    """Every state and industry with whole books, at all origins."""
    states = sorted(widths.turnover()["State"].unique())
    found = [pool.map(partial(of_state, year=year), states) for year in ORIGINS]
    return pd.concat([frame for year in found for frame in year], ignore_index=True)


def tenths(found: pd.DataFrame) -> pd.DataFrame:
    """Stated probabilities by tenth, beside how often they came true: tenth, cases, stated, reached."""
    stated = np.concatenate([found[f"stated {g}"] for g in GROWTHS])
    reached = np.concatenate([found[f"reached {g}"] for g in GROWTHS])
    tenth = np.minimum((stated * 10).astype(int), 9)
    table = pd.DataFrame({"tenth": tenth, "stated": stated, "reached": reached})
    return table.groupby("tenth").agg(cases=("stated", "size"), stated=("stated", "mean"), reached=("reached", "mean"))


def told(found: pd.DataFrame, name: str) -> tuple[list[tuple[str, ...]], str]:
    """Rows for the table of figures, and the table of tenths, as Markdown."""
    table = tenths(found)
    off = (table["stated"] - table["reached"]).abs()[table["cases"] >= 50].max()
    inside = float(found["level"].between(0.1, 0.9).mean())
    ratio = float(found["mase"].mean() / found["naive"].mean())
    worst = "probabilities: largest difference of stated and reached in a tenth with 50 cases or more"
    figures = [
        (worst, "at most 5 points", f"{100 * off:.1f} points", off <= 0.05),
        ("80 % ranges of the year hold", "75 % to 85 %", f"{inside:.1%}", 0.75 <= inside <= 0.85),
        ("MASE of twelve months ÷ that of last year's months", "at most 0.9", f"{ratio:.3f}", ratio <= 0.9),
    ]
    against = "MASE of twelve months ÷ that of last year × √growth"
    for shape, own in found.groupby("shape") if name.startswith("M3") else ():
        beside = float(own["mase"].mean() / own["grown"].mean())
        figures.append((f"{against}: {shape}, {len(own)} series", "at most 1", f"{beside:.3f}", beside <= 1))
        if len(own) >= _MANY:
            held = float(own["level"].between(0.1, 0.9).mean())
            figures.append((f"80 % ranges: {shape}", "70 % to 90 %", f"{held:.1%}", 0.7 <= held <= 0.9))
    rows = [(about, name, len(found), asked, got, "yes" if held else "no") for about, asked, got, held in figures]
    lines = "".join(
        f"| {row['tenth'] / 10:.1f}–{row['tenth'] / 10 + 0.1:.1f} | {row['cases']:.0f} | {row['stated']:.3f} | "
        f"{row['reached']:.3f} |\n"
        for row in table.reset_index().to_dict("records")
    )
    return rows, f"\n### Stated and reached: {name}\n\n| tenth | cases | stated | reached |\n|---|---|---|---|\n{lines}"
