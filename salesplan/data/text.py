"""Text as people mean it: width, blanks and invisible characters set right."""

from __future__ import annotations

__all__ = ["INVISIBLE", "tidy"]

import re
import unicodedata

INVISIBLE = "\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_GONE = re.compile(f"[{INVISIBLE}]")


def tidy(text: str) -> str:
    """One cell as a key: compatibility forms (full-width letters) made plain, invisible characters out, stripped."""
    return unicodedata.normalize("NFKC", _GONE.sub("", text)).strip()
