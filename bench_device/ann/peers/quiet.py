"""Suppresses the output of native libraries on stdout."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_native_output() -> Iterator[None]:
    """Discard the output of native code on stdout during the block."""
    libc = ctypes.CDLL(None)
    libc.fflush(None)
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
        # C keeps unwritten output in a buffer of its own, which would otherwise reach the restored stdout.
        libc.fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
