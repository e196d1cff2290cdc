"""A first plan file from a company's own files: every guess is marked, with what speaks for it."""

from __future__ import annotations

__all__ = ["first_plan", "understood"]

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from salesplan import config, data
from salesplan.errors import ChainError

_COLUMN_OF = {"product": "category", "region": "region", "customer_group": "customer_group", "channel": "channel"}


def first_plan(template: str, *, files: Sequence[Path], folder: Path) -> str:
    """The template with the sources that these files seem to be; paths lead from ``folder`` to them.

    Raises ChainError where a file is not there, DataError where one cannot be read.
    """
    if missing := [place for place in files if not place.is_file()]:
        raise ChainError(f"{missing[0]}: there is no such file; nothing was written.")
    guesses = data.guessed(files)
    by_source: dict[str, list[data.Guess]] = {}
    for guess in guesses:
        by_source.setdefault(guess.source or "", []).append(guess)
    unknown = by_source.pop("", [])
    head, _, rest = template.partition("[sources.orders]")
    head = head.replace(*_currency(by_source.get("orders", [])))
    kept, rest = rest.partition("[checks]")[::2]
    lines = [*_dimensions(by_source), *_sources(by_source, folder), *_unknown(unknown, folder)]
    if "orders" not in by_source:
        lines += ["", "# guess: none of the files looks like order lines, and without them there is no plan.", ""]
        lines += ["[sources.orders]" + kept.rstrip()]
    text = head.rstrip() + "\n\n" + "\n".join(lines) + "\n\n[checks]" + rest
    config.parse(text, name="plan.toml")
    return text


def understood(text: str) -> list[str]:
    """What a first plan file says of the files, in six lines."""
    plan = config.parse(text, name="plan.toml")
    orders = plan.sources["orders"]
    taken = orders.columns
    places = "; ".join(f"{name} in {_where(source)}" for name, source in plan.sources.items())
    parts = [f"{d} = {taken.get(_COLUMN_OF[d], 'of customers or products')}" for d in plan.dimension_columns]
    off = [d for d, column in plan.dimensions.items() if column is False]
    amount = taken.get("net_sales") or ("quantity times price" if orders.select else "not found")
    return [
        f"sources: {places}",
        f"days: {taken.get('order_date', 'not found')}, {'as ' + orders.dates if orders.dates else 'year first'}",
        f"money: {amount} in {orders.units.get('net_sales', 'units of one')}, {plan.company.currency}",
        f"who and what: {taken.get('customer_id', 'not found')}, {taken.get('product_id', 'not found')}",
        f"parts: {', '.join(parts) or 'none'}" + (f"; without {', '.join(off)}" if off else ""),
        f"to look at: {text.count('# guess')} guesses, {text.count('  # needed')} needed columns that were not found",
    ]


def _where(source: config.SourceFile) -> str:
    paths = [source.path] if isinstance(source.path, str) else source.path or list(source.files.values())
    return ", ".join(paths)


def _currency(orders: Sequence[data.Guess]) -> tuple[str, str]:
    """The template's line on the currency, and what it should say."""
    usual = 'currency = "CNY"'
    told = {cell.strip().upper() for cell in _cells(orders, "currency")}
    codes = sorted(code for code in told if re.fullmatch(r"[A-Z]{3}", code))
    if len(codes) > 1:
        why = f"the first order lines hold {', '.join(codes)}; lines in another than the plan's are to be excluded"
        return usual, f'currency = "{codes[0]}"  # guess: {why}'
    if codes:
        return usual, f'currency = "{codes[0]}"  # guess: the first order lines say so'
    borne = sorted({code for cell in _cells(orders, "net_sales") for code in data.currencies_of(cell)})
    if borne:
        others = f"; it is also that of {', '.join(borne[1:])}" if borne[1:] else ""
        return usual, f'currency = "{borne[0]}"  # guess: the amounts of the first order lines bear its sign{others}'
    return usual, usual + "  # guess: nothing in the first order lines says so"


def _cells(guesses: Sequence[data.Guess], column: str) -> list[str]:
    return [cell for guess in guesses if column in guess.columns for cell in guess.columns[column].cells]


def _dimensions(by_source: dict[str, list[data.Guess]]) -> Iterator[str]:
    there = {c for name in ("orders", "customers", "products") for g in by_source.get(name, []) for c in g.columns}
    lacking = [dimension for dimension, column in _COLUMN_OF.items() if column not in there]
    if lacking and "orders" in by_source:
        yield "[dimensions]"
        for dimension in lacking:
            yield f"{dimension} = false  # guess: no column of orders, customers or products looks like it"
        yield ""


def _sources(by_source: dict[str, list[data.Guess]], folder: Path) -> Iterator[str]:
    for name in (n for n in config.SOURCES if n in by_source):
        guesses = by_source[name]
        first = min(guesses, key=lambda guess: len(guess.lacking))
        alike = [
            g for g in guesses if {m.header for m in g.columns.values()} == {m.header for m in first.columns.values()}
        ]
        others = [g for g in guesses if g not in alike]
        paths = [_text(_way(g.file, folder)) for g in alike]
        yield f"[sources.{name}]  # guess: {len(first.columns)} of its columns are there"
        yield from _place(paths, first)
        yield from (f"{option}  # guess: {why}" for option, why in first.options)
        yield from _columns(name, first)
        yield from _lacking(first, others=others, folder=folder)
        yield ""


def _place(paths: Sequence[str], guess: data.Guess) -> Iterator[str]:
    """Where the source lies; order lines without an amount get it from quantity and price a unit."""
    if not guess.product:
        yield "path = " + (paths[0] if len(paths) == 1 else f"[{', '.join(paths)}]")
        return
    quantity, price = (_number(header, comma=_comma(guess)) for header in guess.product)
    yield f"files = {{ lines = {paths[0]} }}"
    statement = f"SELECT *, {quantity} * {price} AS net_sales FROM lines"  # noqa: S608
    yield f"select = {_text(statement)}  # guess: no column is an amount, so it is {' times '.join(guess.product)}"


def _comma(guess: data.Guess) -> bool:
    return any(option == 'decimal = ","' for option, _ in guess.options)


def _number(header: str, *, comma: bool) -> str:
    name = '"' + header.replace('"', '""') + '"'
    plain = f"replace(replace({name}, '.', ''), ',', '.')" if comma else f"replace({name}, ',', '')"
    return f"TRY_CAST({plain} AS DECIMAL(18, 4))"


def _columns(name: str, guess: data.Guess) -> Iterator[str]:
    yield ""
    yield f"[sources.{name}.columns]  # ours = yours"
    for column, match in guess.columns.items():
        cells = ", ".join(" ".join(cell.split())[:20] for cell in match.cells) or "empty"
        sure = "called so" if match.score >= 0.95 else "sounds like it"
        if column in guess.rivals:
            sure = f"say which it is: {match.header}, or {', '.join(guess.rivals[column])}"
        yield f"{column} = {_text(match.header)}  # guess: {sure}; as in {cells}"


def _lacking(guess: data.Guess, *, others: Sequence[data.Guess], folder: Path) -> Iterator[str]:
    for column in guess.lacking:
        yield f'# {column} = "…"  # needed, and nothing looks like it. Not used yet: {", ".join(guess.left) or "none"}'
    for other in others:
        yield f"# {_way(other.file, folder)} looks like the same source with other columns: {', '.join(other.columns)}."
    if guess.lacking and others:
        names = ", ".join(
            f"{n} = {_text(_way(g.file, folder))}" for n, g in zip("abcdefgh", [guess, *others], strict=False)
        )
        yield "# If the files belong together, write instead of path:"
        yield f"# files = {{ {names} }}"
        yield '# select = "SELECT … FROM a JOIN b ON …"  # every column is text there'


def _unknown(guesses: Sequence[data.Guess], folder: Path) -> Iterator[str]:
    for guess in guesses:
        yield f"# guess: {_way(guess.file, folder)} is none of the sources; its columns are {', '.join(guess.left)}"


def _way(place: Path, folder: Path) -> str:
    return Path(os.path.relpath(place.resolve(), folder.resolve())).as_posix()


def _text(value: str) -> str:
    """A TOML string."""
    return json.dumps(value, ensure_ascii=False)
