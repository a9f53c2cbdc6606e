"""Ctrl-C while an answer is generated ends the answer, not the command; while something is measured, the measuring.

The model's worker is told to stop and stays warm, so the next question finds its state. Ctrl-C at any other moment, or
a second one, interrupts as it always does.
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
"""Of a command that Ctrl-C ended, as in a shell."""


def show_end(interrupted: bool) -> None:
    """End a command that Ctrl-C cut short after it has shown what it has; do nothing if none came."""
    if interrupted:
        output.warn("ended by Ctrl-C: the figures are of what was measured until then")
        raise typer.Exit(EXIT_CODE)


class Generating(Protocol):
    """What can be stopped: a runtime."""

    @property
    def generating(self) -> bool:
        """Whether an answer is being generated."""

    def cancel(self) -> bool:
        """End it; return whether there was one."""


@contextlib.contextmanager
def stops_the_answer(runtime: Generating) -> Iterator[None]:
    """Let the first Ctrl-C inside end the answer. Only for the main thread, as all handlers of signals."""
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
