"""Real processes, killed beside one another, lose nothing that was acknowledged; ``make torture`` kills more of them.

What is killed beside what is in ``tests/helpers/kill_scenarios.py``.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from sanderling.config import Config
from sanderling.models import registry

DRIVER = Path(__file__).parents[1] / "helpers" / "kill_driver.py"
KILLS = int(os.environ.get("SANDERLING_KILLS", "6"))
# Chosen anew each time, so that CI sees more cases in its life; set it to see one again.
SEED = int(os.environ.get("SANDERLING_KILLS_SEED") or secrets.randbelow(1 << 30))


# A kill takes some 3 s of two or three processes, on a busy machine several times that.
@pytest.mark.timeout(300 + 30 * KILLS)
@pytest.mark.model
def test_real_processes_killed_beside_one_another_lose_nothing_acknowledged(tmp_path: Path) -> None:
    if registry.installed_or_instead(Config().embedder) is None or registry.installed("smollm2-135m") is None:
        pytest.skip("the embedder or smollm2-135m is not here: run  make models")
    done = subprocess.run(
        [sys.executable, str(DRIVER), str(tmp_path), str(SEED), str(KILLS)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
        check=False,
    )
    print(done.stdout)
    again = f"SANDERLING_KILLS_SEED={SEED} SANDERLING_KILLS={KILLS} pytest {Path(__file__).name}"
    assert done.returncode == 0, f"{again}\n{done.stdout}"
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["killed"] >= KILLS, "a test that kills nobody tests nothing"
