"""Makes Ctrl-C end the current answer, but not the command.

The model's worker stops generating and stays warm, so that the next question finds its state. Ctrl-C at any other
moment, or a second one, interrupts as usual.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Protocol

import typer

from . import output

EXIT_CODE = 130
"""Exit code of a command that Ctrl-C ended. It is the one that shells use."""


def show_end(interrupted: bool) -> None:
    """Exit with a message if a benchmark was interrupted.

    The code is :data:`EXIT_CODE`. Otherwise nothing happens.
    """
    if interrupted:
        output.warn("ended by Ctrl-C: the figures are of what was measured until then")
        raise typer.Exit(EXIT_CODE)


class Generating(Protocol):
    """An object that generates answers and can be stopped. A runtime is one."""

    @property
    def generating(self) -> bool:
        """Whether an answer is being generated."""

    def cancel(self) -> bool:
        """Stop the current answer; return whether there was one."""


@contextlib.contextmanager
def stops_the_answer(runtime: Generating) -> Iterator[None]:
    """During the block, stop the current answer of ``runtime`` on the first Ctrl-C.

    For the main thread only, as all signal handlers.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # ignored, as in background jobs, or somebody else's
        yield
        return
    stopped = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        if stopped or not runtime.generating:
            raise KeyboardInterrupt
        stopped = True
        # In another thread: this one may be in the middle of writing to the worker.
        threading.Thread(target=runtime.cancel, daemon=True).start()

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
