"""A run as a whole, with its parts replaced by ones that need no model."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench_runs import reading, request, row
from gguf_files import lfm2_bytes

from sanderling.bench_device.matrix.shape import Shape
from sanderling.bench_device.run import benchmark_run, budget
from sanderling.bench_device.run.options import RunOptions
from sanderling.bench_device.run.questions import Requests
from sanderling.device import calibration
from sanderling.errors import ModelUnavailable, UsageError

TG = Shape(n_gen=128)


class StandInMatrix:
    """Gives two rows, and remembers what it was asked for."""

    def __init__(self, _detected: object, _engine: str, **settings: object) -> None:
        self.settings, self.rows, self.left_out, self.points = settings, [], [], ()
        made.append(self)

    def run(self, subjects: tuple, points: tuple) -> None:
        self.subjects, self.points = subjects, points
        self.rows = [row(), row((20.0, 21.0), shape=TG)]


made: list[StandInMatrix] = []


@pytest.fixture(autouse=True)
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made.clear()
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(benchmark_run, "Matrix", StandInMatrix)
    monkeypatch.setattr(benchmark_run.Questions, "read_notes", lambda *_: None)
    done = tuple(request(400.0, i) for i in range(6))
    answers = Requests(done=done, readings=(reading(0.0), reading(9.0)), interrupted=False)
    monkeypatch.setattr(benchmark_run.Questions, "ask", lambda *_: answers)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(lfm2_bytes())
    return str(path)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device on which only the shortest tests fit."""
    probed = budget.ProbedSpeed(
        prefill_tokens_per_s=5.0, decode_tokens_per_s=2.0, load_s=1.0, parameters=1, model_bytes=1
    )
    monkeypatch.setattr(benchmark_run, "probe", lambda *_: probed)


def test_everything_is_measured_asked_and_calibrated(file: str) -> None:
    found = benchmark_run.benchmark(RunOptions(models=(file,), threads=(2,)))
    assert [each.shape.name for each in found.rows] == ["pp512", "tg128"]
    assert [(each.scenario, each.n) for each in found.scenarios] == [("simple", 6)]
    assert len(found.targets) == 1
    assert (found.calibrated, [each.model_id for each in calibration.read()]) == (1, ["lfm2-350m"])
    assert found.settings.tests == ("pp512", "pp2048", "tg128")
    assert not made[0].settings["out_of_time"]()
    # The stand-in answers no more.
    assert found.shortened == ("6 of 95 questions, to stay within the time",)


def test_a_quick_run_on_a_slow_device(file: str, slow: None) -> None:
    found = benchmark_run.benchmark(RunOptions(models=(file,), quick=True))
    assert found.settings.tests == ("pp64", "tg16")
    assert [point.shapes for point in made[0].points] == [(Shape(n_prompt=64), Shape(n_gen=16))]
    assert found.shortened[0].startswith("pp64, tg16 instead of pp512, pp2048, tg128")
    assert "no sweep of threads" in found.shortened


def test_named_tests_are_not_changed(file: str) -> None:
    found = benchmark_run.benchmark(RunOptions(models=(file,), quick=True, shapes=(TG,)))
    assert found.settings.tests == ("tg128",)


def test_without_an_embedder_the_matrix_is_still_measured(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ModelUnavailable("run  sanderling models pull minilm-l6-v2-int8")

    monkeypatch.setattr(benchmark_run.Questions, "read_notes", missing)
    found = benchmark_run.benchmark(RunOptions(models=(file,), threads=(1,)))
    assert len(found.rows) == 2 and found.scenarios == ()
    (left,) = found.left_out
    assert (left.what, left.why) == (
        "scenarios",
        "ModelUnavailable: run  sanderling models pull minilm-l6-v2-int8",
    )
    with pytest.raises(ModelUnavailable, match="minilm"):
        benchmark_run.benchmark(RunOptions(models=(file,), matrix=False))


def test_a_bad_workload_is_refused_before_the_work(file: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a workload"):
        benchmark_run.benchmark(RunOptions(models=(file,), workload=str(tmp_path)))
    assert made == []


def test_ctrl_c_keeps_the_rows_before_it(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(matrix: StandInMatrix, *_: object) -> None:
        matrix.rows = [row()]
        raise KeyboardInterrupt

    monkeypatch.setattr(StandInMatrix, "run", interrupted)
    found = benchmark_run.benchmark(RunOptions(models=(file,), threads=(2,)))
    assert (len(found.rows), found.scenarios, found.interrupted) == (1, (), True)
    assert found.shortened == ("ended by Ctrl-C",)


def test_ctrl_c_keeps_the_questions_before_it(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    partly = Requests(done=(request(400.0, 0),), readings=(reading(0.0), reading(9.0)), interrupted=True)
    monkeypatch.setattr(benchmark_run.Questions, "ask", lambda *_: partly)
    found = benchmark_run.benchmark(RunOptions(models=(file,), threads=(2,)))
    assert ([each.n for each in found.scenarios], found.interrupted, found.shortened) == (
        [1],
        True,
        ("ended by Ctrl-C",),
    )


def test_ctrl_c_before_anything_is_measured_leaves_nothing_to_show(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(StandInMatrix, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        benchmark_run.benchmark(RunOptions(models=(file,), threads=(2,)))
