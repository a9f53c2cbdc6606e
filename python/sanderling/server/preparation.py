"""Limits how many questions are embedded and searched at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Cancelled
from ..request.handle import BEFORE_IT_BEGAN, Handle
from .turns import Turns


class Preparation:
    """Limits the questions embedded and searched at once, and serves clients in turn.

    Without a bound hundreds of threads would share the processors, each would take as long as all of them, and the
    interpreter would choose which is ready first, and so first in the queue for a model.
    """

    def __init__(self, at_once: int) -> None:
        """``at_once``: number of questions prepared at the same time, at least 1."""
        self._free = at_once
        self._guard = threading.Lock()
        self._turns: Turns[threading.Event] = Turns()

    @contextmanager
    def turn(self, client: str, handle: Handle) -> Iterator[None]:
        """Wait for the turn of ``client``, and hold it during the block. Raises Cancelled when ``handle`` is."""
        called = threading.Event()
        with self._guard:
            if not (mine := self._free > 0):
                self._turns.add(client, called)
            self._free -= mine
        if not mine:
            with handle.ends_by(called.set):
                called.wait()
            with self._guard:  # one that is cancelled may have been called at the same time
                mine = called not in self._turns.of(client)
                self._turns.remove(client, called)
        try:
            if handle.cancelled and not handle.out_of_time:
                raise Cancelled(BEFORE_IT_BEGAN)
            yield
        finally:
            if mine:
                self._pass_on()

    def _pass_on(self) -> None:
        with self._guard:
            if (following := self._turns.take()) is None:
                self._free += 1
            else:
                following.set()
