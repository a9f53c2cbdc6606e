"""Adjusts a context's number of threads to the load.

It chooses before each request, and again while the request runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from ..device.load import Load, LoadMeter
from .llama_api import LlamaApi
from .protocol import LoadSpec
from .threads import Threads, choose_threads

CHECK_EVERY_S = 0.25
"""Seconds between two readings of the load within a request. A reading takes about 0.5 ms."""


class ContextThreads:
    """The number of threads of a context, adjusted to the load. At most the number with which the model was loaded."""

    def __init__(
        self,
        api: LlamaApi,
        context: int,
        spec: LoadSpec,
        *,
        meter: LoadMeter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``context``: llama.cpp's pointer to the context.

        ``meter`` None: the load of this device. ``clock``: returns seconds.
        """
        self._api, self._context, self._spec, self._clock = api, context, spec, clock
        self._meter = meter or LoadMeter()
        self._given = Threads(decode=spec.n_threads, prefill=spec.n_threads_prefill, reason="as loaded")
        self._yielding, self._checked_at, self._averaged = False, 0.0, False
        self._rivals: int | None = None
        self.now = self._given
        """Numbers of threads in use."""

    def begin(self, yielding: bool) -> None:
        """Choose the number of threads for a request. ``yielding`` False: as many as the model was loaded with."""
        self._yielding, self._checked_at = yielding, self._clock()
        if not yielding:
            self._set(self._given)
            return
        load = self._meter.read(instant=True)
        self._rivals, self._averaged = load.runnable, load.used is not None or load.waited is not None
        self._choose(load)

    def begin_decoding(self) -> None:
        """Choose the number of threads again before the first token.

        Not if an average of the load is known. What could run both now and before the prompt is taken for a rival; what
        could run once only is not.
        """
        if not self._yielding:
            return
        self.check()
        if not self._averaged and self._rivals:
            load = self._meter.read(instant=True)
            self._choose(msgspec.structs.replace(load, runnable=min(self._rivals, load.runnable or 0)))

    def check(self) -> None:
        """Choose the number of threads again if the last choice is ``CHECK_EVERY_S`` old.

        Called between batches and between tokens.
        """
        if self._yielding and self._clock() - self._checked_at >= CHECK_EVERY_S:
            self._checked_at, self._averaged = self._clock(), True
            self._choose(self._meter.read())

    def _choose(self, load: Load) -> None:
        self._set(choose_threads(self._given.decode, self._given.prefill, load, self._api.waiting))

    def _set(self, threads: Threads) -> None:
        if (threads.decode, threads.prefill) != (self.now.decode, self.now.prefill):
            # Sets two numbers: the threads themselves belong to OpenMP, or are made for each graph anyway.
            self._api.llama_set_n_threads(self._context, threads.decode, threads.prefill)
        self.now = threads
