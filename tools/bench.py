"""What a run costs, as ratios to what it could cost at least; writes docs/benchmarks.md.

The chain against the same calls in one plain script; reading, checking and the cube at 1e5, 1e6 and 1e7 order lines
beside the bare query on the same file and beside pandas; a total shared over 1e5 and 1e6 cells. Each figure is the
least of several runs in processes of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
SIZES = (100_000, 1_000_000, 10_000_000)
CELLS = (100_000, 1_000_000)
PLAN = """[company]
name = "bench"
title = "Bench"
currency = "CNY"
[sources.orders]
path = "orders.parquet"
"""
# Six years of order lines, three to an order, 20,000 customers, 3,000 products in 5 x 9 x 3 x 3 cells.
LINES = """COPY (
SELECT 'O' || lpad((i // 3)::VARCHAR, 9, '0') AS order_id, (1 + i % 3)::VARCHAR AS line_no,
    DATE '2020-01-01' + ((i // 3) * 2191 // ({lines} // 3 + 1))::INTEGER AS order_date,
    'C' || lpad((hash(i // 3) % 20000)::VARCHAR, 5, '0') AS customer_id,
    'P' || lpad((hash(i, 1) % 3000)::VARCHAR, 4, '0') AS product_id,
    'K' || (hash(i, 1) % 5)::VARCHAR AS category, 'R' || (hash(i // 3) % 9)::VARCHAR AS region,
    'G' || (hash(i // 3) % 3)::VARCHAR AS customer_group, 'H' || (hash(i // 3, 7) % 3)::VARCHAR AS channel,
    (1 + hash(i, 2) % 40)::INTEGER AS quantity,
    ((1 + hash(i, 2) % 40) * (500 + hash(i, 3) % 9000) / 100)::DECIMAL(18, 2) AS net_sales,
    ((600 + hash(i, 3) % 9000) / 100)::DECIMAL(18, 2) AS list_price,
    ((1 + hash(i, 2) % 40) * (300 + hash(i, 3) % 5000) / 100)::DECIMAL(18, 2) AS cost
FROM range({lines}) AS t(i)) TO '{place}' (FORMAT parquet)"""
KEYS = ("product", "region", "customer_group", "channel")
QUERY = """SELECT strftime(order_date, '%Y-%m') AS period, product, region, customer_group, channel,
    sum(net_sales), sum(quantity), sum(cost), sum(round(list_price * quantity, 2)), count(*),
    count(DISTINCT order_id), count(DISTINCT customer_id)
FROM read_parquet('{place}') GROUP BY ALL ORDER BY ALL"""


# What is measured, each in a process of its own


def read(folder: Path) -> int:
    """Reads, checks and keeps the order lines, anew; the number accepted."""
    from salesplan import config, data

    sources = data.read(config.load(folder / "plan.toml"), cut_off=None, cache=folder / "cache")
    return int(sources.reconciliation["rows_accepted"].iloc[0])


def accepted(folder: Path) -> Path:
    """Where the accepted lines lie once they were read."""
    return next((folder / "cache").glob("*/source_orders.parquet"))


def cube(folder: Path) -> int:
    """The monthly cube of the accepted lines; its lines."""
    import ibis

    from salesplan import facts
    from salesplan.periods import FiscalCalendar

    orders = ibis.duckdb.connect().read_parquet(accepted(folder), table_name="orders")
    return int(facts.monthly_cube(orders, calendar=FiscalCalendar())["lines"].sum())


def query(folder: Path) -> int:
    """The bare query on the same file."""
    import duckdb

    rows = duckdb.connect().execute(QUERY.format(place=accepted(folder))).df()
    return int(rows["count_star()"].sum())


def pandas(folder: Path) -> int:
    """The same by pandas on the same file."""
    import pandas as pd

    columns = ["order_date", *KEYS, "order_id", "customer_id", "net_sales", "quantity", "cost", "list_price"]
    lines = pd.read_parquet(accepted(folder), columns=columns)
    money = {c: lines[c].astype("float64") for c in ("net_sales", "cost", "list_price", "quantity")}
    month = pd.to_datetime(lines["order_date"]).dt.strftime("%Y-%m")
    lines = lines.assign(period=month, **money, listed=(money["list_price"] * money["quantity"]).round(2))
    sums = dict.fromkeys(("net_sales", "quantity", "cost", "listed"), "sum")
    found = lines.groupby(["period", *KEYS]).agg({**sums, "order_id": ["nunique", "size"], "customer_id": "nunique"})
    return int(found["order_id", "size"].sum())


def shared(count: int) -> dict[str, float]:
    """Seconds and errors of sharing a total over a table of ``count`` cells, its four margins fixed, cells bounded."""
    from salesplan.allocation import Margin, allocated

    rng = np.random.default_rng(7)
    shape = (count // 12 // 10 // 10, 10, 10, 12)
    codes = np.indices(shape).reshape(len(shape), -1)
    start = rng.lognormal(0, 1, codes.shape[1])
    truth = np.floor(start * rng.lognormal(0, 0.2, len(start)) * 10**5).astype("int64")
    margins = []
    for number, code in enumerate(codes):
        sums = np.bincount(code, weights=truth, minlength=shape[number]).astype("int64")
        margins.append(Margin(code, [f"{number}.{n}" for n in range(shape[number])], sums, sums))
    keys = [f"{n:08d}" for n in range(len(start))]
    bounds = (truth // 3, truth * 3 + 1)
    before, begun = time.process_time(), time.perf_counter()
    found = allocated(start, total=int(truth.sum()), margins=margins, keys=keys, bounds=bounds)
    used = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - before, "cells": len(start)}
    off = max(np.abs(np.bincount(m.of, weights=found) - m.low).max() for m in margins)
    outside = int(((found < bounds[0]) | (found > bounds[1])).sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {**used, "off": float(off), "outside": outside, "peak": peak}


PARTS: dict[str, Callable[[Path], int]] = {"read": read, "cube": cube, "query": query, "pandas": pandas}


def part(name: str, folder: Path) -> None:
    """Does one part in this process and prints its seconds, CPU seconds, peak memory and what it counted."""
    import duckdb  # noqa: F401 - imports are not what is measured
    import ibis.backends.duckdb  # noqa: F401
    import pandas as pd  # noqa: F401

    from salesplan import data, facts  # noqa: F401

    before, begun = time.process_time(), time.perf_counter()
    counted = PARTS[name](folder)
    used = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - before, "counted": counted}
    print(json.dumps({**used, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}))


# How it is measured


def scaled(folder: Path, lines: int, *, repeat: int) -> dict[str, dict[str, float]]:
    """Every part at one size, the least of ``repeat`` runs in turn."""
    import duckdb

    folder.mkdir()
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    duckdb.connect().execute(LINES.format(lines=lines, place=folder / "orders.parquet"))
    best: dict[str, dict[str, float]] = {}
    for _ in range(repeat):
        for name in PARTS:
            if name == "read":
                subprocess.run(["rm", "-rf", str(folder / "cache")], check=True)  # noqa: S603, S607
            done = ran([sys.executable, __file__, "--part", name, "--folder", str(folder)])
            found = json.loads(done)
            if found["counted"] != lines:
                sys.exit(f"{name} counted {found['counted']:,} of {lines:,} lines")
            if name not in best or found["seconds"] < best[name]["seconds"]:
                best[name] = found
    return best


def sharing(count: int, *, repeat: int) -> dict[str, float]:
    """The quickest of ``repeat`` shares over this many cells."""
    done = [json.loads(ran([sys.executable, __file__, "--share", str(count)])) for _ in range(repeat)]
    return min(done, key=lambda one: one["seconds"])


def ran(command: list[str], **more: str) -> str:
    """What a command prints, with ``more`` in its environment; ends with its complaint where it fails."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ARROW_IO_THREADS": "1", **more}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)  # noqa: S603
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def timed(command: list[str], **more: str) -> tuple[float, float]:
    """Wall and CPU seconds of a command, with ``more`` in its environment, and everything it started."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran(command, **more)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def plain_script(plan: str, *, as_of: str, folder: str) -> str:
    """The code cells of the four notebooks and the report, one after the other, as one script."""
    import nbformat

    lines = []
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                lines.append(cell.source)
                if "parameters" in cell.metadata.get("tags", []):
                    lines.append(f"plan, as_of, folder = {plan!r}, {as_of!r}, {folder!r}")
    lines.append("from pathlib import Path\nfrom salesplan import report\nreport.publish(Path(folder), workspace=ws)")
    return "\n\n".join(lines) + "\n"


def chained(plan: str, as_of: str, *, repeat: int) -> dict[str, Any]:
    """The chain and the plain script in turn: the least wall and CPU seconds of each, and the chain's own timings."""
    chain, plain = [], []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "plain.py")
        for turn in range(repeat):
            out = Path(folder, f"out{turn}")
            command = [sys.executable, "-m", "salesplan.cli", "run", "--quiet", "--outputs", str(out)]
            chain.append(timed([*command, "--plan", plan, "--as-of", as_of]))
            script.write_text(plain_script(plan, as_of=as_of, folder=str(Path(folder, f"plain{turn}"))))
            plain.append(timed([sys.executable, str(script)], SALESPLAN_CACHE=str(Path(folder, f"cache{turn}"))))
        manifest = json.loads(next(out.glob(f"*/{as_of}/manifest.json")).read_text(encoding="utf-8"))
    least = {
        "chain": [min(t[n] for t in chain) for n in (0, 1)],
        "script": [min(t[n] for t in plain) for n in (0, 1)],
    }
    return {**least, "stages": manifest["timings"]}


# What is written down


def slope(found: dict[int, dict[str, dict[str, float]]], name: str) -> float:
    """The exponent of seconds in lines, from the two larger sizes: fixed costs weigh on the smallest."""
    sizes = sorted(found)[-2:]
    seconds = [found[n][name]["seconds"] for n in sizes]
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def document(
    chain: dict[str, Any], found: dict[int, dict[str, dict[str, float]]], shares: list[dict[str, float]]
) -> str:
    """The figures as a document."""
    wall, cpu = (chain["chain"][n] / chain["script"][n] for n in (0, 1))
    lines = [
        "# Benchmarks",
        "",
        f"Made by `make bench` on {os.cpu_count()} processors, Python {platform.python_version()}. The least of "
        "several runs, each in a process of its own. Ratios travel from machine to machine; seconds do not.",
        "",
        "## The chain against one plain script",
        "",
        "The script makes the same calls in the same order, and the report, in one process: no kernels, no judging, "
        "no gates, no publication. Both read the demo company's deliveries anew and write its two languages.",
        "",
        "| | wall | CPU |",
        "|---|---:|---:|",
        *(f"| {name} | {chain[name][0]:.1f} s | {chain[name][1]:.1f} s |" for name in ("chain", "script")),
        f"| ratio | {wall:.2f} | {cpu:.2f} |",
        "",
        "| stage of the chain | seconds |",
        "|---|---:|",
        *(f"| {stage} | {seconds:.1f} |" for stage, seconds in chain["stages"].items()),
        "",
        "## Reading and the cube",
        "",
        "Order lines from parquet are read, checked line by line and kept (`data.read`); the cube is "
        "`facts.monthly_cube` of what was accepted; the query is the same aggregation by DuckDB alone on the same "
        "file, and so is pandas. Memory is the peak of the process.",
        "",
        "| lines | read and checked | memory | cube | memory | bare query | cube ÷ query | pandas | memory |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for size, parts in sorted(found.items()):
        took = {name: f"{parts[name]['seconds']:.2f} s | {parts[name]['peak']:.2f} GB" for name in PARTS}
        ratio = parts["cube"]["seconds"] / parts["query"]["seconds"]
        bare = f"{parts['query']['seconds']:.2f} s"
        lines.append(f"| {size:,} | {took['read']} | {took['cube']} | {bare} | {ratio:.2f} | {took['pandas']} |")
    slopes = ", ".join(f"{name} {slope(found, name):.2f}" for name in PARTS)
    lines += ["", f"Growth from {sorted(found)[-2]:,} to {max(found):,} lines, as the exponent of lines: {slopes}.", ""]
    lines += [
        "## A total shared over cells",
        "",
        "`allocation.allocated` over a full table of four dimensions, all four margins fixed, every cell between a "
        "third and three times a known answer. Off: the largest difference of a margin from what was asked [cents].",
        "",
        "| cells | seconds | memory | off | cells outside their bounds |",
        "|---:|---:|---:|---:|---:|",
    ]
    for one in shares:
        figures = f"{one['seconds']:.1f} s | {one['peak']:.2f} GB | {one['off']:.0f} | {one['outside']}"
        lines.append(f"| {one['cells']:,} | {figures} |")
    lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Measures, prints and writes docs/benchmarks.md."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--plan", default="data/demo/plan.toml")
    ask.add_argument("--as-of", default="2025Q4")
    ask.add_argument("--repeat", type=int, default=3)
    ask.add_argument("--largest", type=int, default=max(SIZES), help="sizes above are left out")
    ask.add_argument("--part", choices=PARTS, help="do one part in this process (for the bench itself)")
    ask.add_argument("--folder", type=Path, help="of the part")
    ask.add_argument("--share", type=int, help="share a total over this many cells in this process")
    asked = ask.parse_args()
    if asked.part:
        part(asked.part, asked.folder)
        return
    if asked.share:
        print(json.dumps(shared(asked.share)))
        return
    with tempfile.TemporaryDirectory() as folder:
        sizes = [size for size in SIZES if size <= asked.largest]
        found = {size: scaled(Path(folder, str(size)), size, repeat=asked.repeat) for size in sizes}
    shares = [sharing(count, repeat=asked.repeat) for count in CELLS if count <= asked.largest]
    text = document(chained(asked.plan, asked.as_of, repeat=asked.repeat), found, shares)
    (ROOT / "docs").mkdir(exist_ok=True)
    (ROOT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
