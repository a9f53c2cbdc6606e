from __future__ import annotations

import pytest
from bench_runs import request, row, run

from sanderling.bench_device.matrix.matrix import LeftOut
from sanderling.bench_device.matrix.shape import Shape
from sanderling.bench_device.report.advice import advice
from sanderling.bench_device.sensors.verdict import Fault, Finding, Verdict
from sanderling.records import Timings

SLOW = tuple(request(900.0 + i, i) for i in range(6))


def test_a_good_run_needs_nothing() -> None:
    assert advice(run()) == ["Nothing: the target is met, and nothing disturbed the measurement."]


@pytest.mark.parametrize(
    ("timings", "words"),
    [
        (Timings(total=900, llm=800, ttft=700), "sanderling ask --context small"),
        (Timings(total=900, llm=800, ttft=100), "quantization writes faster"),
        (Timings(total=900, load=800), "sanderling chat"),
        (Timings(total=900, retrieval=800), "sanderling doctor"),
    ],
)
def test_a_missed_target_names_the_stage_and_a_remedy(timings: Timings, words: str) -> None:
    slow = tuple(request(number=number, timings_ms=timings) for number in range(6))
    (line,) = advice(run(requests=slow))
    assert line.startswith("lfm2-350m Q4_0: ") and "% of the time" in line and words in line


def test_a_target_that_is_not_judged_says_why() -> None:
    (line,) = advice(run(requests=SLOW[:3]))
    assert "not judged: too few questions" in line and "--requests 100" in line


@pytest.mark.parametrize(
    ("fault", "words"),
    [("BUSY", "close them"), ("THROTTLED", "cool"), ("ON BATTERY", "plug"), ("SWAPPED", "smaller model")],
)
def test_each_fault_has_a_remedy(fault: Fault, words: str) -> None:
    disturbed = Verdict(findings=(Finding(fault=fault, evidence="x"),))
    (line,) = advice(run(rows=(row(verdict=disturbed), row())))
    assert line.startswith(f"1 of 3 measurements are {fault}: ") and words in line


def test_better_thread_counts_are_named_beyond_the_scatter() -> None:
    writing = Shape(n_gen=128)
    first, close = row((20.0, 20.2), shape=writing), row((20.9, 21.5), shape=writing, n_threads=4)
    better = row((30.0, 30.2), shape=writing, n_threads=4)
    assert "set n_threads = 4" in advice(run(rows=(first, better)))[0]
    assert "Nothing" in advice(run(rows=(first, close)))[0]
    disturbed = Verdict(findings=(Finding(fault="BUSY", evidence="x"),))
    lines = advice(run(rows=(first, row((30.0, 30.2), shape=writing, n_threads=4, verdict=disturbed))))
    assert not any("n_threads" in line for line in lines)


def test_what_is_missing_is_named() -> None:
    lines = advice(run(requests=(), shortened=("x",), left_out=(LeftOut(what="m", why="too big"),)))
    assert "sanderling bench scenarios" in lines[0]
    assert "without --quick" in lines[1]
    assert lines[2] == "m is missing: too big"
