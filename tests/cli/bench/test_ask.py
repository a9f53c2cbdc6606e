from __future__ import annotations

import json
from pathlib import Path

import pytest

from sanderling.bench_device.ask import measure
from sanderling.bench_device.ask.options import WAYS, AskOptions
from sanderling.bench_device.ask.report import AskReport


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[AskOptions]:
    """What the command asks for; a report without results is there at once."""
    seen: list[AskOptions] = []

    def report(wanted: AskOptions, _progress: object) -> AskReport:
        seen.append(wanted)
        return AskReport(
            machine={"cpu": "Test CPU"},
            before={"sanderling": "0.2.0", "commit": "abc"},
            started="2026-11-29T12:00:00+00:00",
            settings={"seed": 0},
            workload="station",
            questions=("q1",),
            targets=(),
            computed=(),
            results=(),
            samples=(),
        )

    monkeypatch.setattr(measure, "measure", report)
    return seen


def test_options_arrive(call, asked: list[AskOptions], tmp_path: Path) -> None:
    raw = tmp_path / "raw.json"
    names = ("--model", "a", "--model", "b", "--ladder", "open-small", "--profile", "generic", "--profile", "auto")
    numbers = ("--questions", 7, "--max-tokens", 8, "--threads", 2, "--seed", 3, "--set", "sets/x", "--raw", raw)
    found = call("bench", "ask", *names, *numbers, "--way", "warm", "--way", "cold", "--against", tmp_path)
    assert found.code == 0, found
    assert "Test CPU" in found.out and "before: sanderling 0.2.0, commit abc" in found.out
    assert asked == [
        AskOptions(
            models=("a", "b"),
            ladders=("open-small",),
            profiles=("generic", "auto"),
            ways=("cold", "warm"),
            against=tmp_path,
            n_threads=2,
            workload="sets/x",
            questions=7,
            max_tokens=8,
            seed=3,
        )
    ]
    assert json.loads(raw.read_text())["questions"] == ["q1"]


def test_defaults(call, asked: list[AskOptions]) -> None:
    assert call("bench", "ask", "--model", "a", "--json").json["workload"] == "station"
    assert asked == [AskOptions(models=("a",), ways=WAYS)]


def test_bad_options_are_refused(call, asked: list[AskOptions], refused) -> None:
    refused(call("bench", "ask", "--way", "lukewarm"), 2, "choose cold, warm, busy")
    refused(call("bench", "ask", "--raw", "absent/x.json"), 2, "folder that exists")
    assert asked == []


def test_nobody_to_ask(call, refused) -> None:
    refused(call("bench", "ask"), 2, "name a --model or a --ladder")


@pytest.mark.model
def test_a_real_model(process, home: Path, smollm2_path: Path) -> None:
    home.mkdir()
    (home / "models").symlink_to(smollm2_path.parents[1])
    words = ("--model", "smollm2-135m", "--threads", 1, "--questions", 1, "--max-tokens", 4, "--way", "warm")
    found = process("bench", "ask", *words, "--json")
    assert found.code == 0, found
    (one,) = found.json["samples"]
    assert one["error"] == "" and one["said"]["tokens"]["prompt"] > 20
    assert one["wall_ms"] >= one["said"]["timings_ms"]["total"] * 0.99
    # Nothing of it stays with the user but the headers of model files: no telemetry, no memory.
    assert {path.name for path in home.iterdir()} <= {"models", "headers"}
