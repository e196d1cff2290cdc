"""Takes over chapters of an earlier run, only where they would come out the same."""

from __future__ import annotations

__all__ = ["NOTE", "take_over", "write_note"]

import json
import shutil
from pathlib import Path
from typing import Any

from salesplan.chain import manifest, verdict
from salesplan.chain.identity import Identity
from salesplan.chain.layout import Layout, write_text
from salesplan.errors import ChainError
from salesplan.workspace import CHAPTERS

NOTE = "computed_from.json"
_CALLED = {
    "inputs": "the delivered data",
    "choices": "the plan file or a parameter",
    "code": "the package or its locked list",
    "notebooks": "a notebook",
    "previous": "the run of the quarter before",
}


def write_note(folder: Path, identity: Identity) -> None:
    """Notes in a staged run what it is computed from, so that a later run may take over its chapters."""
    write_text(folder / NOTE, json.dumps(identity.parts(), ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def take_over(layout: Layout, *, identity: Identity, start: str, folder: Path) -> list[tuple[str, str]]:
    """Copies the chapters before ``start`` from the latest run of the quarter that has them unchanged.

    Returns (chapter, run id) pairs. Raises ChainError with the reason where a chapter cannot be taken over.
    """
    wanted = CHAPTERS[: CHAPTERS.index(start)]
    reasons: list[str] = []
    for place in _candidates(layout, str(identity.choices["as_of"])):
        problem = _problem(place, identity=identity, chapters=wanted)
        if problem is None:
            for chapter in wanted:
                _copy(place, folder=folder, chapter=chapter)
            return [(chapter, place.name) for chapter in wanted]
        reasons.append(f"{place.name}: {problem}")
    why = "; ".join(reasons[:3]) or "there is no earlier run of this quarter"
    raise ChainError(f"--from {start[:2]} is refused: {why}. Run the whole chain.")


def _candidates(layout: Layout, as_of: str) -> list[Path]:
    failed = [p for p in reversed(layout.failures()) if p.name.startswith(f"{as_of}-")]
    current = layout.current(as_of)
    return failed + ([layout.run(current)] if current else [])


def _problem(place: Path, *, identity: Identity, chapters: tuple[str, ...]) -> str | None:
    """Why these chapters of this run cannot stand for a new computation; None where they can."""
    try:
        before: dict[str, Any] = json.loads((place / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "it does not say what it was computed from"
    now = identity.parts(chapters[-1])
    before["notebooks"] = {c: before.get("notebooks", {}).get(c) for c in chapters}
    if changed := [_CALLED[part] for part in now if now[part] != before.get(part)]:
        return f"{' and '.join(changed)} changed since"
    if (place / manifest.NAME).is_file() and (altered := manifest.verify(place)):
        return f"altered after publication, {altered[0]}"
    for chapter in chapters:
        if found := verdict.sentinel_problems(place, chapter):
            return f"{chapter}: {found[0]}"
        if not (place / "notebooks" / f"{chapter}.ipynb").is_file():
            return f"{chapter}: it was stopped before the executed notebook was written"
    return None


def _copy(place: Path, *, folder: Path, chapter: str) -> None:
    sentinel = json.loads((place / "sentinels" / f"{chapter}.json").read_text(encoding="utf-8"))
    # the sentinel comes last: where it stands, everything it vouches for does
    names = [*sentinel["outputs"], f"notebooks/{chapter}.ipynb", f"sentinels/{chapter}.json"]
    for name in names:
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise ChainError(f"{place.name}: {chapter} vouches for {name!r}, which lies outside its run.")
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place / name, target)
