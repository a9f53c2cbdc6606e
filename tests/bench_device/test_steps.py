"""Own times of nested steps add up to the whole; other threads and what is not called are left out."""

from __future__ import annotations

import sys
import threading
import types
from importlib.util import find_spec
from typing import Any

import pytest

from sanderling.bench_device import steps
from sanderling.bench_device.steps import Steps


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, as the steps read it."""
    now = [0.0]
    monkeypatch.setattr(steps.time, "perf_counter", lambda: now[0])
    return now


def test_own_times_exclude_the_steps_within(clock: list[float]) -> None:
    found = Steps()

    def spend(seconds: float, *within: Any) -> None:
        clock[0] += seconds
        for each in within:
            each()

    inner = found.timed("inner", lambda: spend(0.25))
    outer = found.timed("outer", lambda: spend(1.0, inner, inner))
    outer()
    found.timed("failing", spend)(0.5)
    thread = threading.Thread(target=outer)
    thread.start()
    thread.join()
    assert found.ms == {"outer": 1000.0, "inner": 500.0, "failing": 500.0}


def test_functions_methods_and_class_methods_are_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    class Thing:
        @classmethod
        def made(cls) -> Thing:
            return cls()

        @staticmethod
        def said(word: str) -> str:
            return word

        def done(self) -> int:
            return 7

    module: Any = types.ModuleType("stand_in_module")
    module.Thing, module.plain = Thing, lambda: 5
    monkeypatch.setitem(sys.modules, "stand_in_module", module)
    found = Steps()
    for name, path in (("a", "Thing.made"), ("b", "Thing.said"), ("c", "Thing.done"), ("d", "plain")):
        found.wrap(name, "stand_in_module", path)
    assert (type(Thing.made()), Thing.said("x"), Thing().done(), module.plain()) == (Thing, "x", 7, 5)
    assert list(found.ms) == ["a", "b", "c", "d"]


def test_every_function_that_is_timed_exists() -> None:
    if find_spec("onnxruntime") is None:
        pytest.skip("the embed extra is not installed")
    pytest.importorskip("tokenizers", reason="the embed extra is not installed")
    from importlib import import_module

    for _, module, path in steps.CALLS:
        owner: Any = import_module(module)
        for each in path.split("."):
            owner = getattr(owner, each)
        assert callable(owner)
    for _, module in steps.IMPORTS:
        import_module(module)
