"""Memory is that of all processes of a child, those that come and go within a call among them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sanderling.bench_device.peers import process
from sanderling.bench_device.peers.process import PeerProcess

CHILD = """
import json, os, subprocess, sys
taken = bytearray(30_000_000)
for line in sys.stdin:
    if json.loads(line)["do"] == "end":
        break
    big = "import time; taken = bytearray(90_000_000); time.sleep(.6)"
    subprocess.run([sys.executable, "-c", big], check=True)
    print(json.dumps({"threads": os.environ["OMP_NUM_THREADS"]}), flush=True)
"""


def test_the_peak_holds_a_process_that_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LOOKED_S", 0.05)
    with PeerProcess("it", [sys.executable, "-c", CHILD], {"threads": 3}, tmp_path / "log") as child:
        assert child.call("ask") == {"threads": "3"}
        assert child.peak_rss_bytes > 120_000_000
