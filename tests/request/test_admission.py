"""Who stands between a route and its model: the wait lowers the budget that the router sees, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from pump_notes import Opens, runtimes
from scripted_model import model

from sanderling.constraints import Constraints
from sanderling.errors import Busy
from sanderling.records import Route
from sanderling.request.admission import AtOnce
from sanderling.request.handle import Handle
from sanderling.request.request import Request
from sanderling.telemetry.store import TelemetryStore


class Queue(AtOnce):
    """Says how long it takes, and notes who came."""

    def __init__(self, wait_ms: float, full: bool = False) -> None:
        self._wait_ms, self._full = wait_ms, full
        self.came: list[str] = []

    def wait_ms(self, handle: Handle) -> float:
        return self._wait_ms

    def routed(self, handle: Handle, route: Route) -> None:
        self.came.append(f"{route.model_id} chosen")

    @contextmanager
    def place(self, handle: Handle, route: Route) -> Iterator[None]:
        if self._full:
            raise Busy("full")
        self.came.append(route.model_id)
        yield
        self.came.append("left")


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


def test_a_wait_leaves_less_of_the_budget_and_a_smaller_model_answers(tmp_path: Path, open_runtime) -> None:
    big = model(tmp_path, "big", 2, say="b")
    big = replace(big, bytes=10**8, entry=replace(big.entry, parameters=10**8))
    runtime = open_runtime(model(tmp_path, "small", 1, say="a"), big)
    question = "Who repairs the feed pump?"
    choices = runtime.explain(question).choices
    costs = {name: min(each.predicted_ms for each in choices if each.model_id == name) for name in ("small", "big")}
    budget_ms = 10 * costs["big"]
    runtime.admit_by(quiet := Queue(0.0))
    assert runtime.ask(question, budget_ms=budget_ms).route.model_id == "big"
    assert quiet.came == ["big chosen", "big", "left"]
    between = (costs["small"] + costs["big"]) / 2
    runtime.admit_by(Queue(budget_ms - between))
    assert runtime.ask(question, budget_ms=budget_ms, cache=False).route.model_id == "small"
    assert runtime.ask(question, cache=False).route.model_id == "big"  # without a budget nothing is lowered
    with TelemetryStore() as store:
        assert [row.constraints.budget_ms for row in store.tail(3)] == [budget_ms, budget_ms, None]


def test_who_is_refused_has_a_row_and_asks_no_model(open_runtime) -> None:
    runtime = open_runtime()
    runtime.admit_by(Queue(0.0, full=True))
    with pytest.raises(Busy):
        runtime.ask("Who repairs the feed pump?")
    assert runtime.loaded == ()
    with TelemetryStore() as store:
        assert store.tail(1)[0].error == "Busy"


def test_at_once_nobody_waits() -> None:
    assert AtOnce().wait_ms(Handle()) == 0


@pytest.mark.parametrize(
    ("budget", "wait", "seen"), [(5000.0, 2000.0, 3000.0), (5000.0, 9000.0, 1.0), (None, 9000.0, None), (5.0, 0.0, 5.0)]
)
def test_the_budget_is_lowered_for_the_block_alone(budget, wait: float, seen) -> None:
    request = Request("x", constraints=Constraints(budget_ms=budget))
    with request.expecting(wait):
        # What the question has taken so far is spent too.
        spent_ms = request.watch.elapsed_ms()
        assert request.constraints.budget_ms == (seen and pytest.approx(seen, abs=spent_ms + 1e-6))
    assert request.constraints.budget_ms == budget
