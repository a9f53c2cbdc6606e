"""Query text in, unit vector out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..errors import UsageError
from ..records import Vectors

MAX_QUERY_BYTES = 64 * 1024
"""A query is a question, not a document: beyond this it is refused rather than cut."""


class Embedder(Protocol):
    """What a memory needs of an embedder; its id is stored with the memory and another one is refused."""

    @property
    def id(self) -> str:
        """Name and content hash."""

    @property
    def dim(self) -> int:
        """Length of its vectors."""

    def embed(embedder: Embedder, query: str, warn: Callable[[str], None]) -> Vectors:
    """Return the unit vector ``float32[dim]`` of ``query``; ``warn`` is told when only its beginning was seen."""

    def cut(_row: int, tokens: int) -> None:
        warn(f"the question has {tokens} tokens; only the first part of it steered the search")

    return embedder.embed([query], cut)[0]
