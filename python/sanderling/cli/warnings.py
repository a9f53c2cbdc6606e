"""What a memory has to say, told by the command that opened it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from . import output

if TYPE_CHECKING:
    from ..runtime import Runtime


@contextmanager
def telling(runtime: Runtime) -> Iterator[Runtime]:
    """Close ``runtime`` at the end. What its memory warns of is told now, and then what working and closing added."""
    said = runtime.memory.warnings
    try:
        with runtime:
            for warning in said:
                output.warn(warning)
            yield runtime
    finally:
        for warning in runtime.memory.warnings:
            if warning not in said:
                output.warn(warning)
