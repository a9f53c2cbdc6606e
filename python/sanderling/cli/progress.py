"""One progress line on stderr; silent where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WIDTH = 28


@contextmanager
def bar(verb: str) -> Iterator[Callable[[int, int, str], None]]:
    """Yield ``advance(done, total, what)``, in any unit; the line is wiped at the end, however the block ends."""
    shown = sys.stderr.isatty()

    def advance(done: int, total: int, what: str) -> None:
        if shown:
            filled = WIDTH * done // max(total, 1)
            line = f"{verb} [{'#' * filled}{'.' * (WIDTH - filled)}] {100 * done // max(total, 1)}% {what}"
            sys.stderr.write(f"\r\x1b[K{line[:100]}")
            sys.stderr.flush()

    try:
        yield advance
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
