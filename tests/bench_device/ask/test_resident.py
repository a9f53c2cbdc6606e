from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_in_version import stand_in_version

from sanderling.bench_device.ask.cold import Cold
from sanderling.bench_device.ask.resident import Resident
from sanderling.bench_device.ask.version import Version, other
from sanderling.errors import SanderlingError


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Version]:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    yield other(stand_in_version(tmp_path / "tree", "old"), tmp_path / "v")


def test_one_process_answers_all(version: Version) -> None:
    resident = Resident(version, {"model": "m", "n_threads": 1}, "warm up", ordinary=True)
    try:
        process = resident._process
        asked = [resident.ask(f"question {number}", 64) for number in range(3)]
        # One that fails costs itself only.
        with pytest.raises(SanderlingError, match="before: RuntimeError: no such thing"):
            resident.ask("fail", 64)
        assert resident.ask("another", 64).said.text == "old knows"
        assert process.poll() is None
    finally:
        resident.close()
    assert process.returncode == 0
    assert {each.said.text for each in asked} == {"old knows"}
    assert all(0 < each.wall_ms < 10_000 for each in asked)
    assert (asked[0].said.tokens.prompt, asked[0].said.route.context_bin) == (110, "small")


def test_a_model_that_does_not_open_is_said_and_leaves_no_process(version: Version) -> None:
    with pytest.raises(SanderlingError, match="absent is not here"):
        Resident(version, {"model": "absent"}, "warm up", ordinary=False)


def test_a_process_that_was_killed_is_said(version: Version) -> None:
    resident = Resident(version, {"model": "m"}, "warm up", ordinary=False)
    resident._process.kill()
    resident._process.wait()
    with pytest.raises(SanderlingError, match="ended without an answer"):
        resident.ask("question", 64)
    resident.close()


def test_each_cold_question_is_a_process(version: Version) -> None:
    cold = Cold(version, ["--model", "m"])
    asked = cold.ask("--question that looks like an option", 64)
    assert asked.said.text == "old knows"
    # Starting Python is a part of it.
    assert asked.wall_ms > 1
    with pytest.raises(SanderlingError, match="no such thing"):
        cold.ask("fail", 64)
    cold.close()
