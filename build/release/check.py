"""Runs every step of the release workflow that can run here, and reports on all steps.

``python build/release/check.py [JOB ...]`` runs the steps of these jobs, or of all; `--table` prints the steps for
RELEASING.md and runs none. A step that ends with 77 could not run here, and its last line says why. What a step says is
kept in target/release-check/logs. The exit code is 1 if a step failed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
NOT_RUN = 77


@dataclass(frozen=True)
class Step:
    """One step of a release job, on one platform if the job has several."""

    job: str
    step: str
    on: str = ""
    here: str = ""
    not_here: str = ""
    seen: str = ""

    @property
    def name(self) -> str:
        """Name of the step in the output."""
        return f"{self.job}: {self.step}" + (f", {self.on}" if self.on else "")


def steps(path: Path = TOP / "build/release/steps.toml") -> list[Step]:
    """Return the steps of the table at ``path``.

    Raises ValueError for a step that has both a command and a reason for having none, or neither.
    """
    found = [Step(**each) for each in tomllib.loads(path.read_text(encoding="utf-8"))["step"]]
    for each in found:
        if bool(each.here) == bool(each.not_here):
            raise ValueError(f"{each.name}: either a command (here) or the reason why there is none (not_here)")
    return found


def run(step: Step, top: Path, logs: Path) -> tuple[str, str]:
    """Run ``step`` in the folder ``top``; return its outcome and the last line of its output.

    The outcome is `passed`, `failed` or `not run`, the last with its reason in place of output.
    """
    if step.not_here:
        return "not run", step.not_here
    log = logs / (re.sub(r"\W+", "-", step.name) + ".log")
    with log.open("w", encoding="utf-8") as out:
        done = subprocess.run(["bash", "-c", step.here], cwd=top, stdout=out, stderr=subprocess.STDOUT, check=False)
    said = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    last = said[-1] if said else ""
    if done.returncode == NOT_RUN:
        return "not run", last
    return ("failed", f"{last} (all of it: {log})") if done.returncode else ("passed", last)


def table(found: list[Step]) -> str:
    """Return the steps as Markdown."""
    rows = ["| step of the workflow | run here | what came of it |", "|---|---|---|"]
    for each in found:
        ran = f"`{each.here}`" if each.here else "no"
        rows.append(f"| {each.name} | {ran} | {each.seen or f'not run: {each.not_here}'} |")
    return "\n".join(rows)


def main(arguments: list[str]) -> int:
    """Run the steps, print a line for each and a summary, and return the exit code."""
    parser = argparse.ArgumentParser(prog="check.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("jobs", nargs="*", metavar="JOB", help="run these jobs only")
    parser.add_argument("--table", action="store_true", help="print the steps as Markdown and run none")
    options = parser.parse_args(arguments)
    found = steps()
    if unknown := sorted(set(options.jobs) - {each.job for each in found}):
        parser.error(f"no such job: {', '.join(unknown)}; there are {', '.join(sorted({each.job for each in found}))}")
    if options.table:
        print(table(found))
        return 0
    logs = TOP / "target/release-check/logs"
    logs.mkdir(parents=True, exist_ok=True)
    count = {"passed": 0, "failed": 0, "not run": 0}
    for each in found:
        if options.jobs and each.job not in options.jobs:
            continue
        began = time.monotonic()
        state, said = run(each, TOP, logs)
        count[state] += 1
        print(f"{state:8}{time.monotonic() - began:6.0f} s  {each.name}: {said}", flush=True)
    print(", ".join(f"{number} {state}" for state, number in count.items()))
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
