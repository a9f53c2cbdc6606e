"""One row of the matrix: what was computed, how, every sample, and whether it can be trusted."""

from __future__ import annotations

import statistics

from ...records import Record
from ..sensors.energy import Energy
from ..sensors.reading import Reading
from ..sensors.verdict import Verdict
from .loading import Loading
from .shape import Shape


class Sample(Record):
    """One repetition."""

    began_s: float
    """Seconds since 1970: tells whether two runs took turns."""
    ns: int
    """Of the part that counts: prefill of a pp, decoding of a tg. Sampling is contained in it; llama-bench has none."""
    tokens_per_s: float
    ttft_ms: float


class Row(Record):
    """A test of one model with one number of threads."""

    model_id: str
    quant: str
    label: str
    synthetic: bool
    """Random weights: speed and memory are the real model's, the text means nothing."""
    model_filename: str
    model_size: int
    """Bytes."""
    model_n_params: int
    backend: str
    engine: str
    n_threads: int
    """Compute threads of this test."""
    shape: Shape
    load: dict[str, object]
    """Every setting of the load, as the engine was given it."""
    warm_up: int
    """Repetitions before those that count."""
    samples: tuple[Sample, ...]
    peak_rss_bytes: int
    """Of the worker since it started, mapped model file included."""
    predicted_peak_rss_bytes: int
    """What the model's header made expect."""
    loading: Loading | None
    """None: measured with another number of threads."""
    verdict: Verdict
    energy: tuple[Energy, ...]
    readings: tuple[Reading, ...]
    """Before the first counted repetition, one each second, after the last."""
    test_time: str
    """ISO-8601, UTC: begin."""

    @property
    def speeds(self) -> list[float]:
        """Tokens per second of the repetitions, in order."""
        return [sample.tokens_per_s for sample in self.samples]

    @property
    def mean(self) -> float:
        """Mean tokens per second."""
        return statistics.fmean(self.speeds)

    @property
    def sd(self) -> float:
        """Sample standard deviation of the tokens per second; 0 for a single repetition, as llama-bench has it."""
        return statistics.stdev(self.speeds) if len(self.samples) > 1 else 0.0

    @property
    def ttft_ms(self) -> float:
        """Median time to the first token of this test's prompt."""
        return statistics.median(sample.ttft_ms for sample in self.samples)

    @property
    def joules_per_token(self) -> dict[str, float]:
        """By sensor, over all counted repetitions."""
        tokens = self.shape.tokens * len(self.samples)
        return {each.sensor: each.joules / tokens for each in self.energy}
