"""Runs the tiny workbook in a process of its own, killing itself at the n-th step where it is told to."""

import os
import signal
import sys
from pathlib import Path

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from salesplan import chain  # noqa: E402
from tests import chain_double  # noqa: E402


def main() -> int:
    """Arguments: the workbook's folder and the step (from 1) at which to be killed; 0 is never."""
    folder, at = Path(sys.argv[1]), int(sys.argv[2])
    seen = 0

    def say(event: str, facts: dict[str, object]) -> None:
        nonlocal seen
        print(event, facts, flush=True)
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)

    outcome = chain.run(chain_double.request(folder), means=chain_double.means(folder), say=say)
    print(outcome.message, flush=True)
    return outcome.exit_status


if __name__ == "__main__":
    sys.exit(main())
