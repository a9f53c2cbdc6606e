from __future__ import annotations

import os
from pathlib import Path

from sanderling.device.rivals import RECENT_S, Rivals


def says(root: Path, running: int) -> None:
    (root / "proc").mkdir(exist_ok=True)
    (root / "proc/loadavg").write_text(f"0.5 0.4 0.3 {running}/300 4242\n")


def test_the_mean_of_the_last_seconds_without_this_thread(tmp_path: Path, monkeypatch) -> None:
    now = [100.0]
    rivals = Rivals(tmp_path, clock=lambda: now[0])
    monkeypatch.setattr(os, "cpu_count", lambda: rivals.cpus)
    rivals.look()
    assert rivals.now() is None  # this system does not say
    for running in (5, 7, 1):
        says(tmp_path, running)
        rivals.look()
    assert rivals.now() == (4 + 6 + 0) / 3
    now[0] += RECENT_S - 1
    says(tmp_path, 3)
    rivals.look()
    now[0] += 2
    assert rivals.now() == 2.0
    now[0] += RECENT_S
    assert rivals.now() is None


def test_as_many_as_fit_run_on_the_cpus_that_are_not_ours(tmp_path: Path, monkeypatch) -> None:
    rivals = Rivals(tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: rivals.cpus + 4)
    says(tmp_path, 8)
    rivals.look()
    assert rivals.now() == 3.0
