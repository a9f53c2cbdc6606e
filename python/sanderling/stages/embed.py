"""Check a question, and embed it."""

from __future__ import annotations

from collections.abc import Callable

from ..embedding.contract import embed_queries
from ..errors import UsageError
from ..memory import Embedder
from ..records import Vectors

MAX_QUERY_BYTES = 64 * 1024
"""Size above which a question is refused rather than cut."""


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

    def cut(_row: int, tokens: int) -> None:
        warn(f"the question has at least {tokens} tokens; only the first {embedder.max_tokens} steered the search")

    vectors: Vectors = embed_queries(embedder, [query], cut)
    return vectors.reshape(-1)
