"""Check a question, and embed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..embedding.contract import embed_queries
from ..errors import UsageError
from ..memory import Embedder
from ..ranges import MAX_QUERY_BYTES
from ..records import Vectors


def checked(query: str) -> str:
    """Return ``query`` without surrounding white space. Raises UsageError if it is empty, too long, or not text."""
    query = query.strip()
    if not query:
        raise UsageError("the question is empty: ask something")
    size = len(query.encode(errors="surrogatepass"))
    if size > MAX_QUERY_BYTES:
        raise UsageError(
            f"the question has {size:,} bytes, at most {MAX_QUERY_BYTES:,} are taken: "
            "put long text into a file and `sanderling ingest` it"
        )
    if any("\ud800" <= char <= "\udfff" for char in query):
        raise UsageError("the question holds bytes that are not text: check the terminal's encoding (UTF-8)")
    return query


def embed(embedder: Embedder, query: str, warn: Callable[[str], None]) -> Vectors:
    """Return the unit vector ``float32[dim]`` of ``query``.

    ``warn``: called with a text when the embedder read only the beginning of the question.
    """
    return embed_readings(embedder, [query], warn).reshape(-1)


def embed_readings(embedder: Embedder, readings: Sequence[str], warn: Callable[[str], None]) -> Vectors:
    """Return a unit vector for each text in ``readings``, ``float32[len(readings), dim]``.

    ``readings``: readings of one question; the question itself comes last. ``warn``: as for :func:`embed`.
    """

    def cut(row: int, tokens: int) -> None:
        if row == len(readings) - 1:
            warn(f"the question has at least {tokens} tokens; only the first {embedder.max_tokens} steered the search")

    return embed_queries(embedder, readings, cut)
