"""Latency of one router step: inside Rust, called from Python, and in onnxruntime.

The implementations take turns, one pass over all rows each, so that they share any slowdown of the machine. All compute
the same step on the same rows, and passes count only once their results agree.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import numpy as np

from .. import optouts
from ..device.machine import machine_block
from ..errors import MissingExtra
from ..records import Record
from ..router import fastgrnn
from ..router.export.onnx_model import to_onnx
from ..router.training.cell import Shape, initial
from ..router.training.weights import weights_of
from .interruptible import Interruptible
from .metrics.percentiles import median_interval

ROWS = 1000
INPUTS = 64
AGREEMENT = 1e-5
RUST, PYTHON, READ, ONNX = "Rust, inside", "called from Python", "called and read", "onnxruntime"


class Timed(Record):
    """Latency of one implementation, in microseconds per step."""

    way: str
    median_us: float
    low_us: float
    high_us: float
    """Upper end of the median's 95 per cent interval."""
    samples_us: tuple[float, ...]
    """One sample per pass."""


class ForwardReport(Record):
    """Latency of all implementations, with the settings needed to repeat the run."""

    machine: dict[str, object]
    inputs: int
    hidden: int
    weights: str
    """Checksum of the weights, as in an answer's router id."""
    rows: int
    timed: tuple[Timed, ...]
    left_out: str = ""
    """Why an implementation is missing; empty when all are present."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""

    def to_markdown(self) -> str:
        """Return the latencies as a Markdown table."""
        lines = [
            f"FastGRNN, {self.inputs} inputs, hidden {self.hidden}, one step with a hidden state, one thread",
            "",
            "| way | median µs | 95 % interval |",
            "|---|---:|---:|",
            *(f"| {t.way} | {t.median_us:.2f} | {t.low_us:.2f} to {t.high_us:.2f} |" for t in self.timed),
        ]
        return "\n".join([*lines, *(["", self.left_out] if self.left_out else [])]) + "\n"


def measure(weights: fastgrnn.Weights, passes: int = 50, seed: int = 0) -> ForwardReport:
    """Time every installed implementation, ``passes`` times over :data:`ROWS` rows.

    Raises ValueError for fewer than 6 passes, too few for an interval of the median, and when two implementations
    differ by more than :data:`AGREEMENT`.
    """
    if passes < 6:
        raise ValueError(f"{passes} passes are too few for an interval: take 6 or more")
    from .._core import FastGrnn

    cell = FastGrnn.from_bytes(fastgrnn.to_bytes(weights))
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(ROWS, cell.input_dim)).clip(-4, 4).astype(np.float32)
    hidden = rng.uniform(-1, 1, (ROWS, cell.hidden_dim)).astype(np.float32)
    pairs = list(zip(features, hidden, strict=True))
    expected = np.array([fastgrnn.step(weights, x.astype(np.float64), h.astype(np.float64)).hidden for x, h in pairs])

    def called() -> None:
        for x, h in pairs:
            cell.step(x, h)

    def called_and_read() -> None:
        for x, h in pairs:
            step = cell.step(x, h)
            _ = step.hidden, step.model_logits, step.context_logits, step.temperature, step.top_p

    _must_agree(RUST, cell.steps(features, hidden)[0], expected)
    _must_agree(PYTHON, np.array([cell.step(x, h).hidden for x, h in pairs]), expected)
    ways: dict[str, Callable[[], object]] = {
        RUST: lambda: cell.steps(features, hidden),
        PYTHON: called,
        READ: called_and_read,
    }
    left_out = ""
    try:
        ways[ONNX] = _onnxruntime(weights, features, hidden, expected)
    except MissingExtra as error:
        left_out = f"{ONNX} left out: {error}"
    rounds: list[dict[str, float]] = []
    gc.collect()
    gc.disable()
    try:
        with Interruptible() as stop:
            for _ in range(passes):
                rounds.append({way: _time_us(run) for way, run in ways.items()})
    finally:
        gc.enable()
    stop.require(rounds)
    return ForwardReport(
        machine=machine_block(),
        inputs=cell.input_dim,
        hidden=cell.hidden_dim,
        weights=cell.id,
        rows=ROWS,
        timed=tuple(_timed(way, [each[way] for each in rounds]) for way in ways),
        left_out=left_out,
        interrupted=stop.came,
    )


def drawn(hidden: int, seed: int = 0) -> fastgrnn.Weights:
    """Return random weights of the router's shape.

    Speed does not depend on their values.
    """
    parameters = initial(Shape(INPUTS, hidden), np.ones(INPUTS, dtype=np.bool_), np.random.default_rng(seed))
    return weights_of(parameters, 1, np.zeros(INPUTS), np.ones(INPUTS))


def _onnxruntime(
    weights: fastgrnn.Weights, features: fastgrnn.Single, hidden: fastgrnn.Single, expected: fastgrnn.Array
) -> Callable[[], object]:
    try:
        onnxruntime = optouts.onnxruntime()
    except ImportError as error:
        raise MissingExtra("onnxruntime's time", "export") from error
    model = to_onnx(weights)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    feeds = [{"features": x[None], "hidden": h[None]} for x, h in zip(features, hidden, strict=True)]
    states = [session.run(["next_hidden"], feed)[0][0] for feed in feeds]
    _must_agree(ONNX, np.array(states), expected)
    return lambda: [session.run(names, feed) for feed in feeds]


def _must_agree(way: str, got: fastgrnn.Single, expected: fastgrnn.Array) -> None:
    stray = float(np.abs(got - expected).max())
    if stray > AGREEMENT:
        raise ValueError(f"{way} strays by {stray:.1e} from numpy: these times would be of another function")


def _time_us(run: Callable[[], object]) -> float:
    """Call ``run``, which makes one pass over the rows; return the microseconds per row."""
    started = time.perf_counter_ns()
    run()
    return (time.perf_counter_ns() - started) / 1000 / ROWS


def _timed(way: str, samples: list[float]) -> Timed:
    low, high = median_interval(samples) or (min(samples), max(samples))
    return Timed(way=way, median_us=float(np.median(samples)), low_us=low, high_us=high, samples_us=tuple(samples))
