"""Sentences one after another, as each language sets them."""

from __future__ import annotations

__all__ = ["sentences"]

from salesplan.words import Words


def sentences(*parts: str, words: Words) -> str:
    """Sentences as one text: with a blank between them in English, without one in Chinese."""
    return ("" if words.language == "zh" else " ").join(part for part in parts if part)
