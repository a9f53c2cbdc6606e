"""Measures a model's load time cold and warm.

The cold load follows after the file was dropped from the page cache, the warm one has the file in it. Loading maps the
file, and a mapped page is only read when first used. The time to the first token of a one-token prompt is therefore
reported along with the load time. "Cold" refers to this system's cache only; a hypervisor or disk may have another.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...engines import EngineName, Worker, generate_all, start
from ...engines.protocol import GenerateRequest, LoadSpec
from ...records import Record, Sampling
from .prompt import random_prompt

COLD_SHARE = 0.05
"""A load counts as cold if at most this share of the file is still cached after it was dropped."""


class Load(Record):
    """Times of one load in a new process, including the start of that process."""

    load_ms: float
    first_token_ms: float
    """Time from the start of loading to the first token of a one-token prompt."""


class Loading(Record):
    """Times of a cold and a warm load of one model."""

    cold: Load | None
    """None if the load was not cold; ``not_cold`` says why."""
    not_cold: str
    """Why the file could not be dropped from the page cache; empty when it was."""
    warm: Load


def load_twice(spec: LoadSpec, files: Sequence[Path], engine: EngineName) -> tuple[Loading, Worker]:
    """Load a model cold, then warm; return both times and the second worker.

    The caller must close the worker. Raises the errors of loading and generating.
    """
    not_cold = drop_cache(files)
    first, worker = _load(spec, engine)
    worker.close()
    warm, worker = _load(spec, engine)
    return Loading(cold=None if not_cold else first, not_cold=not_cold, warm=warm), worker


def _load(spec: LoadSpec, engine: EngineName) -> tuple[Load, Worker]:
    worker = start(engine)
    began = time.perf_counter()
    try:
        info = worker.load(spec)
        loaded = time.perf_counter()
        # Number 0: no prompt of a test begins with that token, so nothing of it is reused.
        ids = random_prompt(info.n_vocab, 1, 0)
        request = GenerateRequest(prompt_ids=ids, max_tokens=1, sampling=Sampling(temperature=0))
        generate_all(worker, request)
    except BaseException:
        worker.close()
        raise
    return Load(load_ms=1e3 * (loaded - began), first_token_ms=1e3 * (time.perf_counter() - began)), worker


def drop_cache(files: Sequence[Path]) -> str:
    """Drop files from the page cache; return the reason for a failure, or an empty string."""
    if not hasattr(os, "posix_fadvise"):
        return "this system offers no posix_fadvise"
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)  # pages that are not written yet cannot be dropped
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError as error:
            return f"{file.name}: {error.strerror}"
        finally:
            os.close(descriptor)
        share = cached_share(file)
        if share > COLD_SHARE:
            return f"{share:.0%} of {file.name} stayed in memory (another process uses it, or the system refuses)"
    return ""


def cached_share(file: Path) -> float:
    """Return the share of a file's pages that are in memory.

    mincore(2) tells it; 1 if the call fails.
    """
    if file.stat().st_size == 0:
        return 0.0
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        view = np.frombuffer(mapped, dtype=np.uint8)
        pages = np.zeros(-(-len(view) // mmap.PAGESIZE), dtype=np.uint8)
        libc = ctypes.CDLL(None, use_errno=True)
        status = libc.mincore(
            ctypes.c_void_p(view.ctypes.data), ctypes.c_size_t(len(view)), ctypes.c_void_p(pages.ctypes.data)
        )
        del view  # a mapping with a view of it cannot be closed
    return float((pages & 1).mean()) if status == 0 else 1.0
