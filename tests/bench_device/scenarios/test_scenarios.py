from __future__ import annotations

from types import SimpleNamespace

import pytest
from bench_runs import request

from sanderling.bench_device.run.questions import WARM_UP, ask_all, without_repeats
from sanderling.bench_device.scenarios.latency import simple_target, summarise
from sanderling.bench_device.scenarios.scenarios import in_turn, scenario_of
from sanderling.bench_device.sensors.verdict import Verdict
from sanderling.bench_device.workloads import Question, load
from sanderling.errors import WorkerDied
from sanderling.records import Timings, TokenCounts

QUIET = Verdict()


def test_scenarios_of_questions() -> None:
    ask = {"id": "1", "text": "?", "answers": ("a",), "gold": ("a.md",)}
    assert [scenario_of(Question(hops=hops, **ask)) for hops in (1, 2, 3, 4)] == [
        "simple",
        "moderate",
        "heavy",
        "heavy",
    ]
    assert scenario_of(Question(hops=1, **{**ask, "answers": ()})) is None


def test_the_station_has_all_three_and_they_take_turns() -> None:
    station = load("station")
    asked = in_turn(station, None)
    names = [name for name, _, _ in asked]
    assert {name: names.count(name) for name in names} == {"simple": 50, "moderate": 35, "heavy": 10}
    assert names[:6] == ["simple", "moderate", "heavy"] * 2
    assert names[-15:] == ["simple"] * 15


def test_questions_begin_again_where_there_are_too_few() -> None:
    asked = [(number, question.id) for name, number, question in in_turn(load("station"), 25) if name == "heavy"]
    assert len(asked) == 25
    assert [number for number, _ in asked] == [0] * 10 + [1] * 10 + [2] * 5
    assert asked[0][1] == asked[10][1]


def test_a_scenario_is_summed_up() -> None:
    failed = request(0.0, 9, error="WorkerDied: x", timings_ms=Timings(), found=False, contains=False)
    wrong = request(300.0, 8, contains=False)
    lost = request(500.0, 7, found=False)
    found = summarise([request(400.0, i) for i in range(7)] + [lost, wrong, failed], False, QUIET)
    assert (found.n, found.scenario, found.label) == (10, "simple", "lfm2-350m Q4_0")
    assert (found.answered, found.found, found.contains, found.success) == (0.9, 0.8, 0.8, 0.7)
    assert (found.total_ms.p50, found.total_ms.p99) == (400.0, None)
    assert found.note == "P99 left out: 9 requests, 100 are needed"
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert found.shares["first token"] == pytest.approx(0.6)


def test_a_scenario_without_answers_has_no_times() -> None:
    found = summarise([request(error="x", timings_ms=Timings())], False, QUIET)
    assert (found.total_ms, found.median_interval_ms, found.shares, found.success) == (None, None, {}, 0.0)
    assert simple_target(found, "phone") is None
    with pytest.raises(ValueError, match="no requests"):
        summarise([], False, QUIET)


def test_the_target_is_for_simple_questions() -> None:
    assert simple_target(summarise([request(scenario="heavy")], False, QUIET), "phone") is None
    found = simple_target(summarise([request(600.0, i) for i in range(6)], False, QUIET), "board")
    assert (found.outcome, found.limit_ms, found.median_ms, found.dominated_by) == ("met", 800, 600, "first token")


class StandInRuntime:
    """Answers with the question's own answer; every third request fails."""

    def __init__(self, work) -> None:
        self._answers = {question.text: question for question in work.questions}
        self._notes = work.notes.resolve()
        self._inventory = SimpleNamespace(
            models=[SimpleNamespace(entry=SimpleNamespace(id="m"))], load_spec=lambda _: None
        )
        self._pool = SimpleNamespace(worker=lambda _: (SimpleNamespace(pid=None), None), unload=self._unload)
        self.asked: list[str] = []

    def _unload(self, _model_id: str) -> None:
        self.asked.append("unloaded")

    def ask(self, text: str, **_: object):
        self.asked.append(text)
        if text == WARM_UP:
            return None
        if (len(self.asked) - 2) % 3 == 2:
            raise WorkerDied("gone")
        question = self._answers[text]
        notes = [SimpleNamespace(uri=str(self._notes / name)) for name in question.gold]
        return SimpleNamespace(
            text=question.answers[0], sources=notes, timings_ms=Timings(total=5.0), tokens=TokenCounts(prompt=9)
        )


def test_questions_are_asked_and_a_failure_costs_one() -> None:
    work = load("station")
    runtime = StandInRuntime(work)
    asked = ask_all(runtime, work, "m Q4_0", 2)
    requests = asked.done
    assert [each.scenario for each in requests] == ["simple", "moderate", "heavy"] * 2
    # What warms up is none of the questions, whose prompts would then be kept.
    assert runtime.asked[:2] == ["unloaded", WARM_UP]
    assert (len(runtime.asked), len(asked.readings), asked.interrupted) == (8, 2, False)
    assert WARM_UP not in {question.text for question in work.questions}
    assert [each.error for each in requests] == ["", "WorkerDied: gone", "", "", "WorkerDied: gone", ""]
    assert [each.found and each.contains for each in requests] == [True, False, True, True, False, True]
    assert {each.label for each in requests} == {"m Q4_0"}


def test_a_question_that_would_take_too_long_ends_the_asking() -> None:
    work = load("station")
    needed: list[float] = []

    def out_of_time(needed_s: float) -> bool:
        needed.append(needed_s)
        return len(needed) == 5

    asked = ask_all(StandInRuntime(work), work, "m Q4_0", None, out_of_time=out_of_time)
    assert len(asked.done) == 4
    assert needed[:3] == [0.0, 0.0, 0.0] and min(needed[3:]) > 0.0


def test_before_a_question_comes_again_the_model_is_loaded_anew() -> None:
    work = load("station")
    runtime = StandInRuntime(work)
    # Ten heavy questions: they come round in the middle of the others.
    asked = ask_all(runtime, work, "m Q4_0", 12)
    assert len(asked.done) == 36
    between: set[str] = set()
    for text in runtime.asked:
        assert text not in between, "a repeated question finds its own prompt kept"
        between = set() if text == "unloaded" else {*between, text}
    queue = in_turn(work, 25)
    parts = without_repeats(queue)
    assert [each for part in parts for each in part] == list(queue)
    assert len(parts) == 3


def test_ctrl_c_keeps_the_requests_before_it() -> None:
    work = load("station")

    def interrupt(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    asked = ask_all(StandInRuntime(work), work, "m Q4_0", None, on_progress=interrupt)
    assert (len(asked.done), asked.interrupted) == (2, True)
