"""Rows that were delivered more than once."""

from __future__ import annotations

__all__ = ["repeated"]

from collections.abc import Sequence
from typing import Any

from salesplan import config
from salesplan.data.gathering import Gathered
from salesplan.errors import DataError, nearest


def repeated(
    rows: Gathered,
    *,
    key: Sequence[str],
    column: Any,
    code: Any,
    usable: Any,
    notes: list[tuple[str, str]],
) -> None:
    """Marks repeats among the ``usable`` rows in place.

    Under a key, of equal rows all but the first are duplicates; rows of one key that differ are all in conflict.
    Without a key a repeated line may be real: it is kept and counted in ``notes``.
    """
    import numpy as np

    if unknown := [name for name in key if name not in rows.read]:
        known = list(config.SOURCES[rows.name].columns)
        raise DataError(f"sources.{rows.name}.key: {unknown[0]!r} is not delivered.{nearest(unknown[0], known)}")
    where = np.flatnonzero(usable)
    content = _labels(rows, list(rows.read), where)
    first_of_content = _first(content)
    again = first_of_content != np.arange(len(where))
    if not key:
        if again.any():
            notes.append(("repeated_lines", str(int(again.sum()))))
        return
    keyed = _labels(rows, list(key), where)
    leaders = content[_first(keyed)]
    conflicting = np.isin(keyed, keyed[leaders != content])
    named = key[-1]
    for marks, fault in ((conflicting, "conflicting_duplicate"), (again & ~conflicting, "duplicate")):
        column[where[marks]], code[where[marks]] = named, fault


def _labels(rows: Gathered, names: list[str], where: Any) -> Any:
    """One whole number per row, the same for rows that agree in these columns."""
    import numpy as np
    import pandas as pd

    labels = np.zeros(len(where), dtype="int64")
    for name in names:
        values = rows.read[name].values.dictionary_encode()
        indices = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)[where]
        labels, _ = pd.factorize(labels * (len(values.dictionary) + 1) + indices + 1)
    return labels


def _first(labels: Any) -> Any:
    """Per row, the position of the first row with its label."""
    import numpy as np

    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first[inverse]
