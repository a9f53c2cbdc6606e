"""Run the benchmark once: from :class:`~sanderling.bench_device.run.options.RunOptions` to a record of the run.

With ``quick`` the smallest model is probed first, and the run is planned from its speeds
(:mod:`sanderling.bench_device.run.budget`). A deadline, checked before each row and each question, catches errors of
the plan.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ...device import calibration, profiles
from ...device.machine import machine_block
from ...errors import SanderlingError, UsageError
from ...router.rule import RuleRouter
from ..answers.measure import MAX_TOKENS
from ..interruptible import Interruptible
from ..matrix.calibrate import measurements
from ..matrix.matrix import LeftOut, Matrix, Point, Progress, sweep
from ..matrix.shape import DEFAULT
from ..matrix.subjects import Subject, subjects
from ..report import Run, Settings
from ..report.run import FORMAT
from ..scenarios import latency
from ..scenarios.scenarios import SCENARIOS, ScenarioRequest, in_turn
from ..sensors.verdict import judge
from ..workloads import load
from . import budget
from .options import RunOptions
from .probe import probe
from .questions import Questions

WARM_UP = 1
"""Repetitions of a row before the counted ones."""


def benchmark(wanted: RunOptions, on_progress: Progress = lambda done, total, what: None) -> Run:
    """Run the benchmark once, and return all its results.

    Raises the errors that leave no result: no model, no engine, no model that fits, an invalid workload.
    """
    return _Benchmark(wanted, on_progress).run()


class _Benchmark:
    def __init__(self, wanted: RunOptions, on_progress: Progress) -> None:
        self._wanted, self._on_progress = wanted, on_progress
        self._began = time.monotonic()
        self._detected = profiles.choose(wanted.profile)
        # Scenarios have one number of threads; of several, that is the first.
        self._n_threads = wanted.threads[0] if wanted.threads else None
        self._shapes = wanted.shapes
        self._subjects = subjects(wanted.models, wanted.quants)
        self._matrix_ends = 0.0
        self._shortened: tuple[str, ...] = ()
        self._left_out: list[LeftOut] = []
        self._failure: SanderlingError | None = None
        self._scenarios: list[latency.Scenario] = []
        self._requests: list[ScenarioRequest] = []
        self._stop = Interruptible()

    def run(self) -> Run:
        machine = machine_block(self._detected.device)  # before the work: it names the commit that is measured
        work = load(self._wanted.workload)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        with tempfile.TemporaryDirectory() as folder:
            memory = Path(folder) / "bench.sanderling"
            questions = Questions(work, memory, self._wanted, self._n_threads)
            # First, because only what it leaves of the time can be planned with.
            asking = self._wanted.scenarios and self._read_notes(questions)
            self._matrix_ends = self._end_of_matrix(asking)
            if self._wanted.quick and self._wanted.shapes == DEFAULT:  # tests that were named are not changed
                self._plan()
            matrix = self._new_matrix()
            with self._stop:
                if self._wanted.matrix:
                    matrix.run(self._subjects, self._points())
            measured = measurements(matrix.rows, machine)
            for measurement in measured:
                calibration.record(measurement)
            if asking:
                # Of a quick run the smallest model only: two halves of a sample say less than one whole.
                for subject in self._subjects[:1] if self._wanted.quick else self._subjects:
                    if not self._stop.came:
                        self._ask(subject, questions)
        self._stop.require(matrix.rows or self._requests)
        if self._stop.came:
            self._shortened += ("ended by Ctrl-C",)
        if self._failure is not None and not matrix.rows and not self._scenarios:
            raise self._failure
        profile = self._detected.profile
        targets = (latency.simple_target(each, profile.device_class) for each in self._scenarios)
        return Run(
            format=FORMAT,
            machine=machine,
            started=started,
            seconds=self._seconds(),
            settings=self._settings(),
            rows=tuple(matrix.rows),
            scenarios=tuple(self._scenarios),
            targets=tuple(target for target in targets if target is not None),
            requests=tuple(self._requests),
            shortened=self._shortened,
            left_out=(*matrix.left_out, *self._left_out),
            calibrated=len(measured),
            interrupted=self._stop.came,
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _after(self, seconds: float) -> Callable[[float], bool]:
        """Return a function that takes the length of a step and tells whether the step would end after ``seconds``.

        The length is in seconds. The function always returns False unless the run is quick. ``seconds`` counts
        from the start of the run.
        """
        return lambda needed_s: self._wanted.quick and self._seconds() + needed_s > seconds

    def _end_of_matrix(self, asking: bool) -> float:
        """Return the time at which the matrix must end, in seconds since the start of a quick run."""
        now = self._seconds()
        return now + (budget.QUICK_S - now) * (budget.MATRIX_SHARE if asking else 1.0)

    def _read_notes(self, questions: Questions) -> bool:
        """Ingest the notes; return whether questions can be asked."""
        try:
            questions.read_notes(self._subjects[0], self._on_progress)
        except UsageError:
            raise
        except SanderlingError as error:
            self._leave_out("scenarios", error)
            return False
        return True

    def _leave_out(self, what: str, error: SanderlingError) -> None:
        self._failure = error
        self._left_out.append(LeftOut(what=what, why=f"{type(error).__name__}: {error}"))

    def _new_matrix(self) -> Matrix:
        wanted = self._wanted
        return Matrix(
            self._detected,
            wanted.engine,
            repetitions=wanted.repetitions,
            warm_up=WARM_UP,
            out_of_time=lambda: self._after(self._matrix_ends)(0.0),  # how long rows take is in the plan
            on_progress=self._on_progress,
        )

    def _points(self) -> tuple[Point, ...]:
        if self._wanted.threads:
            return tuple(Point(n_threads=n, shapes=self._shapes) for n in self._wanted.threads)
        if self._wanted.quick:
            self._shortened += ("no sweep of threads",)
            return (Point(n_threads=None, shapes=self._shapes),)
        return sweep(self._detected, self._shapes)

    def _plan(self) -> None:
        """Keep only the tests and models that fit in the time left."""
        wanted = self._wanted
        probed = probe(self._subjects[0], self._detected, wanted.engine, self._n_threads)
        sizes = [
            budget.Size(label=each.label, parameters=each.parameters, model_bytes=each.model.bytes)
            for each in self._subjects
        ]
        plan = budget.plan(sizes, probed, self._matrix_ends - self._seconds(), wanted.repetitions, WARM_UP)
        self._shapes, self._shortened = plan.shapes, plan.shortened
        self._subjects = self._subjects[: len(plan.labels)]

    def _ask(self, subject: Subject, questions: Questions) -> None:
        """Ask one model all questions and add its results; after an error, list it as left out, with the reason."""
        try:
            asked = questions.ask(subject, self._after(budget.QUICK_S), self._on_progress)
        except UsageError:
            raise
        except SanderlingError as error:
            self._leave_out(f"scenarios with {subject.label}", error)
            return
        requests, self._stop.came = asked.done, asked.interrupted
        if not requests:
            return
        self._requests += requests
        # Of two stages with threads of their own, prefill has the most.
        verdict = judge(asked.readings, [], self._n_threads or self._detected.profile.threads_prefill)
        for scenario in SCENARIOS:
            members = [request for request in requests if request.scenario == scenario]
            if members:
                self._scenarios.append(latency.summarise(members, subject.synthetic, verdict))
        planned = len(in_turn(questions.work, self._wanted.requests))
        if len(requests) < planned and not asked.interrupted:
            self._shortened += (f"{len(requests)} of {planned} questions, to stay within the time",)

    def _settings(self) -> Settings:
        wanted, profile = self._wanted, self._detected.profile
        return Settings(
            models=tuple(subject.label for subject in self._subjects),
            engine=wanted.engine,
            profile=profile.name,
            device_class=profile.device_class,
            threads=wanted.threads,
            tests=tuple(shape.name for shape in self._shapes) if wanted.matrix else (),
            repetitions=wanted.repetitions,
            warm_up=WARM_UP,
            quick=wanted.quick,
            workload=wanted.workload if wanted.scenarios else "",
            requests=wanted.requests,
            max_tokens=MAX_TOKENS,
            temperature=0.0,
            router=RuleRouter.id,
        )
