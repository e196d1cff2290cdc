"""Columns that a plan file computes from delivered ones: "UnitPrice * Quantity * (1 - Discount)", exactly."""

from __future__ import annotations

__all__ = ["computed", "operands"]

import ast
import operator
import re
from collections.abc import Callable
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from typing import Any

from salesplan.data.text import tidy
from salesplan.data.values import Reading, numbers

_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_STEP = Decimal("1e-10")


def operands(text: str) -> set[str]:
    """The headers an expression computes with; empty where ``text`` is no arithmetic. `Unit Price` needs backquotes."""
    tree, names = _parsed(text)
    return set(names.values()) if tree is not None else set()


def computed(text: str, *, table: Any, headers: dict[str, str], decimal: str, currency: str) -> tuple[Any, Reading]:
    """What an expression gives row by row: the operands' text, and the exact result to ten decimals with its codes.

    A row with a blank operand has no value; one with an operand that cannot be read, or a division by zero, is coded.
    """
    import numpy as np
    import pyarrow as pa

    tree, names = _parsed(text)
    columns = {name: table.column(headers[header]).combine_chunks() for name, header in names.items()}
    read = {n: numbers(c, unit=None, decimal=decimal, currency=currency, kind="number") for n, c in columns.items()}
    codes = np.full(table.num_rows, "", dtype=object)
    for reading in read.values():
        codes = np.where(codes == "", reading.codes, codes)
    lists = {n: reading.values.to_pylist() for n, reading in read.items()}
    values = []
    with localcontext(prec=60):
        for row in range(table.num_rows):
            value, code = _value(tree, {n: column[row] for n, column in lists.items()})
            values.append(value)
            codes[row] = codes[row] or code
    said = [f"{names[n]}=" for n in names]
    shown = _joined([columns[n] for n in names], said)
    return shown, Reading(pa.array(values, pa.decimal128(38, 10)), codes)


def _joined(columns: list[Any], said: list[str]) -> Any:
    import pyarrow.compute as pc

    parts = [pc.binary_join_element_wise(label, column, "") for label, column in zip(said, columns, strict=True)]
    return pc.binary_join_element_wise(*parts, "; ") if len(parts) > 1 else parts[0]


def _parsed(text: str) -> tuple[ast.expr | None, dict[str, str]]:
    """The tree of an expression with the header behind each of its names; no tree where it is none."""
    names: dict[str, str] = {}

    def plain(found: re.Match[str]) -> str:
        names[f"quoted_{len(names)}"] = tidy(found[1])
        return f"quoted_{len(names) - 1}"

    try:
        tree = ast.parse(re.sub(r"`([^`]+)`", plain, text).strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.setdefault(node.id, node.id)
        elif not _arithmetic(node):
            return None, {}
    return (None, {}) if isinstance(tree, ast.Name) and not names.get("quoted_0") else (tree, names)


def _arithmetic(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float)
    if isinstance(node, ast.operator):
        return type(node) in _OPERATORS
    return not isinstance(node, ast.expr) or isinstance(node, ast.BinOp | ast.UnaryOp)


def _value(tree: Any, row: dict[str, Decimal | None]) -> tuple[Decimal | None, str]:
    if any(value is None for value in row.values()):
        return None, ""
    try:
        return _walk(tree, row).quantize(_STEP), ""
    except (DivisionByZero, InvalidOperation):
        return None, "bad_number"


def _walk(node: Any, row: dict[str, Any]) -> Decimal:
    if isinstance(node, ast.Name):
        return row[node.id]
    if isinstance(node, ast.Constant):
        return Decimal(repr(node.value))
    if isinstance(node, ast.UnaryOp):
        return -_walk(node.operand, row) if isinstance(node.op, ast.USub) else _walk(node.operand, row)
    return _OPERATORS[type(node.op)](_walk(node.left, row), _walk(node.right, row))
