"""Charts, tested as data: bars as long as their numbers, labels in the reader's language, no boxes."""

from __future__ import annotations

import datetime as dt
import inspect

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from salesplan import plots
from salesplan.plots import canvas
from salesplan.words import LANGUAGES, words

ZH = {"east": "华东", "north": "华北", "south": "华南", "kitchen": "厨房用品", "bath": "卫浴用品"}
MEMBERS = ["east", "north", "south"]
SALES = pd.DataFrame(
    {
        "member": MEMBERS,
        "actual": [3e8, 2e8, np.nan],
        "target": [3.2e8, 1.8e8, 1e8],
        "last_year": [2.8e8, 2.1e8, 9e7],
        "low": [2.5e8, 1.7e8, 8e7],
        "high": [3.3e8, 2.4e8, 1.2e8],
        "growth": [0.12, -0.05, 0.01],
        "share": [0.5, 0.33, 0.17],
        "cumulative_share": [0.5, 0.83, 1.0],
        "rank": [1, 2, 3],
    }
)
MONTHS = pd.DataFrame({"period": [f"2026-{m:02d}" for m in range(1, 13)], "p10": 1e7, "p50": 2e7, "p90": 3e7}).assign(
    actual=[1.5e7] * 6 + [np.nan] * 6, target=2.2e7
)
STEPS = pd.DataFrame(
    {
        "step": ["baseline", "volume", "price", "target"],
        "amount": [1e8, 2e7, -5e6, 1.15e8],
        "total": [True, False, False, True],
    }
)
CELLS = pd.DataFrame(
    {"region": np.repeat(MEMBERS, 2), "product": ["kitchen", "bath"] * 3, "amount": [1e6, -2e6, 3e6, np.nan, 5e6, 6e6]}
)
TASKS = pd.DataFrame(
    {
        "task": ["east", "north", "south"],
        "lever": ["kitchen", "bath", "kitchen"],
        "start": pd.to_datetime(["2026-01-01", "2026-03-01", None]),
        "due": pd.to_datetime(["2026-02-01", "2026-06-30", "2026-07-01"]),
    }
)
ODDS = pd.DataFrame({"amount": [1e8, 2e8, 3e8], "p_reach": [0.9, 0.5, 0.1], "p_baseline": [0.8, 0.3, 0.05]})
FIELDS = pd.DataFrame(
    {
        "field": ["strength", "weakness", "opportunity", "threat", "strength"],
        "member": ["east", "north", "south", "kitchen", "bath"],
        "stake": [1e8, 2e7, np.nan, 5e6, 3e6],
    }
)
TREE = pd.DataFrame(
    {
        "node": ["total", "region", "region/east", "region/north"],
        "parent": ["", "total", "region", "region"],
        "target": [3e8, 3e8, 2e8, 1e8],
        "p_reach": [0.55, np.nan, 0.4, 0.7],
    }
)
PROVEN = pd.DataFrame({"stated": [0.12, 0.5, 0.93], "reached": [0.1, 0.62, 0.9], "n": [40, 400, 12]})
PASSES = pd.DataFrame(
    [
        (goal, letter, (n + m) % 4 > 0)
        for n, goal in enumerate(["华东", "华北", "churn_rate"])
        for m, letter in enumerate("SMART")
    ],
    columns=["goal", "letter", "passed"],
)
DRAWS = pd.DataFrame(
    {"with_initiatives": np.linspace(1.5e8, 2.4e8, 400), "without_initiatives": np.linspace(1.3e8, 2.1e8, 400) ** 1.001}
)
RUNS = pd.DataFrame(
    [
        (member, f"2025-{month:02d}", 1e6 * (month + n), 1e6 * (13 - month))
        for n, member in enumerate(["华东", "north", "a" * 40, "d", "e", "f", "g", "h", "i", "j"])
        for month in range(1, 13)
    ],
    columns=["member", "period", "actual", "prior_year"],
)
KINDS = {
    "distribution": (DRAWS, {"views": ["with_initiatives", "without_initiatives"], "goal": 1.9e8}),
    "multiples": (RUNS, {"by": "member", "x": "period", "y": "actual", "compare": "prior_year"}),
    "checks": (PASSES, {"row": "goal", "column": "letter", "passed": "passed"}),
    "quadrants": (FIELDS, {"quadrant": "field", "label": "member", "size": "stake"}),
    "bars": (SALES, {"x": "member", "y": "actual", "compare": "last_year"}),
    "fan": (MONTHS, {"x": "period", "low": "p10", "mid": "p50", "high": "p90", "actual": "actual", "target": "target"}),
    "bridge": (STEPS, {"label": "step", "amount": "amount"}),
    "pareto": (SALES, {"x": "rank", "share": "share", "cumulative": "cumulative_share"}),
    "bullet": (SALES, {"label": "member", "actual": "actual", "target": "target"}),
    "interval": (SALES, {"label": "member", "low": "low", "mid": "actual", "high": "high", "reference": 2e8}),
    "heatmap": (CELLS, {"row": "region", "column": "product", "value": "amount"}),
    "matrix": (SALES, {"x": "growth", "y": "share", "label": "member", "size": "target"}),
    "gantt": (TASKS, {"label": "task", "start": "start", "due": "due", "by": "lever", "today": dt.date(2026, 2, 1)}),
    "tree": (TREE, {"node": "node", "parent": "parent", "value": "target", "chance": "p_reach"}),
    "reliability": (PROVEN, {"x": "stated", "y": "reached", "size": "n"}),
    "odds": (ODDS, {"x": "amount", "p": "p_reach", "calm": "p_baseline", "goal": 1.9e8}),
}
TITLES = {
    "en": "2025 missed its target\nNet sales, CNY\n2025",
    "zh": "目标完成得如何？差距从何而来，又该如何弥补\n销售净额\n2025",
}


def draw(kind: str, language: str = "zh", **changes: object):
    table, columns = KINDS[kind]
    spoken = words(language, names=ZH if language == "zh" else None)
    return getattr(plots, kind)(table, words=spoken, title=TITLES[language], **{**columns, **changes})


def texts(axes) -> list[str]:
    return [t.get_text() for t in axes.figure.findobj(mpl.text.Text) if t.get_text()]


def test_every_kind_of_chart_is_tested_here():
    drawn = {n for n in plots.__all__ if inspect.isfunction(getattr(plots, n))}
    assert drawn == set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_r83_charts_render_without_a_missing_glyph(kind, language, tmp_path):
    # a missing glyph is a warning, and every warning an error
    axes = draw(kind, language)
    axes.figure.savefig(tmp_path / "chart.png")
    axes.figure.savefig(tmp_path / "chart.svg")
    assert "□" not in "".join(texts(axes))
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_chart_gives_the_same_bytes(kind, tmp_path):
    for name in ("a", "b"):
        figure = draw(kind).figure
        figure.savefig(tmp_path / f"{name}.png", metadata={"Software": None})
        figure.savefig(tmp_path / f"{name}.svg", metadata={"Date": None, "Creator": None})
    for suffix in (".png", ".svg"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_no_label_is_clipped_by_the_edge_of_the_chart(kind):
    figure = draw(kind).figure
    figure.savefig("/dev/null", format="png")
    box = figure.bbox
    for text in (t for t in figure.findobj(mpl.text.Text) if t.get_text() and t.get_visible()):
        where = text.get_window_extent()
        if where.width and text.get_text() not in ("",) and not _tick_beyond(text):
            assert where.x0 >= -1, text.get_text()
            assert where.x1 <= box.width + 1, text.get_text()


def _tick_beyond(text) -> bool:
    """Tick labels outside the axis limits are kept by matplotlib but not drawn."""
    return not text.figure.bbox.overlaps(text.get_window_extent())


@pytest.mark.parametrize("kind", KINDS)
def test_charts_leave_their_table_and_the_style_as_they_were(kind):
    table, _ = KINDS[kind]
    before, style = table.copy(deep=True), dict(mpl.rcParams)
    draw(kind)
    pd.testing.assert_frame_equal(table, before)
    assert dict(mpl.rcParams) == style


def test_members_and_amounts_are_written_in_the_readers_language():
    assert {"华东", "华北", "华南"} <= set(texts(draw("bullet")))
    assert "¥3.00亿" in texts(draw("bullet"))
    assert "¥300 m" in texts(draw("bullet", "en"))


def test_bars_are_as_long_as_their_numbers():
    axes = draw("bars", compare=None)
    assert [p.get_height() for p in axes.patches[:2]] == [3e8, 2e8]


def test_a_bridge_ends_where_it_says():
    large = STEPS.assign(amount=[1e8, 9e7, -5e6, 1.85e8])
    axes = plots.bridge(large, label="step", amount="amount", words=words("en"), title="")
    ends = [p.get_x() + p.get_width() for p in axes.patches]
    assert ends == pytest.approx([1e8, 1.9e8, 1.85e8, 1.85e8])


def test_favourable_and_unfavourable_differences_have_their_own_colours_and_signs():
    beside = draw("bullet", "en").figure.axes[1]
    colours = [mpl.colors.to_hex(p.get_facecolor()) for p in beside.patches[:2]]
    assert colours == [plots.PALETTE["bad"], plots.PALETTE["good"]]
    assert {"−¥20.0 m (−6.2 %)", "+¥20.0 m (+11.1 %)"} <= set(texts(draw("bullet", "en")))


def test_what_was_is_solid_a_goal_outlined_and_a_forecast_hatched():
    goal, likely = (
        draw("bars", y="target", compare="last_year"),
        plots.bars(SALES.assign(p50=1e8), x="member", y="target", compare="p50", words=words("en"), title=""),
    )
    assert mpl.colors.to_hex(goal.patches[-1].get_facecolor()) == "#ffffff"
    assert mpl.colors.to_hex(goal.patches[0].get_facecolor()) == plots.PALETTE["last_year"]
    assert likely.patches[0].get_hatch()


def test_steps_that_are_small_beside_the_totals_are_drawn_as_the_change_from_nought():
    steps = STEPS.assign(amount=[1e9, 2e7, -5e6, 1.015e9])
    axes = plots.bridge(steps, label="step", amount="amount", words=words("en"), title="")
    assert [p.get_width() for p in axes.patches] == pytest.approx([0, 2e7, -5e6, 1.5e7])
    assert axes.get_xlim()[0] <= 0
    assert {"¥1.00 bn", "+¥20.0 m", "−¥5.00 m"} <= set(texts(axes))
    # the last total says what its bar shows
    assert [t for t in texts(axes) if t.startswith("¥1.0") and t.endswith(" bn (+¥15.0 m)")]


def test_the_message_stands_over_what_is_measured():
    axes = draw("bars", "en")
    assert axes.figure.get_suptitle() == "2025 missed its target"
    assert axes.get_title(loc="left") == "Net sales, CNY\n2025"


def test_without_any_target_the_actual_stands_alone():
    look = {"label": "member", "actual": "actual", "target": "target", "words": words("en"), "title": ""}
    alone = plots.bullet(SALES.assign(target=float("nan")), **look)
    assert len(alone.figure.axes) == 1


def test_r84_long_names_are_shortened_in_the_middle():
    assert canvas.label("abcdefghijklmnopqrstuvwxyz", words=words("en"), longest=11) == "abcdef…wxyz"


def test_a_task_without_dates_is_not_drawn():
    assert len(draw("gantt", today=None).patches) == 2


def test_what_does_not_fit_is_counted():
    many = pd.DataFrame({"member": [f"m{i}" for i in range(60)], "actual": 1.0, "target": 2.0})
    axes = plots.bullet(many, label="member", actual="actual", target="target", words=words("en"), title="Many")
    assert "40 of 60 shown" in texts(axes)


def test_names_with_signs_of_formulas_and_unknown_characters_are_drawn_as_they_are(tmp_path):
    odd = SALES.assign(member=["$x^2", "a\nb", "\U00020bb7"])
    axes = plots.bullet(odd, label="member", actual="actual", target="target", words=words("en"), title="$odd_{$")
    axes.figure.savefig(tmp_path / "odd.png")
    assert {"$x^2", "a b", "□"} <= set(texts(axes))


def test_the_font_carries_every_character_of_the_glossary():
    from salesplan.words import _glossary

    known = canvas._characters()
    said = {c for entries in _glossary().values() for e in entries.values() for text in e.values() for c in text}
    assert sorted(c for c in said if ord(c) not in known and c != "\n") == []


def test_ticks_of_one_axis_share_a_unit_and_are_not_rounded():
    axes = draw("bullet", "en")
    ticks = canvas._Numbers(words("zh"), "money").format_ticks([0, 0.25e8, 0.5e8, 1e8])
    assert ticks == ["0", "¥0.25亿", "¥0.50亿", "¥1.00亿"]
    assert axes.xaxis.get_major_formatter().format_ticks([-5e8, 0, 1.5e9]) == ["−¥0.5 bn", "0", "¥1.5 bn"]
    assert canvas._Numbers(words("en"), "share").format_ticks([0, 0.025, 0.05]) == ["0", "2.5 %", "5.0 %"]


def test_a_tree_stands_from_left_to_right_and_marks_what_is_less_likely_than_not():
    axes = draw("tree", "en")
    boxes = {t.get_text(): t for t in axes.texts}
    depths = {text.split("  ")[0]: box.get_position()[0] for text, box in boxes.items()}
    assert sorted(depths.values()) == [0, 1, 2, 2]
    marked = [
        text
        for text, box in boxes.items()
        if box.get_bbox_patch().get_edgecolor() == mpl.colors.to_rgba(plots.PALETTE["bad"])
    ]
    assert len(marked) == 1
    assert "40 %" in marked[0]
