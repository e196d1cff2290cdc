"""Pairings, the links between items, initiatives and the business, and the weighed summary."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from salesplan import swot
from salesplan.errors import PlanFileError
from salesplan.words import LANGUAGES, words

EN = words("en")


def items(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    """(item_id, quadrant, scope, stake), all standing, at a confidence of 0.8."""
    table = pd.DataFrame(rows, columns=["item_id", "quadrant", "scope", "stake"])
    return table.assign(claim="Claim " + table["item_id"] + " (80 % interval 1 to 2)", accepted=True, confidence=0.8)


def initiative(name: str, *, scope: dict[str, str] | None = None, answers: tuple[str, ...] = (), mid: float = 1.0):
    return SimpleNamespace(initiative_id=name, scope=scope or {}, answers=list(answers), impact_mid=mid)


FOUR = items(
    ("S1", "strength", "region=N", 5.0),
    ("W1", "weakness", "product=K", 9.0),
    ("O1", "opportunity", "region=N", 3.0),
    ("T1", "threat", "product=K", 4.0),
)


def test_items_meet_where_they_share_a_member_and_not_where_they_name_different_ones():
    table = swot.tows(FOUR, [], words=EN)
    assert table[["strategy", "strength_or_weakness", "opportunity_or_threat"]].to_numpy().tolist() == [
        ["SO", "S1", "O1"],
        ["WT", "W1", "T1"],
    ]
    assert (table["initiative_id"] == "").all()
    apart = items(("S1", "strength", "region=N", 1.0), ("O1", "opportunity", "region=S", 1.0))
    assert swot.tows(apart, [], words=EN).empty
    assert swot.tows(items(("S1", "strength", "", 1.0), ("O1", "opportunity", "region=S", 1.0)), [], words=EN).empty
    assert len(swot.tows(items(("S1", "strength", "", 1.0), ("O1", "opportunity", "", 1.0)), [], words=EN)) == 1


def test_the_initiative_that_shares_a_member_or_names_the_item_answers():
    plans = [
        initiative("wrong", scope={"region": "S"}, mid=9.0),
        initiative("small", scope={"region": "N"}, mid=1.0),
        initiative("large", scope={"region": "N"}, mid=2.0),
        initiative("named", answers=("T1",)),
    ]
    table = swot.tows(FOUR, plans, words=EN).set_index("strategy")["initiative_id"]
    assert table.to_dict() == {"SO": "large", "WT": "named"}


def test_what_does_not_stand_is_paired_with_nothing():
    table = swot.tows(FOUR.assign(accepted=[True, True, False, True]), [], words=EN)
    assert table["strategy"].tolist() == ["WT"]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (initiative("I1", answers=("S2",)), r"I1: answers 'S2'.*no such item.*Known are: O1, S1, T1, W1"),
        (initiative("I1", scope={"region": "Nord"}), r"I1: its scope names region 'Nord'.*nothing is sold"),
    ],
)
def test_a_link_to_nothing_ends_the_run(plan, message):
    members = {"region": {"N", "S"}}
    with pytest.raises(PlanFileError, match=message):
        swot.check_links(FOUR, [plan], members=members)
    swot.check_links(FOUR, [initiative("I1", scope={"region": "N"}, answers=("S1",))], members=members)


def test_weights_sum_to_one_a_side_and_scores_follow():
    pairs = swot.tows(FOUR, [initiative("I", answers=("T1",))], words=EN)
    table = swot.scores(FOUR, pairs)
    assert table.groupby("side")["weight"].sum().to_dict() == pytest.approx({"internal": 1.0, "external": 1.0})
    assert table.set_index("item_id")["rating"].to_dict() == {"S1": 3, "W1": 2, "O1": 2, "T1": 3}
    assert table.groupby("side")["score"].sum()["internal"] == pytest.approx((5 * 3 + 9 * 2) / 14)
    assert swot.scores(FOUR.head(0), pairs.head(0)).empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_they_are_told(language):
    speaker = words(language)
    table = swot.tows(FOUR, [], words=speaker)
    told = swot.say_tows(table, words=speaker)
    assert "Claim S1" in told.text
    assert "interval" not in told.text
    assert told.checks[0].passed is False
    scored = swot.scores(FOUR, table)
    total = float(scored.loc[scored["side"] == "internal", "score"].sum())
    assert speaker.number(total, digits=2) in swot.say_scores(scored, words=speaker).text
    assert swot.say_tows(table.head(0), words=speaker).checks[0].passed is None
