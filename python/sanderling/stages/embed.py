"""Query text in, unit vector out."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import UsageError
from ..memory import Embedder
from ..records import Vectors

MAX_QUERY_BYTES = 64 * 1024
"""A query is a question, not a document: beyond this it is refused rather than cut."""


def checked(query: str) -> str:
    """Return the query stripped of surrounding space. Raises UsageError when it is empty, too long, or not text."""
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
    """Return the unit vector ``float32[dim]`` of ``query``; ``warn`` is told when only its beginning was seen."""

    def cut(_row: int, tokens: int) -> None:
        warn(f"the question has at least {tokens} tokens; only the first {embedder.max_tokens} steered the search")

    vectors: Vectors = embedder.embed([query], cut)
    return vectors.reshape(-1)
