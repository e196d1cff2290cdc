"""How the company delivers its tables: files that are the same bytes whenever they are made again."""

from __future__ import annotations

__all__ = ["csv_file", "gz_file", "xlsx_file", "yuan"]

import datetime as dt
import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd

_MADE_ON = dt.datetime(2026, 7, 1)


def yuan(cents: pd.Series) -> pd.Series:
    """Text of whole cents in yuan with two decimals; never through a binary fraction."""
    value = cents.to_numpy(dtype="int64")
    sign = np.where(value < 0, "-", "")
    whole, rest = np.divmod(np.abs(value), 100)
    text = [f"{s}{w}.{r:02d}" for s, w, r in zip(sign, whole, rest, strict=True)]
    return pd.Series(text, index=cents.index, dtype="object")


def csv_file(table: pd.DataFrame, path: Path, *, encoding: str = "utf-8") -> Path:
    """Writes a table as csv with the line ends of Unix."""
    path.write_bytes(table.to_csv(index=False, lineterminator="\n").encode(encoding))
    return path


def gz_file(table: pd.DataFrame, path: Path) -> Path:
    """Writes a table as gzipped csv, without name and time in its head."""
    held = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=held, mtime=0, compresslevel=9) as stream:
        stream.write(table.to_csv(index=False, lineterminator="\n").encode())
    path.write_bytes(held.getvalue())
    return path


def xlsx_file(table: pd.DataFrame, path: Path, *, sheet: str) -> Path:
    """Writes a table as a sheet of a workbook that says it was made on 1 July 2026."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"created": _MADE_ON, "title": sheet})
        page = book.add_worksheet(sheet)
        page.write_row(0, 0, list(table.columns))
        for number, row in enumerate(table.astype("object").itertuples(index=False), 1):
            for column, value in enumerate(row):
                if pd.notna(value):
                    page.write(number, column, value)
    return path
