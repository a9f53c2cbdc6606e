"""The steps of a command in processes of its own; no time is asserted."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from sanderling.bench_device.attribution import attribute
from sanderling.errors import SanderlingError


def test_the_steps_of_every_process_are_reported() -> None:
    if find_spec("onnxruntime") is None:
        pytest.skip("the embed extra is not installed")
    found = attribute(("--version",), rounds=2)
    names = [step.name for step in found.steps]
    assert names[:2] == ["start of Python", "import of the command line"]
    assert names[-1] == "exit"
    assert len(found.wall_ms) == 2
    assert all(len(step.ms) == 2 for step in found.steps)
    # What is timed lies within the process, each part of it once.
    for number, wall_ms in enumerate(found.wall_ms):
        assert 0 < sum(step.ms[number] for step in found.steps) <= wall_ms * 1.01 + 1


def test_a_command_that_fails_is_named() -> None:
    with pytest.raises(SanderlingError, match=r"ask --no-such ended with exit code 2: .*No such option"):
        attribute(("ask", "--no-such"), rounds=1)
