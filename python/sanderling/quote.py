"""A sentence shown at once as a provisional answer, and the sentence's source note."""

from __future__ import annotations

import msgspec


# Not a Record, whose module imports this one for the fields of an answer.
class SourceNote(msgspec.Struct, frozen=True, kw_only=True):
    """A note used for an answer, or found by a search."""

    key: int
    node_id: str
    title: str
    uri: str
    position: int
    score: float
    """Weight that ranked the note, from ``AttentionResult.weights``."""
    text: str
    block: str = ""
    """The note as shown to the model, or all of it for a cached answer, under a full head; empty after a search."""


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """The sentence of the notes that best answers a question, found without a model."""

    text: str
    """The sentence on one line; a table row follows the line with its column names."""
    source: SourceNote
    """The note that contains the sentence."""
    start: int
    """Offset of the sentence or row in ``source.text``."""
    end: int
    """End of the sentence or row in ``source.text``, exclusive."""
    confidence: float
    """Probability that the sentence has the answer, calibrated on questions with known answers."""
