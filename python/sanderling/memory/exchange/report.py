"""The result of an import."""

from __future__ import annotations

from ...records import Record


class Imported(Record):
    """Result of an import."""

    nodes: int
    """Notes and pieces of documents that were added."""
    documents: int
    edges: int
    unchanged: int
    """Notes that the memory had already."""
    embedded: int
    """Of the nodes added, those whose text was embedded: all but those with a vector of this embedder."""
    refused: tuple[str, ...]
    """What the memory has otherwise, one line each; the memory's own stays."""
    warnings: tuple[str, ...]
