"""The measurement of starting: every program runs, and a failing one is named. No time is asserted."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from sanderling.bench_device import startup
from sanderling.cli.bench import app
from sanderling.errors import SanderlingError


def test_every_program_is_started_in_every_round() -> None:
    report = startup.measure(rounds=2)
    assert [each.name for each in report.programs] == list(startup.PROGRAMS)
    for each in report.programs:
        assert len(each.wall_ms) == 2
        assert each.interval_ms is None
    bare, *others = report.programs
    assert bare.over_bare_ms == 0
    assert all(min(each.wall_ms) > 0 for each in others)


def test_a_program_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(startup.PROGRAMS, "broken", ("-c", "import sys; sys.exit('no such thing')"))
    with pytest.raises(SanderlingError, match="broken ended with exit code 1: no such thing"):
        startup.measure(rounds=1)


def test_a_program_that_hangs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(startup, "PROGRAMS", {"asleep": ("-c", "import time; time.sleep(30)")})
    with pytest.raises(SanderlingError, match=r"asleep did not end within 0\.2 s"):
        startup.measure(rounds=1)


def test_the_table_names_every_program() -> None:
    result = CliRunner().invoke(app, ["startup", "--rounds", "1"])
    assert result.exit_code == 0, result.output
    for name in startup.PROGRAMS:
        assert name in result.stdout
