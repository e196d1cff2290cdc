"""Were the goals of the past equally hard for all, and do they follow what was reached?"""

from __future__ import annotations

__all__ = ["fairness", "say_fairness"]

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.schemas import COLUMNS
from salesplan.stats import normal_quantile
from salesplan.words import Words

_NAME = "targets/fairness"
_DRAWS = 2000
_SURE, _POWER = 0.05, 0.8
_Z95, _Z80 = normal_quantile(0.975), normal_quantile(0.8)
_FEWEST = 8  # members, pairs or results below which nothing is tested
_NEAR = 0.05  # about a goal, in which results may bunch
_TELLING = 0.5  # a correlation, or an answer of goals to results, that a test should be able to see


def fairness(
    past: pd.DataFrame | None, team: pd.DataFrame | None, *, calendar: FiscalCalendar, seed: int
) -> pd.DataFrame:
    """Do goals weigh on large or small, new or old, this or that territory; do they ratchet; do results bunch?

    past: attainment of closed quarters and years (dimension, member, period, level, actual, target, attainment), or
    None. team: rep_id and, where it has them, hired and region. Frame targets/fairness, one row a test: test, n,
    estimate, low, high [95 %], p_value, minimum_detectable [seen in four of five cases], verdict (shown, not shown,
    cannot tell).

    size, tenure: rank correlation of a member's mean attainment with its size or its years in the firm, within its
    dimension and year (permutation of members). territory: share of the representatives' differences that lies between
    regions (permutation). ratchet: how much more next year's goal rises after a result above the goal than it falls
    after one as far below (Weitzman 1980), same quarter a year later, members drawn anew. bunching: share of results
    just at or above the goal among those within five per cent of it, against one half (binomial).
    """
    columns = list(COLUMNS[_NAME])
    if past is None or past.empty:
        return pd.DataFrame(columns=columns)
    known = past[(past["target"] > 0) & (past["dimension"] != "total") & np.isfinite(past["attainment"])]
    quarters = known[known["level"] == "quarter"]
    rows = [("size", *_size(quarters, calendar=calendar, seed=seed))]
    reps = quarters[quarters["dimension"] == "rep_id"]
    rows.append(("tenure", *_tenure(reps, team, calendar=calendar, seed=seed)))
    rows.append(("territory", *_territory(reps, team, seed=seed)))
    rows.append(("ratchet", *_ratchet(quarters, calendar=calendar, seed=seed)))
    rows.append(("bunching", *_bunching(quarters)))
    return pd.DataFrame(rows, columns=columns)


_Row = tuple[int, float, float, float, float, float, str]


def _verdict(n: int, estimate: float, *, ends: tuple[float, float], p: float, least: float) -> _Row:
    told = "shown" if p < _SURE else "not_shown" if least <= _TELLING else "cannot_tell"
    return n, estimate, ends[0], ends[1], p, least, told


def _nothing(n: int) -> _Row:
    return n, np.nan, np.nan, np.nan, np.nan, np.nan, "cannot_tell"


def _by_member(rows: pd.DataFrame, *, calendar: FiscalCalendar) -> pd.DataFrame:
    """Mean attainment and size of each member, beside those of its dimension in the same year."""
    years = rows.assign(year=[calendar.year_of(str(p)) for p in rows["period"]])
    sums = years.groupby(["dimension", "member", "year"], sort=True)[["actual", "target"]].sum().reset_index()
    sums = sums[(sums["target"] > 0) & (sums["actual"] > 0)]
    sums["reached"], sums["size"] = np.log(sums["actual"] / sums["target"]), np.log(sums["target"])
    beside = sums.groupby(["dimension", "year"])
    for column in ("reached", "size"):
        sums[column] -= beside[column].transform("mean")
    return sums.groupby(["dimension", "member"], sort=True)[["reached", "size"]].mean().reset_index()


def _correlated(one: np.ndarray, other: np.ndarray, *, rng: np.random.Generator) -> _Row:
    """Rank correlation, its interval by Fisher's z, and how often chance gives one as large."""
    n = len(one)
    if n < _FEWEST or np.ptp(one) == 0 or np.ptp(other) == 0:
        return _nothing(n)
    ranks = (pd.Series(v).rank().to_numpy() for v in (one, other))
    x, y = ((r - r.mean()) / (r.std() * np.sqrt(n)) for r in ranks)
    found = float((x * y).sum())
    chance = (rng.permuted(np.tile(x, (_DRAWS, 1)), axis=1) * y).sum(axis=1)
    p = (1 + int((np.abs(chance) >= abs(found) - 1e-12).sum())) / (_DRAWS + 1)
    half = 1.03 / np.sqrt(n - 3)
    z = np.arctanh(np.clip(found, -0.999999, 0.999999))
    ends = (float(np.tanh(z - _Z95 * half)), float(np.tanh(z + _Z95 * half)))
    return _verdict(n, found, ends=ends, p=p, least=float(np.tanh((_Z95 + _Z80) * half)))


def _size(rows: pd.DataFrame, *, calendar: FiscalCalendar, seed: int) -> _Row:
    members = _by_member(rows, calendar=calendar)
    rng = stats.generator(seed, _NAME, "size")
    return _correlated(members["size"].to_numpy(), members["reached"].to_numpy(), rng=rng)


def _tenure(reps: pd.DataFrame, team: pd.DataFrame | None, *, calendar: FiscalCalendar, seed: int) -> _Row:
    if team is None or "hired" not in team or reps.empty:
        return _nothing(0)
    members = _by_member(reps, calendar=calendar)
    hired = pd.to_datetime(team.drop_duplicates("rep_id").set_index("rep_id")["hired"])
    members["hired"] = members["member"].map(hired)
    members = members.dropna(subset="hired")
    long = -members["hired"].astype("int64").to_numpy(dtype="float64")
    return _correlated(long, members["reached"].to_numpy(), rng=stats.generator(seed, _NAME, "tenure"))


def _territory(reps: pd.DataFrame, team: pd.DataFrame | None, *, seed: int) -> _Row:
    if team is None or "region" not in team or reps.empty:
        return _nothing(0)
    place = team.drop_duplicates("rep_id").set_index("rep_id")["region"].astype(str)
    mean = np.log(reps.groupby("member")["attainment"].mean().where(lambda a: a > 0)).dropna()
    region = mean.index.to_series().map(place).dropna()
    values, groups = mean.reindex(region.index).to_numpy(), pd.factorize(region)[0]
    n = len(values)
    if n < _FEWEST or len(set(groups)) < 2 or np.ptp(values) == 0:
        return _nothing(n)
    rng = stats.generator(seed, _NAME, "territory")
    found = _between(values, groups)
    chance = np.array([_between(rng.permutation(values), groups) for _ in range(_DRAWS)])
    p = (1 + int((chance >= found - 1e-12).sum())) / (_DRAWS + 1)
    again = np.array([_between(values[at], groups[at]) for at in rng.integers(0, n, size=(_DRAWS, n))])
    ends = (float(np.quantile(again, 0.025)), float(np.quantile(again, 0.975)))
    return _verdict(n, found, ends=ends, p=p, least=float(np.quantile(chance, 1 - _SURE)))


def _between(values: np.ndarray, groups: np.ndarray) -> float:
    """The share of the variance that lies between groups."""
    count = np.bincount(groups)
    mean = np.bincount(groups, weights=values) / np.maximum(count, 1)
    spread = float(((values - values.mean()) ** 2).sum())
    return float((count * (mean - values.mean()) ** 2)[count > 0].sum()) / spread if spread > 0 else 0.0


def _ratchet(rows: pd.DataFrame, *, calendar: FiscalCalendar, seed: int) -> _Row:
    if rows.empty:
        return _nothing(0)
    later = rows.assign(period=[calendar.shift(str(p), -4) for p in rows["period"]])
    keys = ["dimension", "member", "period"]
    pairs = rows.merge(later[[*keys, "target"]], on=keys, suffixes=("", "_next"))
    pairs = pairs[pairs["attainment"] > 0]
    if len(pairs) < _FEWEST:
        return _nothing(len(pairs))
    over = np.log(pairs["attainment"].to_numpy(dtype="float64"))
    raised = np.log((pairs["target_next"] / pairs["target"]).to_numpy(dtype="float64"))
    when = pd.factorize(pairs["dimension"] + pairs["period"])[0]
    member = pd.factorize(pairs["dimension"] + "\x1f" + pairs["member"])[0]
    sides = np.column_stack([np.maximum(over, 0), np.maximum(-over, 0)])
    if (sides.std(axis=0) == 0).any():
        return _nothing(len(pairs))
    found = _asymmetry(raised, sides, when)
    rng, count = stats.generator(seed, _NAME, "ratchet"), member.max() + 1
    at = [np.flatnonzero(member == m) for m in range(count)]
    drawn = (np.concatenate([at[m] for m in rng.integers(0, count, size=count)]) for _ in range(_DRAWS // 4))
    again = np.array([_asymmetry(raised[i], sides[i], when[i]) for i in drawn])
    again = again[np.isfinite(again)]
    if not np.isfinite(found) or len(again) < _FEWEST:
        return _nothing(len(pairs))
    error = float(again.std(ddof=1))
    p = float(min(1.0, 2 * min((again <= 0).mean(), (again >= 0).mean()) + 1 / (len(again) + 1)))
    ends = (float(np.quantile(again, 0.025)), float(np.quantile(again, 0.975)))
    return _verdict(len(pairs), found, ends=ends, p=p, least=(_Z95 + _Z80) * error)


def _asymmetry(raised: np.ndarray, sides: np.ndarray, when: np.ndarray) -> float:
    """Slope of next year's goal on what was above the goal, less the slope on what was below, within a quarter."""
    count = np.maximum(np.bincount(when), 1)
    x, y, z = (v - (np.bincount(when, weights=v) / count)[when] for v in (sides[:, 0], raised, sides[:, 1]))
    x = np.column_stack([x, z])
    if np.linalg.matrix_rank(x) < 2:
        return float("nan")
    up, down = np.linalg.lstsq(x, y, rcond=None)[0]
    return float(up + down)


def _bunching(rows: pd.DataFrame) -> _Row:
    from scipy import stats as distributions

    near = rows["attainment"].to_numpy(dtype="float64")
    near = near[(near >= 1 - _NEAR) & (near < 1 + _NEAR)]
    n, above = len(near), int((near >= 1).sum())
    if n < _FEWEST:
        return _nothing(n)
    test = distributions.binomtest(above, n)
    ends = test.proportion_ci(0.95)
    least = (_Z95 + _Z80) * 0.5 / np.sqrt(n)
    return _verdict(n, above / n, ends=(float(ends.low), float(ends.high)), p=float(test.pvalue), least=float(least))


def say_fairness(table: pd.DataFrame, *, words: Words) -> Finding:
    """Which unfairness do past goals show, which not, and where is there too little to tell? From targets/fairness."""
    if table.empty:
        return not_supplied(_NAME, source="source_targets", gives="gives_fairness", words=words)
    parts, checks = [], []
    for verdict in ("shown", "not_shown", "cannot_tell"):
        tests = [words.term(f"fairness_{test}") for test in table.loc[table["verdict"] == verdict, "test"]]
        if tests:
            parts.append(words.say(f"targets_fairness_{verdict}", list=words.join(tests)))
            checks.append(Check(verdict, {"shown": False, "not_shown": True, "cannot_tell": None}[verdict], parts[-1]))
    return Finding(_NAME, words.text(parts), _NAME, tuple(checks), ("orders", "targets"))
