"""Ctrl-C during any ``bench``: what was measured until then is shown, as text and as JSON, and the exit code is 130."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sanderling.bench_device import router_forward
from sanderling.cli import progress

# Which progress Ctrl-C comes with: when so much of what begins with this word is done.
When = tuple[str, int]


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Callable[[When], None]:
    """Let Ctrl-C come once with a step of the progress."""

    def at(when: When) -> None:
        came = False

        @contextmanager
        def bar(_verb: str) -> Iterator[Callable[[int, int, str], None]]:
            def advance(done: int, _total: int, what: str) -> None:
                nonlocal came
                if not came and what.startswith(when[0]) and done >= when[1]:
                    came = True
                    raise KeyboardInterrupt

            yield advance

        monkeypatch.setattr(progress, "bar", bar)

    return at


def measured(found: Any, *path: str) -> int:
    """Count what lies in a report under names and in the first of lists."""
    for name in path:
        found = found[name] if isinstance(found, dict) else found[0][name]
    return found if isinstance(found, int) else len(found)


MEMORY = ("memory", "--quick", "--generate", "400", "--queries", "30", "--peer", "sanderling")
# (arguments, when, where in the report what was measured is counted, how much)
CASES: list[tuple[tuple[str, ...], When, tuple[str, ...], int]] = [
    (MEMORY, ("single inserts", 0), ("indexes", "build_s"), 1),
    (MEMORY, ("search", 4), ("indexes", "points"), 3),
    (MEMORY, ("churn", 0), ("indexes", "filtered"), 2),
    (("startup", "--rounds", "3"), ("startup", 1), ("programs", "wall_ms"), 1),
    (("ingest", "--generate", "200"), ("documents", 100), ("steps",), 4),
    (("ingest", "--generate", "200", "--questions", "9"), ("questions", 5), ("questions",), 5),
    (("ingest", "--data", "CORPUS"), ("harbours", 1), ("slices",), 1),
    (("retrieval", "--data", "CORPUS"), ("harbours", 2), ("sets", "questions"), 2),
    (("quote", "--data", "CORPUS"), ("harbours", 2), ("samples",), 2),
    (("answers", "--model", "small", "--data", "CORPUS"), ("small memory", 2), ("ways", "report", "rows"), 2),
    (
        ("answers", "--model", "small", "--data", "CORPUS", "--way", "dense", "--way", "memory"),
        ("small dense", 3),  # of the second question only one way was asked
        ("ways", "report", "rows"),
        1,
    ),
    (("answers", "--model", "small", "--data", "CORPUS", "--dry"), ("memory", 2), ("held", "n"), 2),
]


def names(cases: list[tuple[tuple[str, ...], When, tuple[str, ...], int]]) -> list[str]:
    return [f"{arguments[0]} at {word} {count}" for arguments, (word, count), _, _ in cases]


@pytest.mark.parametrize(("arguments", "when", "path", "count"), CASES, ids=names(CASES))
def test_what_was_measured_is_shown(
    call, scripted, interrupt, corpus: Path, arguments: tuple[str, ...], when: When, path: tuple[str, ...], count: int
) -> None:
    command = ("bench", *(str(corpus) if each == "CORPUS" else each for each in arguments))
    interrupt(when)
    found = call(*command, "--json")
    assert found.code == 130, found
    assert "ended by Ctrl-C" in found.err
    report = json.loads(found.out.splitlines()[-1])
    assert report["interrupted"] is True
    assert measured(report, *path) == count
    interrupt(when)
    shown = call(*command)
    assert (shown.code, "Traceback" in shown.err) == (130, False)
    assert len(shown.out.splitlines()) > 5


# Where the report counts what was measured before, and how much of that one step makes.
REAL = (("parity", "rounds", 1), ("state", "samples", 1), ("contention", "samples", 5))


@pytest.mark.model
@pytest.mark.parametrize(("command", "path", "count"), REAL)
def test_so_are_rounds_of_a_real_model(
    call, interrupt, home: Path, smollm2_path: Path, command: str, path: str, count: int
) -> None:
    home.mkdir()
    (home / "models").symlink_to(smollm2_path.parents[1])
    short = {
        "parity": ("--threads", 1, "--prompt-tokens", 16, "--decode-tokens", 4),
        "state": ("--threads", 1, "--conversation-tokens", 64, "--answer-tokens", 4),
        # The engine decides how many settings there are: an own one waits in one way.
        "contention": ("--engine", "xllamacpp", "--busy", 0, "--prompt-tokens", 8, "--decode-tokens", 2),
    }
    interrupt(("smollm2-135m", 1))
    found = call("bench", command, "--model", "smollm2-135m", *short[command], "--json")
    assert found.code == 130, found
    assert (len(found.json[path]), found.json["interrupted"]) == (count, True)


def test_so_are_passes_of_the_router(call, monkeypatch: pytest.MonkeyPatch) -> None:
    timed = router_forward._time_us
    calls = 0

    def time_us(run: Callable[[], object]) -> float:
        nonlocal calls
        calls += 1
        if calls == 30:
            raise KeyboardInterrupt
        return timed(run)

    monkeypatch.setattr(router_forward, "_time_us", time_us)
    found = call("bench", "router-forward", "--passes", 50, "--json")
    assert found.code == 130, found
    # Whole passes only: each way has as many.
    assert {len(each["samples_us"]) for each in found.json["timed"]} == {29 // len(found.json["timed"])}


def test_before_anything_is_measured_there_is_nothing_to_show(call, interrupt) -> None:
    interrupt(("startup", 0))
    found = call("bench", "startup", "--json")
    assert (found.code, found.out, "Traceback" in found.err) == (130, "", False)


def test_a_real_ctrl_c(home: Path) -> None:
    # Tests that run in the background inherit that Ctrl-C is ignored, and so would their children.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "from sanderling.cli import main; main()"
    reading, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code, "bench", "startup", "--rounds", "1000", "--json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SANDERLING_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    ) as process:
        os.close(terminal)
        shown = b""
        while shown.count(b"startup [") < 3:  # the third round begins
            shown += os.read(reading, 4096)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    os.close(reading)
    assert process.returncode == 130
    report = json.loads(out)
    assert report["interrupted"] is True
    assert 2 <= measured(report, "programs", "wall_ms") < 1000
