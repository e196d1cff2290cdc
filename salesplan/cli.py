"""The commands, from init and check over run and report to diff, approve and lab."""

from __future__ import annotations

__all__ = ["main"]

import argparse
import ast
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from salesplan import __version__
from salesplan.errors import ChainError, SalesplanError

_DEMO = "data/demo/plan.toml"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status.

    0 done, 1 handled failure, 2 died or unhandled, 3 lock held, 130 and 143 told to stop.
    """
    # Jupyter's schema validator builds a grammar for 1.8 s that nothing here needs; it is optional to it.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    # With several threads Arrow now and then aborts a process that has done its work (apache/arrow#34314).
    for threads in ("OMP_NUM_THREADS", "ARROW_IO_THREADS"):
        os.environ.setdefault(threads, "1")
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.command(arguments))
    except SalesplanError as error:
        print(f"salesplan: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"salesplan: {error.strerror or error} ({error.filename or 'no file'})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception:
        traceback.print_exc()
        return 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A mistyped command is a handled failure: 2 means that a run died."""
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="salesplan", description="A sales plan, re-run every quarter.")
    parser.add_argument("--version", action="version", version=f"salesplan {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_replay(commands)
    _add_readers(commands)
    _add_deciders(commands)
    init = commands.add_parser("init", help="make a workbook for one's own company")
    init.add_argument("folder", type=Path, help="a new folder; nothing in it is ever overwritten")
    init.add_argument(
        "files", type=Path, nargs="*", metavar="FILE", help="your own: what they are is guessed, and marked"
    )
    init.set_defaults(command=_init)
    demo = commands.add_parser("demo", help="make the demo company's data")
    demo.add_argument("folder", type=Path, nargs="?", default=Path("data/demo"))
    demo.add_argument("--seed", type=int, default=20260101, help="another seed makes another company")
    demo.add_argument("--orders", type=int, default=153_000, metavar="N", help="about how many order lines")
    planted = argparse.BooleanOptionalAction
    demo.add_argument("--plant", action=planted, default=True, help="whether events and causes are planted in it")
    demo.set_defaults(command=_demo)
    lab = commands.add_parser("lab", help="open JupyterLab on the notebooks; options after -- go to it")
    lab.add_argument("options", nargs="*", help="options of jupyter lab")
    lab.set_defaults(command=_lab)
    return parser


def _add_run(commands: Any) -> None:
    run = commands.add_parser("run", help="run the four notebooks and publish what they give")
    _add_plan(run)
    run.add_argument(
        "--as-of",
        required=True,
        metavar="QUARTER",
        help="the last closed fiscal quarter, as in 2025Q4; latest: that the books close",
    )
    run.add_argument(
        "--from", dest="start", default="", metavar="CHAPTER", help="take over the chapters before this one"
    )
    run.add_argument("--language", choices=("en", "zh"), default="", help="of what is published; else the plan's own")
    run.add_argument(
        "-p", "--parameter", action="append", default=[], metavar="NAME=VALUE", help="declared in a notebook"
    )
    run.add_argument("--again", action="store_true", help="compute also what is published from the same, and compare")
    run.add_argument("--restate", default="", metavar="REASON", help="publish anew a quarter that later ones follow")
    run.add_argument("--quiet", action="store_true", help="show only how it ended")
    run.add_argument("--log", choices=("plain", "json"), default="plain", help="json: one line an event")
    run.set_defaults(command=_run)


def _add_replay(commands: Any) -> None:
    again = commands.add_parser("replay", help="grade the plans that would have been made at past quarters")
    _add_plan(again)
    again.add_argument("--from", dest="first", required=True, metavar="QUARTER", help="the first plan, as in 2022Q4")
    again.add_argument("--to", dest="last", required=True, metavar="QUARTER", help="the last plan, and what is known")
    again.set_defaults(command=_replay)


def _add_readers(commands: Any) -> None:
    report = commands.add_parser("report", help="write page, Word and Excel of notebooks that were run by hand")
    _add_plan(report)
    report.add_argument("--as-of", required=True, metavar="QUARTER", help="the quarter they were run for, as in 2025Q4")
    report.add_argument("--language", choices=("en", "zh"), default="", help="they were run in; else the plan's first")
    report.set_defaults(command=_report)
    check = commands.add_parser("check", help="check the plan file and the data; nothing is run")
    _add_plan(check)
    check.add_argument("--as-of", metavar="QUARTER", help="the last closed fiscal quarter, as in 2025Q4")
    check.set_defaults(command=_check)
    verify = commands.add_parser("verify", help="is a published run still what was published?")
    _add_plan(verify)
    verify.add_argument("--as-of", metavar="QUARTER", help="one quarter; all of them where not given")
    verify.set_defaults(command=_verify)
    ledger = commands.add_parser("ledger", help="show what was published and decided, in order")
    _add_plan(ledger)
    ledger.set_defaults(command=_ledger)
    diff = commands.add_parser("diff", help="what changed between two runs, and why")
    run = {"metavar": "RUN", "help": "a quarter as in 2025Q4, a run id, or the folder of a run of any plan"}
    diff.add_argument("before", **run)
    diff.add_argument("now", **run)
    _add_plan(diff)
    diff.set_defaults(command=_diff)
    plans = commands.add_parser("schedule", help="print a set-up that runs the plan every quarter")
    plans.add_argument("scheduler", choices=("cron", "systemd", "github", "airflow"))
    _add_plan(plans)
    plans.set_defaults(command=_schedule)
    prune = commands.add_parser("prune", help="show which failed and unpublished runs may go; --yes deletes them")
    _add_plan(prune)
    prune.add_argument("--yes", action="store_true", help="delete what is shown")
    prune.set_defaults(command=_prune)


def _add_deciders(commands: Any) -> None:
    run = {"metavar": "RUN", "help": "a quarter as in 2025Q4 (what is published for it), or a run id"}
    about = {
        "submit": "hand in a published plan for somebody else to approve",
        "approve": "make a published plan the one that its year is held to",
        "revise": "take an approved plan's open months from what a run proposes",
        "lock": "close an approved plan for good: no revision changes it any more",
    }
    for name, text in about.items():
        parser = commands.add_parser(name, help=text)
        if name == "lock":
            parser.add_argument("year", metavar="YEAR", help="the fiscal year, as in 2026")
        else:
            parser.add_argument("run", **run)
        if name == "revise":
            parser.add_argument("--since", default="", metavar="PERIOD", help="first month or quarter that changes")
        parser.add_argument(
            "--by", required=True, metavar="NAME", help="who decides; approved by other than the author"
        )
        parser.add_argument("--reason", default="", required=name == "revise", help="why")
        _add_plan(parser)
        parser.set_defaults(command=_decide, decision=name)


def _add_plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plan", default=_DEMO, metavar="FILE", help=f"the plan file ({_DEMO})")
    parser.add_argument("--outputs", type=Path, metavar="DIR", help="one folder per plan in it (outputs)")


def _run(arguments: argparse.Namespace) -> int:
    from salesplan import chain

    request = chain.Request(
        arguments.plan,
        arguments.as_of,
        language=arguments.language,
        start=arguments.start,
        outputs=arguments.outputs,
        parameters=dict(_parameter(text) for text in arguments.parameter),
        again=arguments.again,
        restate=arguments.restate,
    )
    style = "quiet" if arguments.quiet else arguments.log
    outcome = chain.run(request, say=chain.listener(style))
    if outcome.exit_status:
        print(f"salesplan: {outcome.message}", file=sys.stderr)
    else:
        print(outcome.message)
    return outcome.exit_status


def _replay(arguments: argparse.Namespace) -> int:
    from salesplan import chain, targets
    from salesplan.words import words

    plan, layout = _plan(arguments), chain.layout_of(_plan(arguments), outputs=arguments.outputs)
    with chain.hold(layout):
        about = {"first": arguments.first, "last": arguments.last, "layout": layout, "seed": plan.file.company.seed}
        table = chain.replay(plan, **about, say=print)
    print(targets.say_replay(table, words=words("en")).text)
    for row in targets.reliability(table).to_dict("records"):
        tenth = f"{row['low']:.1f} to {row['high']:.1f}"
        print(f"stated {tenth}: {row['n']} times, on average {row['stated']:.2f}; came true {row['reached']:.2f}")
    return 0


def _parameter(text: str) -> tuple[str, Any]:
    name, found, value = text.partition("=")
    if not found:
        raise ChainError(f"--parameter {text!r}: write NAME=VALUE.")
    try:
        plain = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        plain = value
    return name, plain if isinstance(plain, int | float | bool | str) else value


def _check(arguments: argparse.Namespace) -> int:
    from salesplan import chain

    for line in chain.check(arguments.plan, as_of=arguments.as_of, outputs=arguments.outputs):
        print(line)
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from salesplan import report, workspace

    plan = str(Path(arguments.plan).resolve())
    space = workspace.open(plan, as_of=arguments.as_of, chapter=workspace.CHAPTERS[-1], language=arguments.language)
    if missing := [c for c in workspace.CHAPTERS if not space.findings(c)]:
        raise ChainError(
            f"{space.folder}: {missing[0]} has told nothing there. Run the four notebooks for {space.as_of} in order, "
            f"as in: papermill notebooks/{missing[0]}.ipynb - -p as_of {space.as_of}."
        )
    for place in report.publish(space.folder, workspace=space):
        print(place)
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from salesplan import chain

    layout = chain.layout_of(_plan(arguments), outputs=arguments.outputs)
    quarters = [arguments.as_of] if arguments.as_of else layout.quarters()
    found = chain.verify_published(layout, quarters=quarters)
    for line in found:
        print(line)
    if not found:
        print(f"{', '.join(quarters) or 'no quarter'}: as published")
    return int(bool(found) or not quarters)


def _ledger(arguments: argparse.Namespace) -> int:
    from salesplan import baseline, chain, ledger

    layout = chain.layout_of(_plan(arguments), outputs=arguments.outputs)
    folder = layout.ledger
    for year in sorted(p.stem for p in folder.glob("*.jsonl")):
        for event in ledger.events(folder, year=year):
            facts = " ".join(f"{k}={v}" for k, v in event.facts.items())
            print(f"{year} #{event.number} {event.kind} {facts} {event.sha256[:12]}")
    found = chain.verify_ledger(layout)
    for year in [] if found else sorted(p.stem for p in folder.glob("*.jsonl")):
        print(f"{year}: {baseline.state(layout.base, year=year)}")
    for line in found:
        print(line, file=sys.stderr)
    return int(bool(found))


def _decide(arguments: argparse.Namespace) -> int:
    from salesplan import chain

    plan = _plan(arguments)
    layout = chain.layout_of(plan, outputs=arguments.outputs)
    deciders: dict[str, Callable[..., Any]] = {
        "submit": chain.submit,
        "approve": chain.approve,
        "revise": chain.revise,
        "lock": chain.lock_year,
    }
    given = {k: getattr(arguments, k) for k in ("run", "year", "since", "by", "reason") if hasattr(arguments, k)}
    with chain.hold(layout):
        event = deciders[arguments.decision](plan, layout=layout, **given)
    told = event.facts
    if event.kind == "revised":
        print(
            f"revised from {told['since']} on by {told['approver']}: goal {told['before']:,.2f} (probability "
            f"{told['p_before']:.2f}) to {told['after']:,.2f} ({told['p_after']:.2f})"
        )
    else:
        odds = f", probability {told['p_reach']:.2f}" if "p_reach" in told else ""
        what = told.get("run_id", told.get("plan_year"))
        print(f"{event.kind}: {what} by {told['approver']}: goal {told['goal']:,.2f}{odds}")
    return 0


def _diff(arguments: argparse.Namespace) -> int:
    from salesplan import chain

    plan, layout = _plan(arguments), chain.layout_of(_plan(arguments), outputs=arguments.outputs)
    found = chain.diff(*(chain.named(layout, run) for run in (arguments.before, arguments.now)), plan=plan)
    for row in found.bridge[found.bridge["dimension"] == "total"].to_dict("records"):
        moved = "" if row["step"] in ("before", "after") else f"{row['landing_change']:+,.2f}"
        print(
            f"{row['step']:<12}{moved:>20}{row['landing']:>22,.2f}  p {row['p_reach']:.3f}  goal {row['target']:,.2f}"
        )
    for finding in found.findings:
        print(finding.text)
    return 0


def _schedule(arguments: argparse.Namespace) -> int:
    from salesplan import chain

    plan = _plan(arguments)
    beside = Path(sys.executable).with_name("salesplan")
    program = [str(beside)] if beside.is_file() else [sys.executable, "-m", "salesplan.cli"]
    about = {"plan": plan.path.resolve(), "root": chain.home(plan.path), "program": program}
    print(chain.schedule(arguments.scheduler, **about, first_month=plan.file.company.fiscal_year_start), end="")
    return 0


def _prune(arguments: argparse.Namespace) -> int:
    from salesplan import chain

    layout = chain.layout_of(_plan(arguments), outputs=arguments.outputs)
    with chain.hold(layout):
        for place in chain.disposable(layout):
            print(f"{'deleted' if arguments.yes else 'may go'}: {place.relative_to(layout.base)}")
            if arguments.yes:
                shutil.rmtree(place)
    return 0


def _init(arguments: argparse.Namespace) -> int:
    from salesplan import chain

    made = chain.found_workbook(arguments.folder, files=arguments.files)
    plan = arguments.folder / "plan.toml"
    print(f"{arguments.folder}: a workbook of {len(made)} files")
    if arguments.files:
        for line in chain.understood(plan.read_text(encoding="utf-8")):
            print(line)
        print(f"Look at every line marked 'guess' in {plan}, then:")
    print(f"salesplan check --plan {plan}")
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from salesplan import demo

    made = demo.write(arguments.folder, seed=arguments.seed, lines=arguments.orders, plant=arguments.plant)
    for place in made:
        print(place)
    return 0


def _lab(arguments: argparse.Namespace) -> int:
    from salesplan.workspace import find_root

    root = find_root()
    options = list(arguments.options)
    here = ("localhost", "127.0.0.1", "::1")
    open_to = [o.split("=", 1)[1] for o in options if o.startswith(("--ip=", "--ServerApp.ip="))]
    unsafe = [o for o in options if o.endswith((".token=", ".password=")) or "disable_check_xsrf" in o]
    if any(ip not in here for ip in open_to) or "--ip" in options or unsafe:
        raise ChainError("lab serves this machine only, and with a token. Use a notebook server for more.")
    place = ["--LabApp.default_url=/lab/tree/notebooks", f"--ServerApp.root_dir={root}"]
    command = [sys.executable, "-m", "jupyterlab", *place, *options]
    return subprocess.call(command, cwd=root, env=dict(os.environ))  # noqa: S603


def _plan(arguments: argparse.Namespace) -> Any:
    from salesplan import config

    return config.load(arguments.plan)


if __name__ == "__main__":
    sys.exit(main())
