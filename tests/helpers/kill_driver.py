"""Kill real ``sanderling`` processes until so many were: ``python kill_driver.py FOLDER SEED KILLS``.

Prints a line for each failure, with the seed of its memory, and at the end a table in which nothing acknowledged may be
lost. The commands are the ones a user runs, with the real embedder; what a forked process can be killed at more finely
is in ``tests/helpers/torture_driver.py``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from kill_command import together
from kill_scenarios import SCENARIOS, Memories, PastRepair

from sanderling import config
from sanderling.models.embedder import open_embedder

RUNS_OF_A_MEMORY = 12
COUNTS = ("runs", "killed", "acknowledged checked", "lost", "not openable", "failed")


def main(folder: Path, seed: int, kills: int) -> int:
    home = folder / "home"
    home.mkdir(parents=True)
    (home / "models").symlink_to(config.home() / "models")
    embedder = open_embedder(n_threads=1)
    os.environ["OMP_NUM_THREADS"] = "1"
    table = {name: Counter[str]() for name in SCENARIOS}
    # However few processes die in time on a slow machine, it ends.
    most_runs = 6 * kills
    while (left := kills - sum(counts["killed"] for counts in table.values())) > 0 and most_runs > 0:
        seed += 1
        memories = Memories(folder / str(seed), home, embedder, seed)
        began = time.monotonic()
        memories.write(memories.folders[0])
        first = memories.ingest(memories.folders[0])
        assert together(first) == [0], first.complaints
        memories.expect(memories.folders[0], 0, [])
        memories.longest_s = time.monotonic() - began
        names = memories.random.choices(
            list(SCENARIOS), [weight for weight, _ in SCENARIOS.values()], k=RUNS_OF_A_MEMORY
        )
        for name in names:
            most_runs -= 1
            killed = table[name]["killed"]
            going_on = run(name, memories, table[name], seed)
            left -= table[name]["killed"] - killed
            if left <= 0 or not going_on:
                break
        shutil.rmtree(folder / str(seed), ignore_errors=True)
    show(table)
    failed = sum(counts[bad] for counts in table.values() for bad in ("lost", "not openable", "failed"))
    return 1 if failed else 0


def run(name: str, memories: Memories, counts: Counter[str], seed: int) -> bool:
    """Run one scenario and check; return whether the memory can serve another one."""
    memories.checked = memories.lost = memories.unopenable = memories.kills = 0
    going_on = True
    try:
        SCENARIOS[name][1](memories)
        memories.check()
    except PastRepair:
        going_on = False
    except Exception:
        going_on = False
        counts["failed"] += 1
        print(f"seed {seed}, {name}: {traceback.format_exc()}", flush=True)
    found = (1, memories.kills, memories.checked, memories.lost, memories.unopenable)
    counts.update(dict(zip(COUNTS, found, strict=False)))
    return going_on


def show(table: dict[str, Counter[str]]) -> None:
    total: Counter[str] = Counter()
    print(f"| scenario | {' | '.join(COUNTS)} |\n|---{'|---' * len(COUNTS)}|")
    for name, counts in table.items():
        total.update(counts)
        print(f"| {name} | {' | '.join(str(counts[count]) for count in COUNTS)} |")
    print(f"| all | {' | '.join(str(total[count]) for count in COUNTS)} |")
    print(json.dumps({count: total[count] for count in COUNTS}))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
