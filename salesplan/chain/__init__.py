"""The chain: four notebooks run in order, judged, gated, and published whole or not at all."""

from salesplan.chain.approving import approve, lock_year, revise, submit
from salesplan.chain.checking import check
from salesplan.chain.comparing import diff, named
from salesplan.chain.first_plan import understood
from salesplan.chain.founding import found_workbook
from salesplan.chain.layout import Layout
from salesplan.chain.lock import hold
from salesplan.chain.manifest import verify
from salesplan.chain.progress import Listener, listener
from salesplan.chain.replay import replay, replayed_plans
from salesplan.chain.request import Means, Request, home, notebooks_folder
from salesplan.chain.results import Outcome
from salesplan.chain.retention import disposable, last_reconciliation, layout_of, verify_ledger, verify_published
from salesplan.chain.running import run
from salesplan.chain.schedule import schedule

__all__ = [
    "Layout",
    "Listener",
    "Means",
    "Outcome",
    "Request",
    "approve",
    "check",
    "diff",
    "disposable",
    "found_workbook",
    "hold",
    "home",
    "last_reconciliation",
    "layout_of",
    "listener",
    "lock_year",
    "named",
    "notebooks_folder",
    "replay",
    "replayed_plans",
    "revise",
    "run",
    "schedule",
    "submit",
    "understood",
    "verify",
    "verify_ledger",
    "verify_published",
]
