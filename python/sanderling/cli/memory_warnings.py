"""Prints the warnings of an opened memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from . import output

if TYPE_CHECKING:
    from ..memory import Memory


@contextmanager
def reporting_warnings(memory: Memory, holder: AbstractContextManager[object] | None = None) -> Iterator[None]:
    """Print the warnings of an opened ``memory``, and close the memory after the block.

    ``holder``: the runtime that holds the memory, closed at the end; None: the memory itself is closed.
    """
    at_opening = memory.warnings
    try:
        with holder or memory:
            for warning in at_opening:
                output.warn(warning)
            yield
    finally:
        # Closing saves the index, which may fail.
        for warning in memory.warnings:
            if warning not in at_opening:
                output.warn(warning)
