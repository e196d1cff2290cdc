"""Small companies on disk, one fault each."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from salesplan import config, data

HEADER = ["order_id", "line_no", "order_date", "customer_id", "product_id", "category", "region"]
HEADER += ["customer_group", "channel", "quantity", "net_sales"]


def lines(count: int = 300, **changes: dict[int, str]) -> pd.DataFrame:
    """Clean order lines of 2025 as text; ``changes`` gives other text per column and line."""
    rows = [
        {
            "order_id": f"O{n:05d}",
            "line_no": "1",
            "order_date": f"2025-{n % 12 + 1:02d}-{n % 28 + 1:02d}",
            "customer_id": f"C{n % 17:03d}",
            "product_id": f"P{n % 5}",
            "category": f"cat{n % 3}",
            "region": "north" if n % 2 else "south",
            "customer_group": "shops",
            "channel": "direct",
            "quantity": str(n % 7 + 1),
            "net_sales": f"{(n * 37) % 900 + 1}.{n % 100:02d}",
        }
        for n in range(count)
    ]
    table = pd.DataFrame(rows, columns=HEADER)
    for column, cells in changes.items():
        if column not in table:
            table[column] = ""
        for at, text in cells.items():
            table.loc[at, column] = text
    return table


def as_csv(table: pd.DataFrame, *, delimiter: str = ",", header: list[str] | None = None) -> str:
    """The lines as delimited text."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header or list(table.columns))
    writer.writerows(table.itertuples(index=False, name=None))
    return stream.getvalue()


def company(
    folder: Path, *, orders: bytes | str | dict[str, bytes | str], more: str = "", plan: str = "", path: str = ""
) -> config.Plan:
    """A company whose order lines are these bytes; ``more`` goes under [sources.orders], ``plan`` at the end."""
    files = orders if isinstance(orders, dict) else {"orders.csv": orders}
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    named = path or ("orders.csv" if len(files) == 1 and "orders.csv" in files else "orders*")
    text = f"""
[company]
name = "small"
title = "Small"
currency = "CNY"

[sources.orders]
path = "{named}"
{more}
{plan}
"""
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return config.load(folder / "plan.toml")


def read(plan: config.Plan, **keywords: object) -> data.Sources:
    """The sources of a small company; the cache lies beside its plan file."""
    cut_off = keywords.pop("cut_off", None)
    assert not keywords
    return data.read(plan, cut_off=cut_off, cache=plan.path.parent / ".cache")  # type: ignore[arg-type]


def accepted(sources: data.Sources) -> pd.DataFrame:
    """The accepted order lines as a plain frame."""
    return sources.frame("orders")
