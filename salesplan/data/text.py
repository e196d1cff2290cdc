"""Text as people mean it: width, blanks and invisible characters set right."""

from __future__ import annotations

__all__ = ["INVISIBLE", "clean", "tidy"]

import re
import unicodedata
from typing import Any

INVISIBLE = "\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_GONE = re.compile(f"[{INVISIBLE}]")


def tidy(text: str) -> str:
    """One cell as a key: compatibility forms (full-width letters) made plain, invisible characters out, stripped."""
    return unicodedata.normalize("NFKC", _GONE.sub("", text)).strip()


def clean(column: Any) -> Any:
    """A pyarrow column of text as keys: the same as ``tidy`` cell by cell; missing becomes ""."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pc.fill_null(column, "")
    odd = pc.match_substring_regex(column, r"^\s|\s$|[^\x20-\x7e]")
    if not pc.any(odd).as_py():
        return column
    coded = column.dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    plain = pa.array([tidy(text) for text in coded.dictionary.to_pylist()], pa.string())
    return plain.take(coded.indices)
