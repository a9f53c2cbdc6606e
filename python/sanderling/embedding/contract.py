"""The interface of an embedder, and the embedding of nodes with the titles of their documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ..records import Vectors


class Embedder(Protocol):
    """An embedder of texts as vectors of one length. A memory stores its id and refuses one with another id."""

    @property
    def id(self) -> str:
        """Name and version; embedders that give different vectors have different ids."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Length at which the embedder cuts a text, in tokens."""

    def embed(self, texts: Sequence[str], on_truncated: Callable[[int, int], None] | None = None) -> Vectors:
        """Return unit rows float32[len(texts), dim]; call ``on_truncated(row, tokens)`` for each text that is cut."""

    def count_tokens(self, text: str) -> int:
        """Count the tokens of ``text`` before any truncation."""


def embedded_text(title: str, text: str) -> str:
    """Return the text to embed for a node: its document's title, then its text. Only the text is stored and shown.

    A chunk from the middle of a document often does not name its subject; the title does.
    """
    return f"{title}\n{text}" if title else text


def embed_nodes(embedder: Embedder, title: str, texts: Sequence[str]) -> tuple[Vectors, int]:
    """Embed the nodes of one document; return float32[n, dim] and the number of texts that were cut."""
    ((vectors, cut),) = embed_documents(embedder, [(title, texts)])
    return vectors, cut


def embed_documents(
    embedder: Embedder, documents: Sequence[tuple[str, Sequence[str]]]
) -> Iterator[tuple[Vectors, int]]:
    """Embed the nodes of several (title, texts) in one call; yield vectors and number of cut texts per document.

    One call fills the embedder's batches.
    """
    whole = [embedded_text(title, text) for title, texts in documents for text in texts]
    cut: list[int] = []
    vectors = embedder.embed(whole, lambda row, _tokens: cut.append(row))
    first = 0
    for _, texts in documents:
        last = first + len(texts)
        yield vectors[first:last], sum(first <= row < last for row in cut)
        first = last
