"""One SELECT, and nothing else, as a parser of its dialect reads it."""

from __future__ import annotations

__all__ = ["one_select"]

from salesplan.errors import DataError


def one_select(statement: str, *, dialect: str, name: str) -> str:
    """The statement without its closing mark. Errors: DataError where it is not one SELECT that only reads."""
    import sqlglot
    from sqlglot import exp

    plain = statement.strip().rstrip("; \n\t")
    try:
        trees = sqlglot.parse(plain, dialect=dialect)
    except sqlglot.errors.SqlglotError as error:
        told = str(error).split("\n")[0][:200]
        raise DataError(f"sources.{name}.select cannot be understood: {told}") from None
    tree = trees[0] if len(trees) == 1 else None
    changes = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock)
    if not isinstance(tree, exp.Query) or any(not isinstance(n, exp.Query) for n in tree.find_all(*changes)):
        raise DataError(f"sources.{name}.select has to be one SELECT that only reads; found {plain[:60]!r}.")
    return plain
