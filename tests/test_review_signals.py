"""Funnel, capacity, customers' signals, competitors, environment: planted changes found, nothing made of noise."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from salesplan import config, data, review
from salesplan.errors import PlanFileError
from salesplan.periods import FiscalCalendar
from salesplan.review.signals import read_comments
from salesplan.words import LANGUAGES, words
from tests.conftest import ROOT

CALENDAR = FiscalCalendar()
YEAR = review.window("2025Q4", calendar=CALENDAR)
GIVEN = {"window": YEAR, "calendar": CALENDAR}
EN = words("en")
PLAN = config.load(ROOT / "data" / "demo" / "plan.toml")
LEXICON = data.lexicon(PLAN)

# comment, topic, sentiment: written down by reading, before the rules were run on them
LABELLED = [
    ("送货准时，包装完好", [("delivery", 1), ("packing", 1)]),
    ("交货晚了三天", [("delivery", -1)]),
    ("到货不及时", [("delivery", -1)]),
    ("没有延误，按约定到的", [("delivery", 1)]),
    ("物流快，态度好", [("delivery", 1), ("service", 1)]),
    ("质量不错，会再买", [("quality", 1), ("loyalty", 1)]),
    ("锅用了两周就掉色", [("quality", -1)]),
    ("做工精细但是太贵", [("quality", 1), ("price", -1)]),
    ("箱子压坏了，盘子开裂", [("packing", -1), ("quality", -1)]),
    ("价格比别处高", [("price", -1)]),
    ("价格不便宜", [("price", -1)]),
    ("性价比高，推荐", [("price", 1), ("loyalty", 1)]),
    ("缺货一个月", [("stock", -1)]),
    ("从来没有断货", [("stock", 1)]),
    ("服务很好", [("service", 1)]),
    ("打电话没人理", [("service", -1)]),
    ("破损严重，退货慢", [("packing", -1), ("returns", -1)]),
    ("退款快", [("returns", 1)]),
    ("不会再买了", [("loyalty", -1)]),
    ("没有问题，会继续合作", [("loyalty", 1)]),
    ("很满意", [("loyalty", 1)]),
    ("不太满意", [("loyalty", -1)]),
    ("一般", []),
    ("下次换供应商", [("loyalty", -1)]),
    ("Delivery was late again", [("delivery", -1)]),
    ("arrived on time and well packed", [("delivery", 1), ("packing", 1)]),
    ("not on time", [("delivery", -1)]),
    ("Good quality, fast delivery", [("quality", 1), ("delivery", 1)]),
    ("the lid broke after a week", [("quality", -1)]),
    ("never late, helpful people", [("delivery", 1), ("service", 1)]),
    ("too expensive for what it is", [("price", -1)]),
    ("not cheap", [("price", -1)]),
    ("good value", [("price", 1)]),
    ("out of stock for weeks, no reply", [("stock", -1), ("service", -1)]),
    ("always available", [("stock", 1)]),
    ("rude on the phone", [("service", -1)]),
    ("box was crushed", [("packing", -1)]),
    ("slow refund, never again", [("returns", -1), ("loyalty", -1)]),
    ("quick refund", [("returns", 1)]),
    ("will buy again", [("loyalty", 1)]),
    ("we are switching supplier", [("loyalty", -1)]),
    ("not satisfied with the pan", [("loyalty", -1)]),
    ("I recommend it", [("loyalty", 1)]),
    ("The translation of the manual is fine", []),
]


def test_the_rules_read_comments_as_people_do():
    texts = pd.Series([text for text, _ in LABELLED])
    read = read_comments(texts, LEXICON)
    said = {(at, topic, sentiment) for at, topic, sentiment in read[["at", "topic", "sentiment"]].to_numpy()}
    meant = {(at, topic, s) for at, (_, labels) in enumerate(LABELLED) for topic, s in labels}
    precision, recall = len(said & meant) / len(said), len(said & meant) / len(meant)
    assert precision >= 0.9, sorted(said - meant)
    assert recall >= 0.8, sorted(meant - said)


def test_a_company_may_bring_its_own_words(tmp_path):
    place = tmp_path / "plan.toml"
    head = '[company]\nname = "own"\ntitle = "Own"\ncurrency = "EUR"\n[sources.orders]\npath = "o.csv"\n'
    place.write_text(f'{head}[review]\nlexicon = "words.toml"\n')
    with pytest.raises(PlanFileError, match=r"words\.toml.*no such lexicon"):
        data.lexicon(config.load(place))
    (tmp_path / "words.toml").write_text('negations = ["not"]\n[topics.taste]\ngood = ["tasty"]\nbad = ["bland"]\n')
    own = data.lexicon(config.load(place))
    read = read_comments(pd.Series(["tasty", "not tasty", "late"]), own)
    assert read[["topic", "sentiment"]].to_numpy().tolist() == [["taste", 1], ["taste", -1]]
    (tmp_path / "words.toml").write_text("topics = 3\n")
    with pytest.raises(PlanFileError, match="no lexicon"):
        data.lexicon(config.load(place))


Two = tuple[float, float]


def feedback(*, scores: dict[str, Two], late: Two = (0.1, 0.1), n: int = 300, seed: int = 1) -> pd.DataFrame:
    """Comments of 2024 and 2025, per product a mean score in each year, and of all a share that complains."""
    rng = np.random.default_rng(seed)
    rows = []
    for product, means in scores.items():
        for year, mean, share in ((2024, means[0], late[0]), (2025, means[1], late[1])):
            for _ in range(n):
                day = pd.Timestamp(year, 1, 1) + pd.Timedelta(days=int(rng.integers(0, 365)))
                text = "送货迟到" if rng.random() < share else "一般"
                rows.append((day, text, product, float(np.clip(np.rint(rng.normal(mean, 0.8)), 1, 5))))
    return pd.DataFrame(rows, columns=["date", "text", "product_id", "score"])


def told_signals(frame: pd.DataFrame) -> pd.DataFrame:
    codes = {p: p for p in frame["product_id"].unique()}
    return review.signals(frame, LEXICON, places={"product": codes}, **GIVEN).set_index(["metric", "member"])


def test_what_changed_is_found_and_what_did_not_is_left_alone():
    table = told_signals(feedback(scores={"A": (4.0, 3.5), "B": (3.8, 3.8), "C": (3.5, 3.9)}, late=(0.05, 0.15)))
    verdicts = table["verdict"].to_dict()
    assert verdicts[("satisfaction", "A")] == "fell"
    assert verdicts[("satisfaction", "B")] == "as before"
    assert verdicts[("satisfaction", "C")] == "rose"
    assert verdicts[("complaints", "delivery")] == "rose"
    row = table.loc[("complaints", "delivery")]
    assert row["low"] <= 0.1 <= row["high"]


def test_of_noise_few_signals_are_made():
    calm = dict.fromkeys("ABCDE", (3.9, 3.9))
    verdicts = [told_signals(feedback(scores=calm, n=60, seed=seed))["verdict"] for seed in range(30)]
    assert sum((v != "as before").any() for v in verdicts) <= 8  # 3 to be expected; above 8 lies chance 0.002


def test_few_comments_cannot_tell():
    table = told_signals(feedback(scores={"A": (4.0, 1.0)}, n=10))
    assert set(table["verdict"]) == {"cannot tell"}


def deals(*, now: dict[str, float], before: dict[str, float], n: int = 300, seed: int = 1) -> pd.DataFrame:
    """Deals of two years that pass each stage with its chance, a row per stage reached, then won or lost."""
    rng = np.random.default_rng(seed)
    rows = []
    for year, chances in ((2024, before), (2025, now)):
        for number in range(n):
            day = pd.Timestamp(year, 1, 1) + pd.Timedelta(days=int(rng.integers(0, 300)))
            head = (f"{year}-{number}", day)
            for step, (stage, chance) in enumerate(chances.items(), 1):
                rows.append((*head, stage, day, 10_000, None, None))
                day += pd.Timedelta(days=10)
                on = rng.random() < chance
                if not on or step == len(chances):
                    rows.append((*head, "won" if on else "lost", day, 10_000, day, "true" if on else "false"))
                    break
    names = ["opportunity_id", "created", "stage", "stage_date", "amount_cents", "closed", "won"]
    return pd.DataFrame(rows, columns=names)


def test_the_stage_that_lets_fewer_through_is_named():
    usual = {"lead": 0.7, "offer": 0.6, "contract": 0.8}
    table = review.funnel(deals(now={**usual, "offer": 0.35}, before=usual), **GIVEN).set_index("stage")
    assert list(table.index) == ["lead", "offer", "contract"]
    assert table["verdict"].to_dict() == {"lead": "as before", "offer": "fell", "contract": "as before"}
    assert (table["entered"] == table["advanced"] + table["lost"] + table["open"]).all()
    assert table.loc["offer", "entered"] == table.loc["lead", "advanced"]
    assert table.loc["offer", "low"] <= 0.35 <= table.loc["offer", "high"]
    assert set(table["days"]) == {10.0}
    assert table.loc["lead", "amount"] == 100.0 * table.loc["lead", "lost"]


def test_of_deals_with_one_row_each_it_is_told_how_many_were_won():
    frame = deals(now={"lead": 0.5}, before={"lead": 0.8})
    last = frame.drop_duplicates("opportunity_id", keep="last")
    table = review.funnel(last, **GIVEN)
    [row] = table.to_dict("records")
    own = last[last["created"].dt.year == 2025]
    won = int((own["won"] == "true").sum())
    assert (row["entered"], row["advanced"], row["lost"]) == (len(own), won, int(own["closed"].notna().sum()) - won)
    assert row["verdict"] == "fell"
    said = review.say_funnel(table, words=EN).text
    assert f"{won} were won" in said
    assert "at which stage deals are lost it does not tell" in said
    still = review.funnel(frame.drop_duplicates("opportunity_id"), **GIVEN)
    assert (still["advanced"].tolist(), still["open"].tolist()) == ([0], [len(own)])
    assert review.funnel(None, **GIVEN).empty


def test_heads_are_counted_by_days_and_share_of_time():
    reps = pd.DataFrame(
        [(r, m, 1_000_00) for r in ("A", "B", "C") for m in CALENDAR.span("2023-01", "2025-12")],
        columns=["rep_id", "period", "net_sales_cents"],
    )
    day = pd.Timestamp
    people = [
        ("A", "N", day(2019, 1, 1), None, None),
        ("B", "N", day(2025, 7, 2), None, 0.5),
        ("C", "S", None, day(2025, 6, 30), 1.0),
    ]
    team = pd.DataFrame(people, columns=["rep_id", "region", "hired", "left", "share_of_time"]).assign(channel=None)
    team = team.astype({"hired": "datetime64[ns]", "left": "datetime64[ns]", "share_of_time": "float64"})
    table = review.capacity_use(reps, team, **GIVEN).set_index("team")
    assert table.loc["N", "heads"] == pytest.approx(1 + 0.5 * 183 / 365, abs=0.01)
    assert table.loc["N", "ramped_heads"] == 1
    assert table.loc["N", "joined"] == 1
    assert table.loc["S", "gone"] == 1
    assert table.loc["S", "heads"] == pytest.approx(181 / 365, abs=0.01)
    assert review.capacity_use(reps, None, **GIVEN).empty


def checks(change: float = 0.0, seed: int = 1) -> pd.DataFrame:
    rng, moved = np.random.default_rng(seed), defaultdict(float, {(2025, "X", "K"): change})
    rows = [
        (pd.Timestamp(year, month, 10), name, "price_check", c, float(rng.normal(1, 0.015)) + moved[year, name, c])
        for year in (2024, 2025)
        for month in (2, 5, 8, 11)
        for name in "XYZ"
        for c in "KLMN"
    ]
    rows.append((pd.Timestamp(2025, 4, 1), "X", "price_cut", "K", None))
    frame = pd.DataFrame(rows, columns=["date", "competitor", "event", "category", "price_index"])
    return frame.assign(region=None, customer_group=None, channel=None, source="visits")


def test_a_competitor_that_cut_its_prices_is_named():
    tables = [review.competitors(checks(-0.08, s), **GIVEN).set_index(["competitor", "member"]) for s in range(20)]
    rows = [table.loc[("X", "K")] for table in tables]
    assert {row["verdict"] for row in rows} == {"fell"}
    assert sum(row["low"] <= -0.08 <= row["high"] for row in rows) >= 15  # 18 to be expected
    assert sum((table["verdict"] != "as before").sum() - 1 for table in tables) <= 8
    moves = review.competitor_moves(checks(-0.08), **GIVEN)
    assert moves[["event", "scope"]].to_numpy().tolist() == [["price_cut", "product=K"]]


def test_of_unmoved_prices_little_is_said():
    false = [(review.competitors(checks(seed=s), **GIVEN)["verdict"] != "as before").any() for s in range(40)]
    assert sum(false) <= 11  # 4 to be expected


def test_the_register_is_read_in_money_and_by_date():
    sold = {"period": ["2025-03", "2025-04"], "product": ["K", "L"], "net_sales_cents": [10_000, 30_000]}
    cube = pd.DataFrame(sold).assign(region="R")
    register = pd.DataFrame(
        [
            ("rules", "political", "demand", -0.1, 0.2, pd.Timestamp(2026, 6, 30), "K"),
            ("homes", "economic", "demand", -0.1, 0.0, pd.Timestamp(2025, 12, 31), None),
        ],
        columns=["factor", "kind", "driver", "low", "high", "review_date", "category"],
    ).assign(region=None, customer_group=None, channel=None, source="round")
    table = review.environment(register, cube, **GIVEN).set_index("factor")
    assert table.loc["rules", ["amount_low", "amount_high", "state"]].tolist() == [-10.0, 20.0, "current"]
    assert table.loc["homes", ["amount_low", "amount_high", "state"]].tolist() == [-40.0, 0.0, "expired"]
    told = review.say_environment(table.reset_index(), words=words("en"))
    assert [c.passed for c in told.checks] == [False]
    assert dt.date(2025, 12, 31).strftime("%B %Y") in told.checks[0].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_is_told_or_said_not_to_be_supplied(language):
    speaker = words(language)
    usual = {"lead": 0.7, "proposal": 0.6}
    table = review.funnel(deals(now={**usual, "proposal": 0.3}, before=usual), **GIVEN)
    assert speaker.name("proposal") in review.say_funnel(table, words=speaker).text
    table = review.competitors(checks(-0.1), **GIVEN)
    moves = review.competitor_moves(checks(-0.1), **GIVEN)
    assert speaker.share(table["change"].min(), signed=True) in review.say_competitors(table, moves, words=speaker).text
    table = review.signals(feedback(scores={"A": (4.5, 3.0)}), LEXICON, **GIVEN)
    score = table.loc[table["metric"] == "satisfaction", "value"].iloc[0]
    assert speaker.number(score, digits=2) in review.say_signals(table, words=speaker).text
    nothing = [
        review.say_funnel(review.funnel(None, **GIVEN), words=speaker),
        review.say_capacity_use(review.capacity_use(pd.DataFrame(), None, **GIVEN), words=speaker),
        review.say_signals(review.signals(None, LEXICON, **GIVEN), words=speaker),
        review.say_competitors(review.competitors(None, **GIVEN), moves.head(0), words=speaker),
        review.say_environment(review.environment(None, pd.DataFrame(), **GIVEN), words=speaker),
    ]
    assert {f.checks[0].passed for f in nothing} == {None}
