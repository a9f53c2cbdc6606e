"""The user's own rated questions as a set, with the user's own memory.

A question whose answer a person rated 4 or 5 has the notes that this answer was made from as gold. The telemetry holds
no text of an answer, so a system's quality is the share of these notes that it shows, 0 where it declines. Any other
rating says nothing about what would have been right, and leaves the question out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...config import Config, home
from ...disk.home import MEMORY
from ...errors import UsageError
from ...memory import Memory
from ...models.embedder import open_for_memory
from ...telemetry.row import Row
from ...telemetry.store import TelemetryStore
from ..routing.sets import Set
from ..workloads import Question

NAME = "log"
LIKED = 4.0
"""Lowest rating, of 5, that vouches for an answer and its sources."""


def rated() -> Set:
    """Return the logged questions with a good rating.

    Of a question that was asked several times, the last asking that was liked counts.

    Raises UsageError if there are none with their words and their sources.
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
        for row in latest.values()
    )
    return Set(name=NAME, notes=None, questions=questions)


@contextmanager
def memory() -> Iterator[Memory]:
    """Open the user's memory with its own embedder.

    Nothing is written into it.

    Raises UsageError if there is none, and the errors of opening it.
    """
    path = home() / MEMORY
    if not path.exists():
        raise UsageError(f"there is no memory at {path}: the rated questions were about another one")
    with Memory.open(path, open_for_memory(path, Config().embedder).embedder) as opened:
        yield opened
