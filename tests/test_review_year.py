"""The year in nine sentences; and that every number in what is told stands in the tables, to the displayed digit."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesplan import review
from salesplan.findings import Check, Finding
from salesplan.words import LANGUAGES, sentences, words

NUMBER = {
    "en": re.compile(r"[−+]?¥[\d,.]*\d(?: bn| m| k)?|(?<![\d.,])[−+]?[\d,]+(?:\.\d+)? %"),
    "zh": re.compile(r"[−+]?¥[\d,.]*\d(?:亿|万)?|(?<![\d.,])[−+]?[\d,]+(?:\.\d+)?%"),
}
# what a sentence may say that is no cell: it is a sum, a difference or a ratio of cells of its table
BESIDE = {"review": ("review/kpis", "review/attainment", "review/pareto"), "swot": ("swot/items",), "data": ()}
DERIVED = {
    "review/attainment": lambda t: t["attainment"] - 1,
    "review/ageing": lambda t: [s := t.loc[t["bucket"] != "not_due", "amount"].sum(), s / t["amount"].sum()],
    "review/funnel": lambda t: t["amount"] / t["amount"].sum(),
    "review/pareto": lambda t: [((t["cumulative_share"] < 0.8).sum() + 1) / len(t)],
    "review/pareto_products": lambda t: [((t["cumulative_share"] < 0.8).sum() + 1) / len(t)],
    "review/trend": lambda t: t["trend"] / t["trend"].shift(12) - 1,
    "review/capacity_use": lambda t: [t["net_sales"].sum() / t["heads"].sum()],
}


def test_nine_sentences_are_the_first_of_those_that_have_something_to_say():
    told = [Finding(f"review/{n}", f"First {n}. Second {n}.", sources=(f"s{n}",)) for n in range(12)]
    told[3] = Finding("review/3", "Nothing.", checks=(Check("supplied", None, "Nothing."),), sources=())
    year = review.say_year(*told, words=words("en"))
    assert year.text.split("\n") == [f"First {n}." for n in (0, 1, 2, 4, 5, 6, 7, 8, 9)]
    assert "s3" not in year.sources
    assert review.say_year(words=words("zh")).text


def cells(tables: list[pd.DataFrame]) -> np.ndarray:
    """Every number of these tables, and the sums of their columns, whole and by the columns of few values."""
    found: list[float] = []
    for table in tables:
        numbers = table.select_dtypes("number").astype("float64")
        found += numbers.to_numpy().ravel().tolist()
        texts = [c for c in table.columns if table[c].dtype == object or str(table[c].dtype) in ("str", "string")]
        keys = [k for n in range(4 if "grain" in texts else 3) for k in itertools.combinations(texts, n)]
        keys = [k for k in keys if not k or len(table[list(k)].drop_duplicates()) < 60]
        for key in keys:
            sums = numbers.groupby([table[c] for c in key], dropna=False).sum() if key else numbers.sum().to_frame().T
            found += sums.to_numpy().ravel().tolist()
    return np.array([v for v in found if np.isfinite(v)])


def shown(values: np.ndarray, language: str) -> set[str]:
    """How these numbers may be written."""
    say = words(language)
    texts = set()
    for value in np.unique(values):
        for size, signed in ((value, True), (value, False), (abs(value), False), (-value, True)):
            texts.add(say.money(size, signed=signed))
            texts |= {say.share(size, signed=signed, digits=d) for d in (0, 1, 2)} if abs(size) < 100 else set()
    return texts | {say.chance(p) for p in np.linspace(0, 1, 101)}


@pytest.mark.parametrize(("run", "language"), [("annual", "en"), ("midyear", "zh")])
def test_every_number_told_stands_in_its_tables_to_the_displayed_digit(run, language, request):
    folder: Path = request.getfixturevalue(run)
    findings = json.loads((folder / "findings" / "01_review_swot.json").read_text(encoding="utf-8"))["findings"]
    assert findings[0]["name"] == "review/year"
    base = folder / "tables"
    places = {p.relative_to(base).with_suffix("").as_posix(): p for p in base.rglob("*.parquet")}
    wrong, looked = [], 0
    by_name = {f["name"]: f["text"] for f in findings}
    for finding in findings[1:]:
        own = [n for n in places if n == finding["table"] or n.startswith(f"{finding['name']}_")]
        own += [n for n in BESIDE[finding["name"].split("/")[0]] if n in places]
        tables = [pd.read_parquet(places[n]) for n in own]
        values = cells(tables)
        for name in (name for name in own if name in DERIVED):
            further = DERIVED[name](pd.read_parquet(places[name]))
            values = np.append(values, np.asarray(further, dtype="float64"))
        allowed = shown(values[np.isfinite(values)], language)
        numbers = NUMBER[language].findall(finding["text"])
        looked += len(numbers)
        wrong += [(finding["name"], n) for n in numbers if n not in allowed]
    assert looked > 60
    assert not wrong
    for sentence in findings[0]["text"].split("\n"):
        assert any(sentences(text)[0] == sentence for text in by_name.values() if text != findings[0]["text"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_a_year_without_findings(language):
    assert review.say_year(words=words(language)).text
