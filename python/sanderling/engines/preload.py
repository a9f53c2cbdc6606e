"""Loads a model in a thread, before the first question needs it.

A question waits for the model that is being loaded if it needs that one, and otherwise ends that process at once: two
models are never loaded side by side. Whatever goes wrong here is dropped, because the question loads the model again
and meets the same error.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..errors import Cancelled
from ..request.handle import Handle

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.01
"""Interval at which to look whether the question was cancelled, or whether a process to kill has been started."""


class Preload:
    """The loading of one model in a thread of its own, which starts at once."""

    def __init__(self, model_id: str, load: Callable[[], object], kill: Callable[[], None]) -> None:
        """Begin to load ``model_id``. ``load`` loads it; ``kill`` ends its process, from any thread."""
        self.model_id = model_id
        self.wanted = False
        """Whether a question waits, or has waited, for this model."""
        self._load, self._kill = load, kill
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"load {model_id}", daemon=True)
        self._thread.start()

    @property
    def mine(self) -> bool:
        """Whether the calling thread is the one that loads."""
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        try:
            self._load()
        except Exception as error:
            log.info("%s was not loaded ahead: %s", self.model_id, error)
        finally:
            self._done.set()

    def wait(self, handle: Handle | None) -> None:
        """Wait until the model has loaded or failed to load. Raises Cancelled if ``handle`` is cancelled meanwhile."""
        self.wanted = True
        while not self._done.wait(LOOK_EVERY_S):
            if handle is not None and handle.cancelled:
                raise Cancelled("the question was cancelled before a model began to answer it")

    def give_up(self) -> None:
        """Kill the process that loads the model, and wait until the thread has noticed."""
        while not self._done.is_set():
            self._kill()
            self._done.wait(LOOK_EVERY_S)
