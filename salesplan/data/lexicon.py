"""The words by which customers' comments are read: shipped, or a company's own."""

from __future__ import annotations

__all__ = ["lexicon"]

import tomllib
from importlib.resources import files

import pandas as pd

from salesplan import config
from salesplan.errors import PlanFileError

_SIDES = {"good": 1, "bad": -1}


def lexicon(plan: config.Plan) -> pd.DataFrame:
    """By which phrases is feedback read? Frame of topic, sentiment (1 good, −1 bad, 0 a negation) and phrase.

    The company's own file where [review] names one, else the shipped one. Errors: PlanFileError where the file is not
    there or not of that form.
    """
    own = plan.file.review.lexicon
    place = files("salesplan.data").joinpath("lexicon.toml") if own is None else plan.root / own
    if not place.is_file():
        raise PlanFileError(f"{place}: there is no such lexicon. Correct [review] lexicon, or take it out.")
    try:
        told = tomllib.loads(place.read_text(encoding="utf-8"))
        rows = [
            (topic, _SIDES[side], str(phrase))
            for topic, sides in told["topics"].items()
            for side, phrases in sides.items()
            for phrase in phrases
        ]
        rows += [("", 0, str(word)) for word in told.get("negations", [])]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, AttributeError, TypeError) as error:
        raise PlanFileError(
            f"{place}: no lexicon. It holds negations = [...] and, per topic, [topics.NAME] with good = [...] and "
            f"bad = [...] ({error})."
        ) from error
    return pd.DataFrame(rows, columns=["topic", "sentiment", "phrase"])
