"""Where did it break? A scan of all slices up to three dimensions deep against what could be expected."""

from __future__ import annotations

__all__ = ["Scan", "cause_tree", "detectable", "root_causes", "say_root_causes", "scan", "tell_cause", "unseen"]

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from salesplan import stats
from salesplan.config import DIMENSIONS
from salesplan.findings import Check, Finding
from salesplan.review.causes.slices import Pulls, Slices, pulls_of, slices_of
from salesplan.schemas import COLUMNS
from salesplan.words import Words, scope_of

NAME = "review/root_causes"
_DRAWS = 1000
_MOST, _FEWEST = 6, 8
_LEVEL = 0.05
_HALF = stats.normal_quantile(0.95)  # errors: half of a 90 % interval
_FARTHEST = 2.5  # errors
_LENT = 4.0  # members of other dimensions that tell how far those of one stray
_SMALLEST = 0.005  # of all that was expected: a smaller slice explains no year
_TOLD = 0.0005  # below this a share reads as nothing
_LEAST = 0.01  # of what was expected: what sold nothing, or less, counts as this


@dataclass(frozen=True)
class Scan:
    """What a search for causes starts from: the leaves whose expectation is known; how they pull each slice; each
    slice's variance (larger where it hangs on few customers; infinite where it is too small to explain a year), and the
    part of it that customers add; and the largest surprise anywhere in each draw of nothing but noise.
    """

    leaves: pd.DataFrame
    pulls: Pulls
    under: np.ndarray
    lumps: np.ndarray
    noise: np.ndarray

    @property
    def slices(self) -> Slices:
        """All slices that are looked at."""
        return self.pulls.slices


def scan(leaves: pd.DataFrame, parts: pd.DataFrame | None = None, *, seed: int) -> Scan | None:
    """What can be searched for causes, and what noise alone would show.

    Frame of leaves (one row per member of each dimension together: the dimensions, actual_cents, expected_cents, error:
    the standard error of ln(actual ÷ expected); where known pull: how far the year before was off, in errors; see
    ``expected_leaves``); parts: ``facts.customer_parts``, where customers are known. None where fewer than eight leaves
    are known.
    """
    known = leaves[(leaves["expected_cents"] > 0) & leaves["error"].notna()].reset_index(drop=True)
    if len(known) < _FEWEST:
        return None
    slices = slices_of(known, [d for d in DIMENSIONS if known[d].nunique() > 1])
    weights, strays = 1 / known["error"].to_numpy("float64") ** 2, _strays(known, slices)
    pulls = pulls_of(slices, weights, strays=strays)
    expected = slices.sums(known["expected_cents"].to_numpy("float64"))
    large = expected >= _SMALLEST * known["expected_cents"].sum()
    own, plain = np.where(large, pulls.variances, np.inf), slices.sums(weights)
    lumps = np.zeros(len(plain)) if parts is None else np.maximum(_lumpy(known, slices, parts) - plain, 0) / plain**2
    under = np.where(large, own + pulls.variances**2 * lumps, np.inf)
    return Scan(known, pulls, under, lumps, _largest(pulls, under=own, strays=strays[strays > 0], seed=seed))


def root_causes(scanned: Scan | None, *, level: float = _LEVEL) -> pd.DataFrame:
    """In which parts of the business did sales leave what was to be expected of them?

    What ``scan`` gives to review/root_causes: rank, slice ("region=EC, product=KIT"), amount (actual sales less what
    they would be had the slice moved as the rest did; the causes before it taken out), low, high (its 90 % interval)
    [currency units], explanatory_power (amount ÷ the whole deviation) [share], surprise (the likelihood ratio), p_value
    (of a surprise as large in any slice where nothing but noise is), verdict: cause, or chance for the first that is
    none. Empty without a scan. Deviations ρ = ln(actual ÷ expected) less their weighted median, none further out than
    2.5 errors, so that one leaf alone is no cause; weights w = 1 ÷ error². Surprise of a slice = (Σwρ)² ÷ 2V, once what
    its members do as wholes is taken out of both (see ``Pulls``): they stray, by as much as the year before shows, and
    where two meet that strayed is no cause. V is Σw and what the squares of that which each two-hundredth of the
    customers brought to Σwρ exceed it by: what one or two customers did is no cause, and is told with the customers
    gone. Slices below half a percent of what was expected are left out. The p-value is the share of 1,000 draws of
    noise whose largest surprise is as large, and one standard error of that share. The amount is read off how far the
    slice moved against the rest (see ``_moved``). After each cause found below ``level`` its slice is expected at what
    it came to, and the scan begins anew. Source: spatial scan by likelihood ratio with Gaussian errors (Kulldorff,
    Comm. in Statistics 26, 1997; Huang et al., Biometrics 63, 2007), with random effects of members; variance by
    clusters of customers (Liang & Zeger, Biometrika 73, 1986).
    """
    rows = [] if scanned is None else list(_found(scanned, level=level))
    table = pd.DataFrame(rows, columns=list(COLUMNS[NAME]))
    return table.astype(dict.fromkeys(("amount", "low", "high", "explanatory_power", "surprise", "p_value"), "float64"))


def cause_tree(scanned: Scan | None, table: pd.DataFrame) -> pd.DataFrame:
    """The way to the first cause, for a chart: the whole, split by the dimensions that the cause names, one by one.

    table: review/root_causes of the same scan. Frame: node, parent, amount [currency]: what the cause took, as the
    table has it, and outside of it actual sales less the expected ones, moved as all that is outside did; below each
    part on the way all members of the next dimension, the largest loss first. Empty where there is no cause.
    """
    found = table[table["verdict"] == "cause"]
    if scanned is None or found.empty:
        return pd.DataFrame(columns=["node", "parent", "amount"])
    leaves, cause = scanned.leaves, scanned.slices.inside(scanned.slices.labels.index(str(found["slice"].iloc[0])))
    actual, expected = (leaves[c].to_numpy("float64") / 100 for c in ("actual_cents", "expected_cents"))
    moved = actual[~cause].sum() / expected[~cause].sum()
    took = float(found["amount"].iloc[0]) / actual[cause].sum()
    off = np.where(cause, took * actual, actual - moved * expected)
    rows, inside, above = [("total", "", float(off.sum()))], np.ones(len(off), dtype=bool), "total"
    for dimension, member in scope_of(str(found["slice"].iloc[0])).items():
        sums = pd.Series(off[inside]).groupby(leaves.loc[inside, dimension].astype(str).to_numpy()).sum()
        rows += [(f"{above}/{m}", above, float(amount)) for m, amount in sums.sort_values(kind="stable").items()]
        inside, above = inside & (leaves[dimension].astype(str) == member).to_numpy(), f"{above}/{member}"
    return pd.DataFrame(rows, columns=["node", "parent", "amount"])


def detectable(scanned: Scan | None, *, level: float = _LEVEL) -> dict[int, float]:
    """How deep must the fall of a typical slice be to be found at this noise?

    What ``scan`` gives to depth (1, 2, 3 dimensions) -> share [0-1]: a fall of this size in a slice of middling
    certainty is found every second time, a larger one more often. Empty without a scan.
    """
    if scanned is None:
        return {}
    least = float(np.quantile(scanned.noise, 1 - level))
    large = np.isfinite(scanned.under)
    depth = scanned.slices.depths[large]
    weight = (scanned.pulls.variances**2 / scanned.under)[large]  # what a slice's own deviation is read by
    falls = {int(d): np.sqrt(2 * least / np.median(weight[depth == d])) for d in np.unique(depth)}
    return {depth: float(-np.expm1(-fall)) for depth, fall in falls.items()}


def unseen(scanned: Scan | None, *, sold: float, level: float = _LEVEL) -> float:
    """How much may a break have taken that is too small to be found [currency units, a standard deviation]?

    The middle, over all slices that are looked at, of what a fall takes that is found every second time. Without a
    scan: a fiftieth of what was sold.
    """
    if scanned is None:
        return sold / 50
    least = float(np.quantile(scanned.noise, 1 - level))
    large = np.isfinite(scanned.under)
    falls = -np.expm1(-np.sqrt(2 * least * scanned.under[large]) / scanned.pulls.variances[large])
    sums = scanned.slices.sums(scanned.leaves["actual_cents"].to_numpy("float64"))[large]
    return float(np.median(falls * sums)) / 100


def tell_cause(table: pd.DataFrame, *, rank: int, words: Words) -> str:
    """One cause after the other, or the first that is chance, in a sentence: what a reader sees who moves on."""
    row = table[table["rank"] == rank]
    if row.empty:
        return words.say("review_no_cause")
    about = row.to_dict("records")[0]
    return words.say(
        f"review_one_{about['verdict']}",
        slice=words.name(about["slice"]),
        amount=words.money(about["amount"], signed=True),
        part=words.part(about["explanatory_power"]),
        p=words.chance(about["p_value"]),
    )


def say_root_causes(table: pd.DataFrame, least: dict[int, float], *, words: Words, apart: float = 0.0) -> Finding:
    """Which slices left what was to be expected, by how much money, and what could not have been seen.

    least: ``detectable``. apart: how much of what was sold a year before is left out [share].
    """
    if not least:
        text = words.say("review_cause_unknown")
        return Finding(NAME, text, NAME, (Check("root_causes", None, text),))
    causes = table[table["verdict"] == "cause"]
    said = [
        words.say(
            "review_cause",
            slice=words.name(row["slice"]),
            amount=words.money(row["amount"], signed=True),
            range=words.interval(*(words.money(row[end], signed=True) for end in ("low", "high"))),
            p=words.chance(row["p_value"]),
        )
        for row in causes.to_dict("records")
    ]
    parts = [words.say("review_causes", list=words.join(said)) if said else words.say("review_no_cause")]
    blind = {d: words.share(share, digits=0) for d, share in least.items() if share < 1}
    if blind:
        depths = [words.say(f"review_blind_{d}", share=share) for d, share in blind.items()]
        parts.append(words.say("review_blind", list=words.join(depths)))
    if apart >= _TOLD:
        parts.append(words.say("review_same_range", share=words.share(apart)))
    return Finding(NAME, words.text(parts), NAME)


def _lumpy(leaves: pd.DataFrame, slices: Slices, parts: pd.DataFrame) -> np.ndarray:
    """Per slice, the variance of its weighted deviation as its customers' parts show it.

    A part's deviation in a leaf is its share of what was sold, less its share of the year before in what was expected.
    """
    sides = parts[parts["back"] < 2].set_index(["part", *DIMENSIONS, "back"])["net_sales_cents"].unstack(fill_value=0)
    each = sides.reindex(columns=[0, 1], fill_value=0).set_axis(["now", "before"], axis=1).reset_index()
    ratio = leaves["actual_cents"].clip(lower=_LEAST * leaves["expected_cents"]) / leaves["expected_cents"]
    known = leaves[list(DIMENSIONS)].assign(leaf=np.arange(len(leaves)), weight=1 / leaves["error"] ** 2)
    shift = np.exp(_median(np.log(ratio.to_numpy("float64")), known["weight"].to_numpy("float64")))
    each = each.merge(known.assign(off=leaves["actual_cents"] / leaves["expected_cents"] / shift), on=list(DIMENSIONS))
    now, before = (each[side] / each.groupby("leaf")[side].transform("sum") for side in ("now", "before"))
    pulled = (each["weight"] * (now * each["off"] - before)).fillna(0.0).to_numpy("float64")
    at = each["leaf"].to_numpy(), each["part"].to_numpy()
    by_part = slices.matrix @ csr_matrix((pulled, at), shape=(len(leaves), int(at[1].max()) + 1))
    return np.asarray(by_part.power(2).sum(axis=1)).ravel()


def _largest(pulls: Pulls, *, under: np.ndarray, strays: np.ndarray, seed: int) -> np.ndarray:
    """The largest surprise of any slice in each draw of nothing but noise, of leaves and of members."""
    rng, (count, members) = stats.generator(seed, NAME), pulls.members.shape
    draws = rng.standard_normal((count, _DRAWS)) / np.sqrt(pulls.weights)[:, None]
    draws += pulls.members @ (np.sqrt(strays)[:, None] * rng.standard_normal((members, _DRAWS)))
    draws = _held(draws - np.median(draws, axis=0), pulls.weights[:, None])
    return np.asarray((pulls.sums(draws) ** 2 / (2 * under[:, None])).max(axis=0))


def _found(scanned: Scan, *, level: float) -> Iterator[dict[str, Any]]:
    actual, expected = (scanned.leaves[c].to_numpy("float64") for c in ("actual_cents", "expected_cents"))
    slices, pulls, noise = scanned.slices, scanned.pulls, scanned.noise
    whole = float((actual - expected).sum())
    for rank in range(1, _MOST + 1):
        logs = np.log(np.maximum(actual, _LEAST * expected) / expected)
        deviation = _held(logs - _median(logs, pulls.weights), pulls.weights)
        surprise = pulls.sums(deviation) ** 2 / (2 * scanned.under)
        place = int(surprise.argmax())
        inside = slices.inside(place)
        p = _chance(noise >= surprise[place])
        moved, error = _moved(scanned, logs, place=place)
        off = _HALF * error
        low, amount, high = (actual[inside].sum() * -np.expm1(-end) for end in (moved - off, moved, moved + off))
        yield {
            "rank": rank,
            "slice": slices.labels[place],
            **{name: round(cents) / 100 for name, cents in (("amount", amount), ("low", low), ("high", high))},
            "explanatory_power": amount / whole if whole else np.nan,
            "surprise": float(surprise[place]),
            "p_value": p,
            "verdict": "cause" if p <= level else "chance",
        }
        if p > level:
            return
        expected = np.where(inside, expected * np.exp(moved), expected)


def _chance(larger: np.ndarray) -> float:
    """The share of draws as large, and one standard error of it: what few draws leave open counts against a claim."""
    p = (1 + int(larger.sum())) / (1 + len(larger))
    return float(min(1.0, p + np.sqrt(p * (1 - p) / len(larger))))


def _strays(leaves: pd.DataFrame, slices: Slices) -> np.ndarray:
    """By how much each slice as a whole strayed the year before, beyond what leaves that err on their own make [log²].

    Of members only: of each dimension from the median of its members' surprises over the median of chi-squared with one
    degree of freedom, held to what the members of all dimensions show by as much as it has few (four of those weigh as
    much as its own). A member or two that truly broke in that year move a median little.
    """
    found = np.zeros(len(slices.labels))
    if "pull" not in leaves:
        return found
    weights, single = 1 / leaves["error"].to_numpy("float64") ** 2, slices.depths == 1
    pulls = np.clip(leaves["pull"].to_numpy("float64"), -_FARTHEST, _FARTHEST)
    whole = slices.sums(weights)
    twice = slices.sums(np.sqrt(weights) * pulls) ** 2 / whole
    everywhere = _excess(twice[single], whole[single])
    homes = np.array([label.partition("=")[0] for label in slices.labels])
    for home in dict.fromkeys(homes[single]):
        own = single & (homes == home)
        count = int(own.sum())
        found[own] = (count * _excess(twice[own], whole[own]) + _LENT * everywhere) / (count + _LENT)
    return found


def _excess(twice: np.ndarray, whole: np.ndarray) -> float:
    return max(0.0, float(np.median(twice)) / stats.MEDIAN_OF_CHI2 - 1) / float(np.median(whole))


def _held(deviation: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Deviations, none further out than so many errors: one leaf alone is no cause."""
    most = _FARTHEST / np.sqrt(weights)
    return np.clip(deviation, -most, most)


def _moved(scanned: Scan, logs: np.ndarray, *, place: int) -> tuple[float, float]:
    """By how much a slice moved against the other leaves [log], and the standard error: of leaves, and of customers.

    Weighted least squares on leaves held to 2.5 errors about the median of their side (Huber 1964), with an effect of
    each member, drawn towards none by how far members stray (ridge regression): what all of a product does elsewhere,
    or a region with other products, is no part of a cause where the two meet.
    """
    pulls, held, inside = scanned.pulls, logs.copy(), scanned.slices.inside(place)
    weights = pulls.weights
    for side in (inside, ~inside):
        middle = _median(logs[side], weights[side])
        held[side] = middle + _held(logs[side] - middle, weights[side])
    design = np.column_stack([inside, np.ones(len(logs))])
    cleared = pulls.cleared(design)
    spread = np.linalg.inv(design.T @ cleared)
    return float(spread[0] @ cleared.T @ held), float(np.sqrt(spread[0, 0] + scanned.lumps[place]))


def _median(values: np.ndarray, weights: np.ndarray) -> float:
    """The weighted median."""
    order = np.argsort(values, kind="stable")
    running = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(running, running[-1] / 2)])
