"""A run's folder filled with plausible tables, findings and figures, without any notebook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from salesplan import plots, schemas, workspace
from salesplan.findings import Check, Finding
from salesplan.words import Words
from salesplan.workspace import CHAPTERS, Workspace
from tests.test_config import MINIMAL

REGIONS = ("east", "north", "south")
NAMES = {
    "en": {"east": "East China", "north": "North China", "south": "South China", "kitchen": "Kitchenware"},
    "zh": {"east": "华东", "north": "华北", "south": "华南", "kitchen": "厨具"},
}
PROSE = {
    "en": "Attainment was 93.4 % (90 % interval 91.8 % to 95.1 %); 61 % of the gap is volume.\nThe rest is price.",
    "zh": "达成率为93.4%（90%区间91.8%至95.1%）；差距的61%来自销量。\n其余来自价格。",
}
CLAIM = {
    "en": "Kitchenware grew faster than its market in the east, and keeps doing so after price is taken out",
    "zh": "厨具在华东的增长快于市场，剔除价格因素后依然如此",
}
_VALUES = {
    "money": 1234567.89,
    "share": 0.1234,
    "chance": 0.1234,
    "count": 1234,
    "number": 1.5,
    "points": 0.0123,
    "by_unit": 0.25,
    "change_by_unit": -0.05,
    "flag": True,
}
_TEXTS = {"level": "year", "quadrant": "strength", "origin": "judgement", "verdict": "cannot_tell", "unit": "share"}
_TEXTS |= {"metric": "net_sales", "dimension": "region", "source": "source", "state": "green", "alarm": "none"}


def fill(
    folder: Path, *, language: str, names: dict[str, str] | None = None, order: int = 1, texts: Sequence[str] = ()
) -> Workspace:
    """A workspace whose run is complete: every table of the contract, a finding per chapter and some figures.

    texts: what stands instead in every column of free text, in turn; the first is the company's title.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = {**NAMES[language], **(names or {})}
    titled = MINIMAL.replace('"Small Ltd"', _quoted(texts[0])) if texts else MINIMAL
    (folder / "plan.toml").write_text(titled, encoding="utf-8")
    labels = pd.DataFrame(
        [("region", member, language, label) for member, label in own.items()],
        columns=["dimension", "member", "language", "label"],
    )
    staged = folder / "staged"
    for chapter in CHAPTERS[::order]:
        ws = workspace.open(
            str(folder / "plan.toml"), as_of="2025Q4", chapter=chapter, language=language, folder=str(staged)
        )
        ws.learn(labels)
        for name, table in frames(language).items():
            ws.save(name, _spoiled(table, name, texts) if texts else table)
        _tell(ws, chapter)
        ws.close()
    return ws


def frames(language: str) -> dict[str, pd.DataFrame]:
    """Every table of the contract; those that the headline reads add up."""
    made = {name: _plain(name, language) for name in schemas.COLUMNS}
    months = [f"2026-{m:02d}" for m in range(1, 13)]
    made["targets/cells"] = _table(
        "targets/cells",
        [["kitchen", r, "retail", "direct", m, 1000.01 + i] for i, r in enumerate(REGIONS) for m in months],
    )
    by_region = made["targets/cells"].groupby("region")["target"].sum().round(2)
    goal = round(float(by_region.sum()), 2)
    rows = [["region", r, "2026", "year", v, v * 0.9, v, v * 1.1, 0.5, np.nan, np.nan] for r, v in by_region.items()]
    rows.append(["total", "total", "2026", "year", goal, goal * 0.9, goal, goal * 1.1, 0.5, np.nan, np.nan])
    made["targets/segments"] = _table("targets/segments", rows)
    made["targets/topline"] = _table(
        "targets/topline",
        [
            ["target", goal, goal * 0.9, goal * 1.1, 0.55, 0.3, True, CLAIM[language]],
            ["forecast", goal * 0.95, goal * 0.85, goal * 1.05, 0.7, 0.5, False, CLAIM[language]],
        ],
    )
    made["gap"] = _table("gap", [["baseline", goal - 3000, 1.0, 2.0], ["I-01", 2000.0, 1.0, 2.0]])
    more = _table("gap", [["unfunded", 1000.0, 1.0, 2.0], ["target", goal, goal, goal]])
    made["gap"] = pd.concat([made["gap"], more], ignore_index=True)
    made["review/attainment"] = _table(
        "review/attainment",
        [["total", "total", "2025", "year", 9.34e8, 1e9, 0.934, -6.6e7, 1.0]]
        + [["region", r, "2025", "year", 3e8, 3.3e8, 0.9 + i / 20, -2.2e7, 1 / 3] for i, r in enumerate(REGIONS)],
    )
    made["review/attribution"] = _table(
        "review/attribution", [["market", -4e7, -5e7, -3e7], ["target", -1e7, -2e7, 1e6], ["noise", np.nan, 0.0, 0.0]]
    )
    made["targets/supporting"] = _table(
        "targets/supporting",
        [
            ["net_sales", "2026", 1.973e9, 1.8076e9, "money", 0.55, "east"],
            ["gross_margin", "2026", 0.387, 0.386, "share", 0.8, "east"],
        ],
    )
    return made


def _spoiled(table: pd.DataFrame, name: str, texts: Sequence[str]) -> pd.DataFrame:
    """The table with other texts in its columns of free text, in each from another one on."""
    kept = ("period", "from_period", "to_period", "currency")
    free = [c for c in table.columns if schemas.kind_of(name, c) == "text" and c not in kept]
    return table.assign(
        **{c: [texts[(n + 7 * at) % len(texts)] for n in range(len(table))] for at, c in enumerate(free)}
    )


def _plain(name: str, language: str) -> pd.DataFrame:
    rows = [[_value(name, c, i, language) for c in schemas.COLUMNS[name]] for i in range(25)]
    return _table(name, rows)


def _table(name: str, rows: list[list[object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(schemas.COLUMNS[name]))


def _value(name: str, column: str, at: int, language: str) -> object:
    kind = schemas.kind_of(name, column)
    if kind == "date":
        return pd.Timestamp(dt.date(2026, 1 + at % 12, 1 + at % 28))
    if kind in _VALUES:
        return _VALUES[kind] * (1 + at) / 5 if kind in ("money", "share", "chance", "number") else _VALUES[kind]
    if column in ("period", "from_period", "to_period"):
        return "2025" if column == "from_period" else "2026"
    if column in _TEXTS:
        return _TEXTS[column]
    if kind == "name":
        return REGIONS[at % 3]
    return CLAIM[language] if column in ("claim", "action", "risk", "task", "reason", "remedy", "message") else f"K{at}"


def _tell(ws: Workspace, chapter: str) -> None:
    said = ws.words.language
    names = {
        CHAPTERS[0]: ("review/attainment", "swot/items"),
        CHAPTERS[1]: ("targets/segments",),
        CHAPTERS[2]: ("gap",),
        CHAPTERS[3]: ("execution/work_plan",),
    }[chapter]
    for name in names:
        told = ws.tell(_found, name=name, said=said)
        look = {"label": "member", "actual": "actual", "target": "target"}
        ws.draw(name, plots.bullet, frames(said)["review/attainment"], told=told, **look)


def _found(words: Words, name: str, said: str) -> Finding:
    return Finding(name, PROSE[said], name, (Check("sums", True, PROSE[said].split("\n")[-1]),))


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)
