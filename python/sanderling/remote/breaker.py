"""A circuit breaker for a server that fails repeatedly.

After several failures the server is left alone for a while. Closed, every request passes. :data:`FAILURES` failures
within :data:`WINDOW_S` open it: nothing passes for :data:`FIRST_S`, then exactly one request does, to probe. If the
probe succeeds the breaker closes; if it fails it opens for twice as long as before, at most :data:`LONGEST_S`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half_open"]

FAILURES = 3
WINDOW_S = 60.0
FIRST_S = 5.0
LONGEST_S = 300.0


class Breaker:
    """The circuit breaker of one server. Any number of threads may use it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start closed, so that requests pass. ``clock``: seconds, for tests."""
        self._clock, self._guard = clock, threading.Lock()
        self._failed: deque[float] = deque(maxlen=FAILURES)
        self._open_s = 0.0
        """Seconds for which the breaker is open now or the next time; 0: closed."""
        self._until = 0.0
        self._probing = False

    @property
    def state(self) -> State:
        """State of the breaker for the next request. ``half_open``: it would be the probe, or one is under way."""
        with self._guard:
            if not self._open_s:
                return "closed"
            return "open" if self._clock() < self._until else "half_open"

    @property
    def ready(self) -> bool:
        """Whether a request would pass now. Reading it changes nothing."""
        with self._guard:
            return not self._open_s or (self._clock() >= self._until and not self._probing)

    def enter(self) -> bool:
        """Return whether a request may pass.

        A request that passes must end in :meth:`succeed`, :meth:`fail` or :meth:`leave`.
        """
        with self._guard:
            if not self._open_s:
                return True
            if self._clock() < self._until or self._probing:
                return False
            self._probing = True
            return True

    def succeed(self) -> None:
        """Close the breaker after an answered request."""
        with self._guard:
            self._failed.clear()
            self._open_s, self._probing = 0.0, False

    def fail(self) -> None:
        """Count a failure, and open the breaker if needed.

        It opens after a failed probe, or after the last of :data:`FAILURES`.
        """
        with self._guard:
            now = self._clock()
            self._failed.append(now)
            often = len(self._failed) == FAILURES and now - self._failed[0] <= WINDOW_S
            if self._open_s and not self._probing:
                return  # a request that began before it opened
            if self._probing or often:
                self._open_s = min(2 * self._open_s, LONGEST_S) if self._open_s else FIRST_S
                self._until = now + self._open_s
                self._probing = False

    def leave(self) -> None:
        """End a request that told nothing about the server. A cancelled one, for example."""
        with self._guard:
            self._probing = False
