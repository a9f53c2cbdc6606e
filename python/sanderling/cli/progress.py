"""A progress line on stderr, printed only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from . import output

WIDTH = 28


@contextmanager
def bar(verb: str) -> Iterator[Callable[[int, int, str], None]]:
    """Yield the function that draws the progress line.

    It is called as ``advance(done, total, what)``. The line is erased at the end.
    """
    shown = sys.stderr.isatty()

    def advance(done: int, total: int, what: str) -> None:
        if shown:
            filled = WIDTH * done // max(total, 1)
            line = f"{verb} [{'#' * filled}{'.' * (WIDTH - filled)}] {100 * done // max(total, 1)}% {what}"
            output.in_place(line)

    try:
        yield advance
    finally:
        if shown:
            output.in_place("")
