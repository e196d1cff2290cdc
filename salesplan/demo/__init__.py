"""A made-up Chinese maker of household goods: everything it delivers, made from one seed, with planted truths."""

from __future__ import annotations

__all__ = ["write"]

from salesplan.demo.writing import write
