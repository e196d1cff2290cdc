"""What `init` makes of forty small files of other programs: the right source, the right columns, no sure wrong one."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from salesplan import config, data
from salesplan.data.text import tidy
from tests.first_files import FILES, FirstFile


@functools.cache
def guesses() -> list[tuple[FirstFile, data.Guess]]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for file in FILES:
            place = Path(folder) / file.name
            place.write_text(file.text, encoding="utf-8")
            found += [(file, guess) for guess in data.guessed([place])]
    return found


def test_the_source_is_right():
    assert len(guesses()) == len(FILES) == 40
    assert [f.name for f, guess in guesses() if guess.source != f.source][2:] == []


def test_nine_columns_of_ten_are_right():
    right = [
        c in guess.columns and guess.columns[c].header == tidy(theirs)
        for file, guess in guesses()
        for c, theirs in file.columns.items()
    ]
    assert len(right) > 200
    assert sum(right) / len(right) >= 0.9


def test_no_money_and_no_day_is_surely_wrong():
    """A wrong column is told beside the right one, as one that may as well be it."""
    wrong = []
    for file, guess in guesses():
        wrong += [(file.name, c, m.header) for c, m in guess.columns.items() if m.header in file.never]
        for column, theirs in file.columns.items():
            kind = config.SOURCES[file.source].columns[column].kind
            found = guess.columns.get(column)
            if kind in ("money", "date") and found is not None and found.header != tidy(theirs):
                told = guess.rivals.get(column, ())
                wrong += [] if tidy(theirs) in told else [(file.name, column, found.header)]
    assert wrong == []


def test_what_has_no_amount_is_multiplied():
    assert [f.name for f, guess in guesses() if guess.product != f.product] == []
