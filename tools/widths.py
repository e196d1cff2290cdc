"""How far do years usually stray from their forecast, and grow? The constants of ``backtest``, from real series.

M3's monthly series with even numbers (Makridakis & Hibon, International J. of Forecasting 16, 2000) and Australian
retail trade, as companies of up to twelve members; every second company, the others are for looking whether it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, stats

from salesplan.targets.backtest import backtest, seasons
from salesplan.targets.events import settled
from salesplan.targets.forecasters import MIXTURE, MODELS, yearly_growth

M3 = Path(__file__).parents[2] / "shared" / "data" / "m3_monthly" / "m3_monthly_even.csv.gz"
RETAIL = Path(__file__).parents[2] / "shared" / "data" / "method_references" / "aus_retail" / "aus_retail.csv.gz"
LENGTHS, RETAIL_YEARS = (24, 36, 60, 84), range(1996, 2018, 6)
_YEAR, _MEMBERS, _FEWEST = 12, 12, 4


class Members(NamedTuple):
    """Series that are looked at as one company: where they are from, which kind, and the months of each, oldest first.
    The last twelve months are those that came."""

    source: str
    kind: str
    series: dict[str, np.ndarray]


def m3() -> Iterator[Members]:
    """M3's monthly series, up to twelve of one type whose history ends in the same calendar month, at one size."""
    rows = pd.read_csv(M3)
    ended: dict[tuple[str, str], dict[str, np.ndarray]] = {}
    for (kind, name), own in rows.groupby(["type", "series"]):
        past, came = (own[own["part"] == part].sort_values("month") for part in ("x", "xx"))
        values = np.concatenate([past["value"], came["value"][:_YEAR]])
        if len(past) >= 3 * _YEAR and len(came) >= _YEAR and (values > 0).all():
            last = (str(kind), past["month"].iloc[-1][5:])
            size = values[-2 * _YEAR : -_YEAR].mean() / 1000
            ended.setdefault(last, {})[str(name)] = values / size
    for (kind, _), found in ended.items():
        names = list(found)
        for at in range(0, len(names), _MEMBERS):
            part = {name: found[name] for name in names[at : at + _MEMBERS]}
            if len(part) >= _FEWEST:
                yield Members("M3", kind, part)


@cache
def turnover() -> pd.DataFrame:
    """Australian retail trade: State, Industry, period, Turnover [million Australian dollars]."""
    rows = pd.read_csv(RETAIL)
    return rows.assign(period=rows["Month"].str[:7])


def retail() -> Iterator[Members]:
    """The industries of a state with seven whole years before one that came."""
    rows = turnover()
    for year in RETAIL_YEARS:
        for state, own in rows[rows["period"].between(f"{year - 6}-01", f"{year + 1}-12")].groupby("State"):
            wide = own.pivot_table(index="period", columns="Industry", values="Turnover").dropna(axis=1)
            if len(wide) == 8 * _YEAR and wide.shape[1] >= _FEWEST:
                yield Members("retail trade", str(state), {str(name): wide[name].to_numpy() for name in wide})


def strays(company: Members) -> pd.DataFrame:
    """Per series and length of history the error of the year [log], and what it is to be told from.

    Columns: source, kind, months, series, error, stray [log], memory.
    """
    rows = []
    for months in LENGTHS:
        long = [y[-(months + _YEAR) :] for y in company.series.values() if len(y) >= months + _YEAR]
        if len(long) < _FEWEST:
            continue
        values = 100 * np.vstack([np.sum(long, axis=0), long])
        keys = [("total", "total"), *(("product", str(n)) for n in range(len(long)))]
        books = pd.DataFrame(values.T, columns=pd.MultiIndex.from_tuples(keys))
        test = backtest(books, holidays=np.zeros((months + 2 * _YEAR, 0)))
        none = np.zeros((months + _YEAR, 0))
        seen, _ = settled(values.T[:-_YEAR], test.kinds, holidays=none[:-_YEAR], year=_YEAR)
        then = seasons(seen, levels=test.levels, holidays=none)
        told = zip(test.years[MODELS.index(MIXTURE), -1], then, test.kinds, strict=True)
        about = {"source": company.source, "kind": company.kind, "months": months}
        rows += [{**about, "error": e, "stray": s.stray, "memory": s.memory} for e, s, k in told if k == "regular"]
    return pd.DataFrame(rows)


def likeliest(found: pd.DataFrame) -> dict[str, float]:
    """The constants, by maximum likelihood of Student's t; each source weighs the same, and within it large companies
    less than their members."""
    shares = found.groupby(["source", "company", "months"])["error"].transform("size") ** -0.5
    weights = (shares / shares.groupby(found["source"]).transform("sum")).to_numpy()
    stray, memory = np.log(found["stray"].clip(lower=0.005)), found["memory"]
    design = np.column_stack([np.ones(len(found)), stray, stray * memory, 1 / (found["months"] / _YEAR - 1), memory])

    def unlikely(at: np.ndarray) -> float:
        scale = np.exp(design @ at[:-1])
        return float(-(weights * (stats.t.logpdf(found["error"] / scale, np.exp(at[-1])) - np.log(scale))).sum())

    options = {"maxiter": 40_000, "maxfev": 40_000, "xatol": 1e-4, "fatol": 1e-8}
    at = optimize.minimize(unlikely, [-1, 0.5, 0.3, 0.3, 1, 2], method="Nelder-Mead", options=options).x
    freedom = float(np.exp(at[-1]))
    wide = float(np.exp(at[0]) * np.sqrt(freedom / (freedom - 2)))
    names = ("power", "and memory", "longer", "lasts")
    return {"width": wide, **dict(zip(names, map(float, at[1:-1]), strict=True)), "freedom": freedom}


def growths(companies: Sequence[Members]) -> dict[str, float]:
    """How companies grew in the three years before the one that came [log].

    usual: the mean; grows: how far companies lie off it, less what chance explains; varies: how far a year lies off
    the others; keeps: how much of a member's difference from its company comes again the year after. Of companies with
    three years' growth.
    """
    own, before, after = [], [], []
    for company in companies:
        months = min(len(y) for y in company.series.values()) - _YEAR
        members = np.array([y[-_YEAR - months : -_YEAR] for y in company.series.values()]).T
        if months >= 4 * _YEAR:
            grown = yearly_growth(np.column_stack([members.sum(axis=1), members]))[-3:]
            beside = grown[:, 1:] - grown[:, :1]
            own.append(grown[:, 0])
            before.append(beside[:-1].ravel())
            after.append(beside[1:].ravel())
    years, one, two = np.array(own), np.concatenate(before), np.concatenate(after)
    varies = float(years.var(axis=1, ddof=1).mean())
    apart = max(float(years.mean(axis=1).var(ddof=1)) - varies / years.shape[1], 0.0)
    keeps = float((one @ two) / (one @ one))
    return {"usual": float(years.mean()), "grows": apart**0.5, "varies": varies**0.5, "keeps": keeps}


def told(pool: ProcessPoolExecutor) -> str:
    """The sections of docs/calibration.md."""
    companies = [*m3(), *retail()][::2]
    parts = pool.map(strays, companies)
    found = pd.concat([part.assign(company=at) for at, part in enumerate(parts)], ignore_index=True)
    made = likeliest(found)
    counted = found.groupby("source").size()
    listed = ", ".join(f"{count} of {source}" for source, count in counted.items())
    values = "".join(f"| {name} | {value:.3f} |\n" for name, value in made.items())
    sources = {name: [c for c in companies if c.source == name] for name in dict.fromkeys(c.source for c in companies)}
    grown = "".join(
        f"| {name}, {len(own)} companies | {' | '.join(f'{value:.3f}' for value in growths(own).values())} |\n"
        for name, own in sources.items()
    )
    return (
        "\n## How far years stray\n\n"
        f"The constants of `backtest.usual_year`, likeliest for {listed} (series and lengths of history; every second "
        f"company):\n\n| constant | likeliest |\n|---|---|\n{values}"
        "\n## How companies grow\n\n"
        "What `backtest` holds growth to, of the same companies [log]: the mean growth, how far a company's of three "
        "years lies off it, how far a year lies off the others, and how much of a member's difference from its company "
        f"came again the year after.\n\n| | usual | grows | varies | keeps |\n|---|---|---|---|---|\n{grown}"
    )
