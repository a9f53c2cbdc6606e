"""The model that is loaded now: one at a time, so that two never compete for a small device's RAM.

Asking for another model closes the one that is resident. What loading cost is remembered per model, for the router's
prediction. (A pool with a byte budget is the next step where RAM allows more than one.)
"""

from __future__ import annotations

import time

from . import EngineName, start
from .protocol import LoadSpec, ModelInfo
from .worker import Worker


class Resident:
    """Holds at most one worker."""

    def __init__(self, engine: EngineName) -> None:
        """``engine``: a name :func:`sanderling.engines.start` takes."""
        self._engine = engine
        self._worker: Worker | None = None
        self._spec: LoadSpec | None = None
        self._info: ModelInfo | None = None
        self.load_ms: dict[str, float] = {}

    @property
    def model_id(self) -> str:
        """The resident model, or empty."""
        return self._spec.model_id if self._spec else ""

    @property
    def engine_name(self) -> str:
        """Name and version of the engine of the resident model, or empty."""
        return self._info.engine if self._info else ""

    def worker(self, spec: LoadSpec) -> tuple[Worker, ModelInfo]:
        """Return the worker that holds ``spec``, loading it first if another model or none is resident.

        A worker that died since is returned too: it starts itself again when it is used.
        """
        if self._worker is None or self._info is None or self._spec != spec:
            self.close()
            began = time.perf_counter()
            worker = start(self._engine)
            info = worker.load(spec)
            self._worker, self._spec, self._info = worker, spec, info
            self.load_ms[spec.model_id] = 1000 * (time.perf_counter() - began)
        return self._worker, self._info

    def close(self) -> None:
        """End the worker and free its memory."""
        if self._worker is not None:
            self._worker.close()
        self._worker = self._spec = self._info = None
