"""Killed at random points during ingest, pruning, write-back, compaction and repair, the memory loses nothing said.

``make torture`` runs more of them; what a run does and what must hold after it is in
``tests/helpers/torture_driver.py``.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).parents[1] / "helpers" / "torture_driver.py"
RUNS = int(os.environ.get("SANDERLING_TORTURE_RUNS", "200"))
# Chosen anew each time, so that CI sees more than 200 cases in its life; set it to see one again.
SEED = int(os.environ.get("SANDERLING_TORTURE_SEED") or secrets.randbelow(1 << 30))


# A run takes about 0.1 s, on a slow disk and beside other work up to ten times that.
@pytest.mark.timeout(60 + RUNS)
def test_killed_at_random_points_nothing_acknowledged_is_lost(tmp_path):
    done = subprocess.run(
        [sys.executable, str(DRIVER), str(tmp_path), str(SEED), str(RUNS)],
        capture_output=True,
        text=True,
        # A numerical library with threads of its own must not be forked.
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        },
        check=False,
    )
    again = f"SANDERLING_TORTURE_SEED={SEED} SANDERLING_TORTURE_RUNS={RUNS} pytest {Path(__file__).name}"
    assert done.returncode == 0, f"{again}\n{done.stdout}\n{done.stderr}"
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["runs"], summary["failures"]) == (RUNS, 0)
    # A test that kills nobody tests nothing.
    assert sum(count for outcome, count in summary.items() if outcome.endswith(" killed")) > RUNS / 4, summary
