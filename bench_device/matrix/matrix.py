"""Measure all rows of the matrix: every model file at every thread count.

Each pair has its own worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ...device.profiles import Detected
from ...engines import EngineName, Worker, start
from ...engines.protocol import LoadSpec, ModelInfo
from ...errors import EngineError, ModelUnavailable, OutOfMemory, SanderlingError, WorkerDied
from ...models import fit
from ...models.inventory import ModelInventory
from ...records import Record
from ..sensors import energy
from ..sensors.verdict import judge
from .loading import Loading, load_twice
from .measure import Bench
from .row import Row
from .shape import Shape
from .subjects import Subject

Progress = Callable[[int, int, str], None]


class Point(Record):
    """A thread count, and the tests to run with it."""

    n_threads: int | None
    """Number of threads; None: the profile's, which may differ between prefill and decode."""
    shapes: tuple[Shape, ...]


class LeftOut(Record):
    """A requested measurement that was left out, and the reason."""

    what: str
    why: str


def sweep(detected: Detected, shapes: tuple[Shape, ...]) -> tuple[Point, ...]:
    """Return the combinations of thread count and tests to measure.

    All tests run at the profile's thread counts, and only the first pp and the first tg test at other counts. The other
    counts are powers of two up to the compute threads, and the number of CPUs, to show that using all CPUs is slower on
    most boards.
    """
    profile, device = detected.profile, detected.device
    everything = len(device.allowed_cpus or ()) or device.logical_cores or device.compute_threads
    powers = (1 << bit for bit in range(device.compute_threads.bit_length()))
    others = {n for n in (*powers, device.compute_threads, everything) if n <= everything}
    first = [each for each in (_first(shapes, "n_prompt"), _first(shapes, "n_gen")) if each is not None]
    # Where prefill and decode differ, each of the two numbers is a point of its own as well.
    if profile.threads_decode == profile.threads_prefill:
        others -= {profile.threads_decode}
    return (
        Point(n_threads=None, shapes=shapes),
        *(Point(n_threads=n, shapes=tuple(first)) for n in sorted(others)),
    )


def _first(shapes: tuple[Shape, ...], field: str) -> Shape | None:
    return next((shape for shape in shapes if getattr(shape, field)), None)


class Matrix:
    """Measures model files in sequence, and collects the rows.

    Results are in ``rows``, skipped items in ``left_out``.
    """

    def __init__(
        self,
        detected: Detected,
        engine: EngineName,
        *,
        repetitions: int = 5,
        warm_up: int = 1,
        out_of_time: Callable[[], bool] = lambda: False,
        on_progress: Progress = lambda done, total, what: None,
    ) -> None:
        """``out_of_time``: checked before each row; once it returns True, the remaining rows are skipped."""
        self._detected, self._engine = detected, engine
        self._repetitions, self._warm_up = repetitions, warm_up
        self._out_of_time, self._on_progress = out_of_time, on_progress
        self._done = self._total = 0
        self.rows: list[Row] = []
        self.left_out: list[LeftOut] = []

    def run(self, subjects: tuple[Subject, ...], points: tuple[Point, ...]) -> None:
        """Measure every model file with the thread counts and tests in ``points``.

        A subject that does not fit, fails to load or dies is left out with the reason. If no row
        could be measured, the last such error is raised.
        """
        per_subject = sum(len(point.shapes) for point in points) * (self._repetitions + self._warm_up)
        self._done, self._total = 0, len(subjects) * per_subject
        failure: SanderlingError | None = None
        for number, subject in enumerate(subjects):
            self._done = number * per_subject
            try:
                self._subject(subject, points)
            except (OutOfMemory, ModelUnavailable, EngineError, WorkerDied) as error:
                failure = error
                self.left_out.append(LeftOut(what=subject.label, why=f"{type(error).__name__}: {error}"))
        if failure is not None and not self.rows:
            raise failure

    def loads(self, subject: Subject, point: Point) -> Iterator[tuple[LoadSpec, tuple[Shape, ...]]]:
        """Yield the load settings that the tests of ``point`` need, each paired with its tests.

        First come the settings of a request, then a longer context if a test needs one. They are measured separately,
        because a longer context takes more memory than a request would.
        """
        spec = ModelInventory((subject.model,), self._detected, point.n_threads).load_spec(subject.id)
        fitting = tuple(shape for shape in point.shapes if shape.n_ctx <= spec.n_ctx)
        longer = tuple(shape for shape in point.shapes if shape.n_ctx > spec.n_ctx)
        if fitting:
            yield spec, fitting
        if longer:
            yield msgspec.structs.replace(spec, n_ctx=max(shape.n_ctx for shape in longer)), longer

    def _subject(self, subject: Subject, points: tuple[Point, ...]) -> None:
        loads = [load for point in points for load in self.loads(subject, point)]
        for number, (spec, shapes) in enumerate(loads):
            # Measured while it swaps, a model would say nothing of this device, if the system let it live at all.
            predicted = fit.require(Path(spec.path), spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
            if self._out_of_time():
                self._leave_out(subject, spec, shapes)
                continue
            loading: Loading | None = None
            if number == 0:
                loading, worker = load_twice(spec, subject.files, self._engine)
            else:
                worker = start(self._engine)
            with worker:
                info = worker.info or worker.load(spec)
                predicted_bytes = predicted.footprint.peak_rss_bytes
                for row in self._rows(subject, spec, shapes, worker, info, loading, predicted_bytes):
                    self.rows.append(row)

    def _rows(
        self,
        subject: Subject,
        spec: LoadSpec,
        shapes: tuple[Shape, ...],
        worker: Worker,
        info: ModelInfo,
        loading: Loading | None,
        predicted_bytes: int,
    ) -> Iterator[Row]:
        bench = Bench(worker, info)
        for shape in shapes:
            if self._out_of_time():
                self._leave_out(subject, spec, (shape,))
                continue
            n_threads = spec.n_threads_prefill if shape.n_prompt else spec.n_threads
            what = f"{subject.label} {shape.name} {n_threads} threads"
            test_time = datetime.now(UTC).isoformat(timespec="seconds")

            def step(what: str = what) -> None:
                self._done += 1
                self._on_progress(self._done, self._total, what)

            samples, readings = bench.measure(shape, self._repetitions, self._warm_up, step)
            yield Row(
                model_id=subject.id,
                quant=subject.model.quant,
                label=subject.label,
                synthetic=subject.synthetic,
                model_filename=subject.model.path.name,
                model_size=subject.model.bytes,
                model_n_params=subject.parameters,
                backend=backend(spec, self._detected),
                engine=info.engine,
                n_threads=n_threads,
                shape=shape,
                load={**msgspec.json.decode(msgspec.json.encode(spec)), "path": subject.model.path.name},
                warm_up=self._warm_up,
                samples=samples,
                peak_rss_bytes=max(each.peak_rss_bytes or 0 for each in readings),
                predicted_peak_rss_bytes=predicted_bytes,
                loading=loading,
                verdict=judge(readings, [sample.tokens_per_s for sample in samples], n_threads),
                energy=energy.used(readings),
                readings=readings,
                test_time=test_time,
            )

    def _leave_out(self, subject: Subject, spec: LoadSpec, shapes: tuple[Shape, ...]) -> None:
        names = ", ".join(shape.name for shape in shapes)
        what = f"{subject.label} {names} with {spec.n_threads} threads"
        self.left_out.append(LeftOut(what=what, why="the time was over"))


def backend(spec: LoadSpec, detected: Detected) -> str:
    """Return the name of the compute backend, as in llama-bench."""
    if not spec.n_gpu_layers:
        return "CPU"
    return "Metal" if detected.device.os == "darwin" else "GPU"
