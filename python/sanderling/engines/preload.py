"""Loads a model in a thread, ahead of the model's first question.

A question waits for the model that is being loaded if it needs that one, and otherwise ends that process at once: two
models are never loaded side by side. Whatever goes wrong here is dropped, because the question loads the model again
and meets the same error.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..request.handle import Handle

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.01
"""Seconds between two checks of a load that may have to be stopped.

They look for a cancelled question, and for a process that has started and must be killed.
"""


class Preload:
    """Loads one model in a separate thread. The thread starts at once."""

    def __init__(self, model_id: str, load: Callable[[], object], kill: Callable[[], None]) -> None:
        """Start to load ``model_id``. ``load`` loads it; ``kill`` ends its process, from any thread."""
        self.model_id = model_id
        self.wanted = False
        """Whether a question waits or waited for this model."""
        self._load, self._kill = load, kill
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"load {model_id}", daemon=True)
        self._thread.start()

    @property
    def mine(self) -> bool:
        """Whether the calling thread loads the model."""
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        try:
            self._load()
        except Exception as error:
            log.info("%s was not loaded ahead: %s", self.model_id, error)
        finally:
            self._done.set()

    def wait(self, handle: Handle | None) -> None:
        """Wait until the load has succeeded or failed. Raises Cancelled if ``handle`` is cancelled meanwhile."""
        self.wanted = True
        while not self._done.wait(LOOK_EVERY_S):
            if handle is not None and handle.cancelled:
                raise handle.refusal()

    def give_up(self) -> None:
        """Kill the process that loads the model. Waits until the loading thread has noticed."""
        while not self._done.is_set():
            self._kill()
            self._done.wait(LOOK_EVERY_S)
