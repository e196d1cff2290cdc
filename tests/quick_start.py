"""Loaded before any test: keeps a slow, unused validator of Jupyter's JSON schemas from being imported."""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
