"""Closes the runtime of a command that ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..runtime import Runtime


@contextmanager
def leaving(runtime: Runtime) -> Iterator[None]:
    """Close ``runtime`` after the block, without waiting until the memory of its models is free."""
    try:
        yield
    finally:
        runtime.close(wait=False)
