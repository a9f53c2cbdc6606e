"""Times the stages of one request."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..records import Timings


class Stopwatch:
    """Sums the wall-clock milliseconds of each stage. A stage may run more than once."""

    def __init__(self) -> None:
        """Start timing the whole request."""
        self._start = time.perf_counter()
        self._ms: dict[str, float] = {}

    @contextmanager
    def __call__(self, verb: str) -> Iterator[None]:
        """Add the duration of the block to the stage ``verb``.

        ``verb``: a field of :class:`~sanderling.records.Timings`.
        """
        start = time.perf_counter()
        try:
            yield
        finally:
            self._ms[verb] = self._ms.get(verb, 0.0) + 1000 * (time.perf_counter() - start)

    def elapsed_ms(self) -> float:
        """Return the milliseconds since the start of the request."""
        return 1000 * (time.perf_counter() - self._start)

    def timings(self, ttft_ms: float) -> Timings:
        """Return the milliseconds spent in each stage so far.

        ``ttft_ms``: the engine's time to the first token of the draft shown.
        """
        return Timings(total=self.elapsed_ms(), ttft=ttft_ms, **self._ms)
