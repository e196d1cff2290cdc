"""Runs the tiny workbook in a process of its own, struck by a fault where it is told to be; says what it changed."""

from __future__ import annotations

import sys
from pathlib import Path

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from salesplan import chain  # noqa: E402
from tests import chain_double  # noqa: E402
from tests.chain_double.faults import Faults  # noqa: E402


def run(folder: Path, *, kind: str = "", at: int | str = 0, start: str = "") -> tuple[chain.Outcome, list[str]]:
    """How a run ended, and what it changed on the disk, in order."""
    faults = Faults(folder / "outputs", kind=kind, at=at)
    faults.armed = True
    outcome = chain.run(chain_double.request(folder, start=start), means=chain_double.means(folder))
    faults.armed = False
    return outcome, faults.seen


def main() -> int:
    """Arguments: the workbook's folder, then the fault's kind and the file it strikes at, from the last chapter on."""
    folder, kind, at = Path(sys.argv[1]), *(sys.argv[2:] or ["", ""])
    outcome, changed = run(folder, kind=kind, at=at or 0, start="04" if kind else "")
    print("\n".join(changed), outcome.message, sep="\n", flush=True)
    return outcome.exit_status


if __name__ == "__main__":
    sys.exit(main())
