"""The ledger shows every change to what was written, by its line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesplan import ledger
from salesplan.errors import ChainError


def filled(folder, *, events: int = 3):
    for n in range(1, events + 1):
        ledger.append(folder, year="2026", kind="noted", facts={"n": n, "who": "销售总监"})
    return folder / "2026.jsonl"


def test_events_are_numbered_and_chained_from_the_beginning(tmp_path):
    filled(tmp_path)
    written = ledger.events(tmp_path, year="2026")
    assert [e.number for e in written] == [1, 2, 3]
    assert [e.previous for e in written] == [ledger.GENESIS, written[0].sha256, written[1].sha256]
    assert ledger.head(tmp_path, year="2026") == written[-1].sha256
    assert ledger.verify(tmp_path) == []


def test_an_empty_ledger_has_the_first_hash(tmp_path):
    assert ledger.head(tmp_path, year="2026") == ledger.GENESIS
    assert ledger.events(tmp_path, year="2026") == []
    assert ledger.verify(tmp_path) == []


def test_each_fiscal_year_has_its_own_chain(tmp_path):
    filled(tmp_path)
    other = ledger.append(tmp_path, year="2027", kind="noted", facts={})
    assert (other.number, other.previous) == (1, ledger.GENESIS)


@pytest.mark.parametrize("line", [1, 2, 3])
def test_a_changed_fact_is_named_by_its_line(tmp_path, line):
    place = filled(tmp_path)
    lines = place.read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[line - 1])
    row["facts"]["n"] = 99
    lines[line - 1] = json.dumps(row, ensure_ascii=False, sort_keys=True)
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert [p.split(" ")[0] for p in ledger.verify(tmp_path)] == [f"2026.jsonl:{line}:"]


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_i28_any_flipped_bit_is_seen(tmp_path_factory, at, bit):
    place = filled(tmp_path_factory.mktemp("ledger"))
    before = ledger.events(place.parent, year="2026")
    raw = bytearray(place.read_bytes())
    raw[at % len(raw)] ^= 1 << bit
    place.write_bytes(raw)
    try:
        unchanged = ledger.events(place.parent, year="2026") == before
    except (ValueError, TypeError):
        unchanged = False
    # Only spaces between JSON's parts may differ without a changed event; the last line may become half-written.
    assert unchanged or ledger.verify(place.parent) or len(ledger.events(place.parent, year="2026")) < len(before)


def test_a_line_taken_out_or_swapped_is_named(tmp_path):
    place = filled(tmp_path)
    first, second, third = place.read_text(encoding="utf-8").splitlines(keepends=True)
    place.write_text(first + third, encoding="utf-8")
    assert ledger.verify(tmp_path)[0].startswith("2026.jsonl:2:")
    place.write_text(second + first + third, encoding="utf-8")
    assert ledger.verify(tmp_path)[0].startswith("2026.jsonl:1:")


def test_nothing_is_appended_to_a_broken_chain(tmp_path):
    place = filled(tmp_path)
    place.write_text(place.read_text(encoding="utf-8").replace('"n": 2', '"n": 7'), encoding="utf-8")
    with pytest.raises(ChainError, match=r"2026\.jsonl:2"):
        ledger.append(tmp_path, year="2026", kind="noted", facts={})


def test_r85_a_half_written_line_is_kept_aside_and_the_chain_goes_on(tmp_path):
    place = filled(tmp_path)
    with place.open("ab") as stream:
        stream.write(b'{"facts": {"n": 4')
    assert len(ledger.events(tmp_path, year="2026")) == 3
    event = ledger.append(tmp_path, year="2026", kind="noted", facts={"n": 5})
    assert event.number == 4
    assert ledger.verify(tmp_path) == []
    assert (tmp_path / "2026.torn").read_bytes() == b'{"facts": {"n": 4'


def test_publishing_the_same_again_adds_nothing(tmp_path):
    facts = {"as_of": "2025Q4", "logical_id": "a", "run_id": "one"}
    assert ledger.append(tmp_path, year="2026", kind="published", facts=facts).number == 1
    assert ledger.append(tmp_path, year="2026", kind="published", facts={**facts, "run_id": "two"}) is None
    assert ledger.append(tmp_path, year="2026", kind="published", facts={**facts, "logical_id": "b"}).number == 2
    assert ledger.append(tmp_path, year="2026", kind="published", facts=facts).number == 3


def test_s91_a_link_in_the_ledgers_place_is_refused(tmp_path):
    (tmp_path / "elsewhere").write_text("", encoding="utf-8")
    (tmp_path / "2026.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ChainError, match="link"):
        ledger.append(tmp_path, year="2026", kind="noted", facts={})
    assert (tmp_path / "elsewhere").read_text(encoding="utf-8") == ""
