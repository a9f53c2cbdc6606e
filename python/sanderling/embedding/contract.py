"""What the memory needs of an embedder, and how it uses one: titles go in with the text, cuts are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ..records import Vectors


class Embedder(Protocol):
    """Turns texts into vectors of one length; its id is stored with the memory, and another one is refused."""

    @property
    def id(self) -> str:
        """Changes whenever the vectors would."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Tokens of one text beyond which the embedder does not look."""

    def embed(self, texts: Sequence[str], on_truncated: Callable[[int, int], None] | None = None) -> Vectors:
        """Return unit rows float32[len(texts), dim]; ``on_truncated(row, tokens)`` is told of each text cut."""

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text``, before any truncation."""


def embedded_text(title: str, text: str) -> str:
    """Return what is embedded for a node: its document's title, then its text. Stored and shown is the text alone.

    A chunk from the middle of a document often does not name what it is about; the title does.
    """
    return f"{title}\n{text}" if title else text


def embed_nodes(embedder: Embedder, title: str, texts: Sequence[str]) -> tuple[Vectors, int]:
    """Embed the nodes of one document: float32[n, dim], and how many texts it did not read to the end."""
    ((vectors, cut),) = embed_documents(embedder, [(title, texts)])
    return vectors, cut


def embed_documents(
    embedder: Embedder, documents: Sequence[tuple[str, Sequence[str]]]
) -> Iterator[tuple[Vectors, int]]:
    """Embed the nodes of (title, texts), all in one call, which fills the embedder's batches; yield as above."""
    whole = [embedded_text(title, text) for title, texts in documents for text in texts]
    cut: list[int] = []
    vectors = embedder.embed(whole, lambda row, _tokens: cut.append(row))
    first = 0
    for _, texts in documents:
        last = first + len(texts)
        yield vectors[first:last], sum(first <= row < last for row in cut)
        first = last
