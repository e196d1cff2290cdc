"""What customers signal: topics and sentiment of their comments, and their scores, against a year before."""

from __future__ import annotations

__all__ = ["read_comments", "say_signals", "signals"]

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from salesplan import stats
from salesplan.findings import Check, Finding, not_supplied
from salesplan.periods import FiscalCalendar
from salesplan.review.windows import Window
from salesplan.schemas import COLUMNS
from salesplan.stats import normal_quantile
from salesplan.words import Words

NAME = "review/signals"
_FEWEST = 20  # comments or scores a side
_SIDES = 0.9
_NEAR = 8  # characters between a negation and what it turns round


def read_comments(texts: pd.Series, lexicon: pd.DataFrame) -> pd.DataFrame:
    """What does each comment speak of, and well or badly?

    Texts and the frame ``data.lexicon`` to frame: at (the text's index), topic, sentiment (1 or −1), phrase. Phrases
    count longest first, each piece of text once; a negation right before one turns it round.
    """
    phrases = {_plain(p): (t, int(s)) for t, s, p in lexicon[["topic", "sentiment", "phrase"]].to_numpy() if s}
    turned = sorted({_plain(p) for p in lexicon.loc[lexicon["sentiment"] == 0, "phrase"]}, key=len, reverse=True)
    if not phrases:
        return pd.DataFrame({"at": [], "topic": [], "sentiment": [], "phrase": []})
    found = re.compile("|".join(_bounded(p) for p in sorted(phrases, key=lambda p: (-len(p), p))))
    negation = re.compile(rf"({'|'.join(map(_bounded, turned))})[^,.;!?，。；！？]{{0,{_NEAR}}}$") if turned else None
    known = {text: list(_mentions(text, found, negation, phrases)) for text in texts.dropna().unique()}
    rows = [(at, *mention) for at, text in texts.dropna().items() for mention in known[text]]
    return pd.DataFrame(rows, columns=["at", "topic", "sentiment", "phrase"])


def _plain(text: Any) -> str:
    return unicodedata.normalize("NFKC", str(text)).casefold().strip()


def _bounded(phrase: str) -> str:
    """A phrase of letters stands alone; one in Chinese may stand anywhere."""
    word = re.escape(phrase)
    return rf"(?<![a-z]){word}(?![a-z])" if re.fullmatch(r"[a-z' ]+", phrase) else word


def _mentions(
    text: str, found: re.Pattern[str], negation: re.Pattern[str] | None, phrases: Mapping[str, tuple[str, int]]
) -> Iterator[tuple[str, int, str]]:
    plain = _plain(text)
    for match in found.finditer(plain):
        topic, sentiment = phrases[match.group()]
        turned = negation is not None and negation.search(plain[: match.start()])
        yield topic, -sentiment if turned else sentiment, match.group()


def signals(
    feedback: pd.DataFrame | None,
    lexicon: pd.DataFrame,
    *,
    window: Window,
    calendar: FiscalCalendar,
    places: Mapping[str, Mapping[str, str]] | None = None,
    rate: float = 0.1,
) -> pd.DataFrame:
    """What do customers complain of and praise more than a year before, and where are they more or less content?

    The source ``feedback`` (date, text, score) and ``data.lexicon`` to review/signals, two kinds of rows. complaints
    and praise: per topic the share of the window's comments that mention it badly or well [share]; satisfaction: per
    member of the total and of ``places`` (dimension -> code in feedback -> member; of region by customer_id, of product
    by product_id) the mean score [score]. Each beside its prior (the same months a year before), change, low, high
    (90 %), count, p_value (two proportions, pooled; Welch), q_value (Benjamini and Hochberg over all rows) and verdict:
    rose, fell, as before, or cannot tell with fewer than twenty comments or scores on a side.
    """
    if feedback is None or feedback.empty:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in COLUMNS[NAME]})
    bounds = [(calendar.bounds(m[0])[0], calendar.bounds(m[-1])[1]) for m in (window.months, window.earlier)]
    sides = [feedback[feedback["date"].between(pd.Timestamp(a), pd.Timestamp(b))] for a, b in bounds]
    rows = [*_topics(sides, lexicon), *_scores(sides, places or {})]
    table = pd.DataFrame(rows, columns=[c for c in COLUMNS[NAME] if c not in ("q_value", "verdict")])
    table["q_value"], table["verdict"] = stats.told_changes(table["change"], table["p_value"], rate=rate)
    return table[list(COLUMNS[NAME])]


def _topics(sides: list[pd.DataFrame], lexicon: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    if "text" not in sides[0]:
        return
    read = [read_comments(side["text"].reset_index(drop=True), lexicon) for side in sides]
    sizes = [int(side["text"].notna().sum()) for side in sides]
    for topic in dict.fromkeys(t for t in lexicon["topic"] if t):
        for metric, sentiment in (("complaints", -1), ("praise", 1)):
            hits = [
                r.loc[(r["topic"] == topic) & (r["sentiment"] == sentiment), "at"].nunique() if len(r) else 0
                for r in read
            ]
            if sum(hits):
                yield (metric, "topic", topic, "share", *_proportions(hits, sizes), hits[0])


def _proportions(hits: list[int], sizes: list[int]) -> tuple[float, ...]:
    from scipy.stats import norm

    shares = [h / n if n else np.nan for h, n in zip(hits, sizes, strict=True)]
    change = shares[0] - shares[1]
    if min(sizes) < _FEWEST:
        return (*shares, change, np.nan, np.nan, np.nan)
    pooled = sum(hits) / sum(sizes)
    error = float(np.sqrt(pooled * (1 - pooled) * sum(1 / n for n in sizes)))
    own = float(np.sqrt(sum(s * (1 - s) / n for s, n in zip(shares, sizes, strict=True))))
    reach = normal_quantile((1 + _SIDES) / 2) * own
    return (*shares, change, change - reach, change + reach, float(2 * norm.sf(abs(change) / error)) if error else 1.0)


def _scores(sides: list[pd.DataFrame], places: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[Any, ...]]:
    from scipy.stats import ttest_ind

    scored = [side.dropna(subset=["score"]) for side in sides]
    for dimension, key in (("total", ""), ("product", "product_id"), ("region", "customer_id")):
        known = places.get(dimension, {})
        members = [
            side[key].astype("string").map(known) if key in side and known else pd.Series("total", index=side.index)
            for side in scored
        ]
        if key and not known:
            continue
        for member in sorted({str(m) for part in members for m in part.dropna()}):
            inside = zip(scored, members, strict=True)
            now, then = (side.loc[(own == member).fillna(False), "score"].astype("float64") for side, own in inside)
            ends = (float(now.mean()), float(then.mean()), float(now.mean() - then.mean()))
            if min(len(now), len(then)) < _FEWEST or now.std() + then.std() == 0:
                yield ("satisfaction", dimension, member, "score", *ends, np.nan, np.nan, np.nan, len(now))
                continue
            found = ttest_ind(now, then, equal_var=False)
            span = found.confidence_interval(_SIDES)
            low, high = float(span.low), float(span.high)
            yield ("satisfaction", dimension, member, "score", *ends, low, high, float(found.pvalue), len(now))


def say_signals(table: pd.DataFrame, *, words: Words) -> Finding:
    """What moved, most certain first: scores where, complaints and praise of what; what cannot be told."""
    if table.empty:
        return not_supplied(NAME, source="source_feedback", gives="gives_signals", words=words)
    moved = table[table["verdict"].isin(["rose", "fell"])].sort_values(["p_value", "member"], kind="stable")
    parts = [_say(row, words) for row in moved.head(6).to_dict("records")]
    judged = int((table["verdict"] != "cannot tell").sum())
    if moved.empty and judged:
        parts = [words.say("review_signals_same", count=words.number(judged))]
    bad = table[table["metric"] == "complaints"]
    most = bad.sort_values(["value", "member"], ascending=[False, True], kind="stable")
    if len(most) and most["value"].iloc[0] > 0:
        about = {
            "topic": words.name(most["member"].iloc[0], column="member"),
            "share": words.share(most["value"].iloc[0]),
        }
        parts.append(words.say("review_signals_most", **about))
    open_ones = table[table["verdict"] == "cannot tell"]
    check = Check("signals", None, words.say("review_signals_open", count=words.number(len(open_ones))))
    return Finding(NAME, words.text(parts), NAME, (check,) if len(open_ones) else (), ("feedback",))


def _say(row: Mapping[Any, Any], words: Words) -> str:
    scored = row["metric"] == "satisfaction"
    ends = {
        name: words.number(row[column], digits=2) if scored else words.share(row[column])
        for name, column in (("now", "value"), ("prior", "prior"))
    }
    member = words.name(row["member"], column="member")
    return words.say(f"review_{row['metric']}_{row['verdict']}", member=member, **ends)
