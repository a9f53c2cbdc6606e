"""Handling of Ctrl-C: it ends the answer that is being generated, but not the command.

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
"""Exit code of a command that Ctrl-C ended, as in a shell."""


def show_end(interrupted: bool) -> None:
    """Print a note and exit with :data:`EXIT_CODE` if a benchmark was interrupted; do nothing otherwise."""
    if interrupted:
        output.warn("ended by Ctrl-C: the figures are of what was measured until then")
        raise typer.Exit(EXIT_CODE)


class Generating(Protocol):
    """Something that generates answers and can be stopped, such as a runtime."""

    @property
    def generating(self) -> bool:
        """Whether an answer is being generated."""

    def cancel(self) -> bool:
        """End the answer that is being generated; return whether there was one."""


@contextlib.contextmanager
def stops_the_answer(runtime: Generating) -> Iterator[None]:
    """Context manager: the first Ctrl-C within the block ends the answer that ``runtime`` generates.

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
