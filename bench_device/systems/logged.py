"""The user's own rated questions as a set, with the user's own memory.

A question whose answer a person rated 4 or 5 has the notes that this answer was made from as gold. The telemetry holds
no text of an answer, so a system's quality is the share of these notes that it shows, 0 where it declines. Any other
rating says nothing about what would have been right, and leaves the question out.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from ...config import Config, home
from ...disk.home import MEMORY
from ...errors import UsageError
from ...memory import Memory
from ...memory.store.exchange import keys_of
from ...memory.store.store import Store
from ...models.embedder import open_for_memory
from ...telemetry.row import Row
from ...telemetry.store import TelemetryStore
from ..routing.sets import Set
from ..workloads import Question

log = logging.getLogger(__name__)

NAME = "log"
LIKED = 4.0
"""Lowest rating, of 5, that vouches for an answer and its sources."""
_MEMORY_SET = "SANDERLING_MEMORY"
"""Variable that names the memory of all commands."""


def rated() -> Set:
    """Return the logged questions with a good rating.

    Of a question that was asked several times, the last asking that was liked counts. Those whose sources the user's
    memory does not hold are left out, and a warning counts them.

    Raises UsageError if there are none with their words and their sources, and MemoryFileError.
    """
    latest: dict[str, Row] = {}
    with TelemetryStore() as store:
        for row in store.rows():
            liked = row.quality.judge_model is None and (row.quality.score or 0.0) >= LIKED
            if row.query and row.sources and liked:
                latest[row.query] = row
    if not latest:
        raise UsageError(
            "the log has no question with a good rating and its sources: rate answers with  sanderling log rate up ,"
            " and leave log_query_text of config.toml true"
        )
    questions = tuple(
        Question(
            id=row.request_id,
            text=row.query,
            answers=(),
            gold=tuple(dict.fromkeys(row.sources)),
            hops=len(set(row.sources)),
        )
        for row in _held(list(latest.values()))
    )
    return Set(name=NAME, notes=None, questions=questions)


@contextmanager
def memory() -> Iterator[Memory]:
    """Open the user's memory with its own embedder.

    Nothing is written into it.

    Raises UsageError if there is none, and the errors of opening it.
    """
    path = _memory_file()
    with Memory.open(path, open_for_memory(path, Config().embedder).embedder) as opened:
        yield opened


def _memory_file() -> Path:
    path = Path(os.environ.get(_MEMORY_SET) or home() / MEMORY)
    if not path.exists():
        raise UsageError(f"there is no memory at {path}: set {_MEMORY_SET} to the one that was asked")
    return path


def _held(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of which the user's memory holds all sources. Raises UsageError if there are none."""
    path = _memory_file()
    with closing(Store.open_existing(path)) as store, store.read():
        known = keys_of(store, {id for row in rows for id in row.sources})
    held = [row for row in rows if known.keys() >= set(row.sources)]
    if not held:
        raise UsageError(
            f"{path} holds the sources of none of the {len(rows)} rated questions:"
            f" set {_MEMORY_SET} to the memory that was asked"
        )
    if left_out := len(rows) - len(held):
        log.warning("%d of %d rated questions are left out: %s does not hold their sources", left_out, len(rows), path)
    return held
