"""Milliseconds of each verb of one request."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..records import Timings


class Stopwatch:
    """Sums wall-clock time by verb; a verb that runs twice, as after an escalation, is added up."""

    def __init__(self) -> None:
        """Start the total."""
        self._start = time.perf_counter()
        self._ms: dict[str, float] = {}

    @contextmanager
    def __call__(self, verb: str) -> Iterator[None]:
        """Time a block as ``verb``, a field of Timings."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._ms[verb] = self._ms.get(verb, 0.0) + 1000 * (time.perf_counter() - start)

    def elapsed_ms(self) -> float:
        """Time since the request began."""
        return 1000 * (time.perf_counter() - self._start)

    def timings(self, ttft_ms: float) -> Timings:
        """Return the row; ``ttft_ms`` is the engine's own figure of the draft that was shown."""
        return Timings(total=self.elapsed_ms(), ttft=ttft_ms, **self._ms)
