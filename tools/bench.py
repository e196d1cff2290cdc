"""The chain's CPU and wall time against the same calls in one plain script, as a ratio, and the time per stage."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent


def plain_script(plan: str, *, as_of: str, folder: str) -> str:
    """The code cells of the four notebooks, one after the other, as one script."""
    lines = []
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                lines.append(cell.source)
                if "parameters" in cell.metadata.get("tags", []):
                    lines.append(f"plan, as_of, folder = {plan!r}, {as_of!r}, {folder!r}")
    return "\n\n".join(lines) + "\n"


def measured(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of a command and everything it started; raises where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    wall = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measures both ways in turn and prints the best of each."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--plan", default="data/demo/plan.toml")
    ask.add_argument("--as-of", default="2025Q4")
    ask.add_argument("--repeat", type=int, default=3)
    asked = ask.parse_args()
    chain, plain = [], []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "plain.py")
        for turn in range(asked.repeat):
            out = Path(folder, f"out{turn}")
            run = [sys.executable, "-m", "salesplan.cli", "run", "--quiet", "--outputs", str(out)]
            chain.append(measured([*run, "--plan", asked.plan, "--as-of", asked.as_of]))
            staged = str(Path(folder, f"plain{turn}"))
            script.write_text(plain_script(asked.plan, as_of=asked.as_of, folder=staged), encoding="utf-8")
            plain.append(measured([sys.executable, str(script)]))
        published = next(out.glob(f"*/{asked.as_of}/manifest.json"))
        manifest = json.loads(published.read_text(encoding="utf-8"))
    (wall, cpu), (plain_wall, plain_cpu) = min(chain), min(plain)
    print(f"chain   {wall:6.1f} s wall  {cpu:6.1f} s CPU   (notebooks, checks, Word, Excel, web page)")
    print(f"script  {plain_wall:6.1f} s wall  {plain_cpu:6.1f} s CPU   (the same calls, nothing published)")
    print(f"ratio   {wall / plain_wall:6.2f}         {cpu / plain_cpu:6.2f}")
    for stage, seconds in manifest["timings"].items():
        print(f"  {stage:<28} {seconds:6.1f} s")


if __name__ == "__main__":
    main()
