"""Moves a finished run to where its readers look, in one step, and repairs what a crash left half done."""

from __future__ import annotations

__all__ = ["followed", "heal", "publish"]

from pathlib import Path
from typing import Any

from salesplan import ledger
from salesplan.chain import manifest
from salesplan.chain.layout import sync
from salesplan.chain.preflight import Ground
from salesplan.chain.progress import Listener
from salesplan.errors import ChainError
from salesplan.provenance import sha256_of


def publish(ground: Ground, *, staged: Path, content: dict[str, Any], say: Listener, restate: str = "") -> Path:
    """Publishes a staged run with this manifest; readers see the old run or this one whole, never a mixture.

    A quarter that later ones follow keeps the run that its readers have, unless ``restate`` says why not.

    The order is: everything on disk, manifest, rename into ``runs``, pointer, ledger. A crash between two steps
    leaves the old run current, or this one with a link or an event that the next run adds.
    """
    layout = ground.layout
    sync(staged, deep=True)
    manifest.write(staged, content)
    if wrong := manifest.verify(staged):
        raise ChainError(f"Not published: {wrong[0]} while the run was being published.")
    say("step", {"step": "manifest written"})
    place = layout.run(content["run_id"])
    place.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(place)
    sync(place.parent)
    sync(layout.base)
    say("step", {"step": "renamed"})
    if followed(ground) and not restate:
        return place
    layout.point(content["run_id"])
    say("step", {"step": "pointer moved"})
    try:
        layout.mend_link(content["as_of"])
        _record(ground, content["run_id"], restate=restate)
    except OSError as error:
        raise ChainError(
            f"{content['run_id']} is published, but the link to it or its line in the ledger could not be written "
            f"({error.strerror}); the next run adds it."
        ) from error
    say("step", {"step": "ledger written"})
    return place


def followed(ground: Ground) -> str:
    """The first later quarter that was published, where this one was too; nothing where none follows."""
    later = [q for q in ground.layout.quarters() if q > ground.as_of]
    return later[0] if later and ground.layout.current(ground.as_of) else ""


def heal(ground: Ground, *, say: Listener) -> None:
    """Finishes or sets aside what an interrupted run left: staging, links that lag, publications not yet recorded."""
    layout = ground.layout
    for left in sorted(layout.staging.glob("*")):
        layout.set_aside(left)
        say("cleared", {"run_id": left.name})
    for as_of in layout.quarters():
        if layout.mend_link(as_of):
            say("healed", {"what": f"the link of {as_of} now leads to its current run"})
    current = layout.current(ground.as_of)
    if current and not manifest.verify(layout.run(current)) and _record(ground, current):
        say("healed", {"what": f"the publication of {current} is now in the ledger"})


def _record(ground: Ground, run_id: str, *, restate: str = "") -> bool:
    """Adds the publication to the ledger of its plan year; False where it stands there already."""
    folder = ground.layout.run(run_id)
    content = manifest.read(folder)
    facts = {
        "as_of": content["as_of"],
        "run_id": run_id,
        "logical_id": content["logical_id"],
        "manifest_sha256": sha256_of(folder / manifest.NAME),
        "at": content["published_at"],
        **({"restated": restate} if restate else {}),
    }
    year = ground.calendar.plan_year(content["as_of"])
    return ledger.append(ground.layout.ledger, year=year, kind="published", facts=facts) is not None
