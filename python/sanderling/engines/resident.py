"""The model that is loaded now: one at a time, so that two never compete for a small device's RAM.

Asking for another model closes the one that is resident. What loading cost is remembered per model, for the router's
prediction. (A pool with a byte budget is the next step where RAM allows more than one.)
"""

from __future__ import annotations

import time

from . import start
from .protocol import LoadSpec, ModelInfo
from .worker import Worker


class Resident:
    """Holds at most one worker."""

    def __init__(self, engine: str) -> None:
        """``engine``: a name :func:`sanderling.engines.start` takes."""
        self._engine = engine
        self._worker: Worker | None = None
        self._spec: LoadSpec | None = None
        self.load_ms: dict[str, float] = {}

    @property
    def model_id(self) -> str:
        """The resident model, or empty."""
        return self._spec.model_id if self._spec else ""

    def worker(self, spec: LoadSpec) -> tuple[Worker, ModelInfo]:
        """Return the worker that holds ``spec``, loading it first if another model or none is resident."""
        if self._worker is None or self._spec != spec:
            self.close()
            began = time.perf_counter()
            worker = start(self._engine)
            try:
                worker.load(spec)
            except BaseException:
                worker.close()
                raise
            self._worker, self._spec = worker, spec
            self.load_ms[spec.model_id] = 1000 * (time.perf_counter() - began)
        return self._worker, self._worker.info

    def close(self) -> None:
        """End the worker and free its memory."""
        if self._worker is not None:
            self._worker.close()
        self._worker = self._spec = None
