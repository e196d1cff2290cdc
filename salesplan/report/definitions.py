"""What the key figures are, in words: one definition per term, printed in every face's appendix."""

from __future__ import annotations

__all__ = ["definitions"]

from salesplan.report.contents import Contents

_MORE = ("attainment", "p_reach", "p_baseline", "p50")


def definitions(content: Contents) -> list[tuple[str, str]]:
    """(term, definition) of the key figures as the run computed them, then of what goals and forecasts are said in."""
    say, kept = content.words, content.definitions
    figures = [] if kept is None else list(zip(kept["metric"], kept["definition"], strict=True))
    return [(say.term(key), text) for key, text in [*figures, *((k, say.say(f"report_definition_{k}")) for k in _MORE)]]
