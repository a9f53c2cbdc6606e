"""The interface of an embedder, and functions that embed nodes with their document titles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ..records import Vectors
from ..text.searched import joined

OnTruncated = Callable[[int, int], None]
"""Callback that receives the index of a truncated text and a lower bound on its number of tokens."""


ENGLISH = ("en",)
"""Languages of an embedder that does not say which it was trained for."""


class Embedder(Protocol):
    """Turns texts into vectors, all of the same length.

    A memory stores the id of its embedder and refuses an embedder with another id. An embedder that reads questions
    otherwise than notes has a method ``embed_queries`` too, with the parameters of :meth:`embed`.
    """

    @property
    def id(self) -> str:
        """Name and version, different for embedders that give different vectors."""

    @property
    def dim(self) -> int:
        """Length of each vector."""

    @property
    def max_tokens(self) -> int:
        """Longest text, in tokens, that is embedded without being cut."""

    def embed(self, texts: Sequence[str], on_truncated: OnTruncated | None = None) -> Vectors:
        """Embed texts as parts of notes, and return their unit vectors, float32[len(texts), dim].

        ``on_truncated(row, tokens)`` is called for each text that is cut.
        """

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens in ``text``, even if :meth:`embed` would cut it."""


def languages_of(embedder: Embedder) -> tuple[str, ...]:
    """Return the ISO 639 codes of the languages that ``embedder`` was trained for.

    ``mul`` stands for a hundred or more languages. English alone, for an embedder that has no attribute ``languages``.
    """
    return tuple(getattr(embedder, "languages", ENGLISH))


def embedded_head(title: str, names: str) -> str:
    """Return the prefix of a document's texts for embedding: its title and the words of its path."""
    return f"{title}\n{names}" if title and names else title or names


def embed_queries(embedder: Embedder, questions: Sequence[str], on_truncated: OnTruncated | None = None) -> Vectors:
    """Return one unit vector per question, float32[len(questions), dim].

    Many embedders are trained with other prefixes for questions than for notes; ``embedder.embed_queries`` puts them
    there if the embedder has this method, otherwise questions are embedded as notes are. ``on_truncated``: as for
    :meth:`Embedder.embed`.
    """
    embed: Callable[[Sequence[str], OnTruncated | None], Vectors] = getattr(embedder, "embed_queries", embedder.embed)
    return embed(questions, on_truncated)


def embedded_text(head: str, text: str) -> str:
    """Return the text to embed for a node: the document's prefix and the node's text. Only the text is shown.

    A chunk from the middle of a document often does not name its subject; the title and the path do. Words that a line
    end breaks are joined: an embedder knows no "refri" and no "gerator".
    """
    text = joined(text)
    return f"{head}\n{text}" if head else text


def embed_nodes(embedder: Embedder, title: str, texts: Sequence[str]) -> tuple[Vectors, int]:
    """Embed the nodes of one document; return float32[n, dim] and the number of texts cut."""
    ((vectors, cut),) = embed_documents(embedder, [(title, texts)])
    return vectors, cut


def embed_documents(
    embedder: Embedder, documents: Sequence[tuple[str, Sequence[str]]]
) -> Iterator[tuple[Vectors, int]]:
    """Embed the nodes of several documents; yield each document's vectors and number of texts cut.

    Each document is (head, texts), the head as :func:`embedded_head` makes it. The embedder gets all texts in one call,
    so that it can fill its batches.
    """
    whole = [embedded_text(head, text) for head, texts in documents for text in texts]
    cut: list[int] = []
    vectors = embedder.embed(whole, lambda row, _tokens: cut.append(row))
    first = 0
    for _, texts in documents:
        last = first + len(texts)
        yield vectors[first:last], sum(first <= row < last for row in cut)
        first = last
