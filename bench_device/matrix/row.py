"""One row of the matrix: the test, its settings, all samples, and the verdict."""

from __future__ import annotations

import statistics

from ...records import Record
from ..sensors.energy import Energy
from ..sensors.reading import Reading
from ..sensors.verdict import Verdict
from .loading import Loading
from .shape import Shape


class Sample(Record):
    """Times of one repetition."""

    began_s: float
    """Start time in seconds since 1970; shows whether two runs alternated."""
    ns: int
    """Nanoseconds of the counted part: prefill in a pp test, decoding in a tg test. They include sampling, unlike
    llama-bench's."""
    tokens_per_s: float
    ttft_ms: float


class Row(Record):
    """One test of one model at one thread count."""

    model_id: str
    quant: str
    label: str
    synthetic: bool
    """Whether weights are random: speed and memory equal the real model's, but its text is meaningless."""
    model_filename: str
    model_size: int
    """Size of the model file in bytes."""
    model_n_params: int
    backend: str
    engine: str
    n_threads: int
    """Compute threads of this test."""
    shape: Shape
    load: dict[str, object]
    """Every load setting passed to the engine."""
    warm_up: int
    """Repetitions before the counted ones."""
    samples: tuple[Sample, ...]
    peak_rss_bytes: int
    """Peak resident memory of the worker since its start, including the mapped model file."""
    predicted_peak_rss_bytes: int
    """Peak resident memory predicted from the model's header."""
    loading: Loading | None
    """Load times; None: they were measured at another thread count."""
    verdict: Verdict
    energy: tuple[Energy, ...]
    readings: tuple[Reading, ...]
    """Readings before the first counted repetition, every second, and after the last."""
    test_time: str
    """Start time, ISO-8601, UTC."""

    @property
    def speeds(self) -> list[float]:
        """Return the speed of each repetition in tokens per second, in order."""
        return [sample.tokens_per_s for sample in self.samples]

    @property
    def mean(self) -> float:
        """Return the mean speed in tokens per second."""
        return statistics.fmean(self.speeds)

    @property
    def sd(self) -> float:
        """Return the sample standard deviation of the speeds; 0 if there is only one, as in llama-bench."""
        return statistics.stdev(self.speeds) if len(self.samples) > 1 else 0.0

    @property
    def ttft_ms(self) -> float:
        """Return the median time to the first token, in milliseconds, over the repetitions."""
        return statistics.median(sample.ttft_ms for sample in self.samples)

    @property
    def joules_per_token(self) -> dict[str, float]:
        """Return the joules per token over all repetitions after the warm-up, keyed by sensor."""
        tokens = self.shape.tokens * len(self.samples)
        return {each.sensor: each.joules / tokens for each in self.energy}
