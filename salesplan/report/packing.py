"""Packs an office file so that the same content gives the same bytes."""

from __future__ import annotations

__all__ = ["pack"]

import zipfile
from pathlib import Path

_STAMP = (1980, 1, 1, 0, 0, 0)


def pack(raw: bytes, *, place: Path) -> None:
    """Writes the parts of a packed office file again in their order, all with one fixed time and the same rights."""
    from io import BytesIO

    with zipfile.ZipFile(BytesIO(raw)) as given, zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in given.namelist():
            part = zipfile.ZipInfo(name, date_time=_STAMP)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = 0
            packed.writestr(part, given.read(name), compresslevel=6)
