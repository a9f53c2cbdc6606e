"""What a weights file says of itself: the labels' names, and how the weights were made. Counts only, no sentences."""

from __future__ import annotations

import msgspec

from ...records import CONTEXT_BINS, Record
from .measure import Measured


class Card(Record):
    """The card of :class:`sanderling.router.fastgrnn.Weights`, as JSON."""

    models: tuple[str, ...]
    """Names of the model head's rows, smallest first; at most 4."""
    contexts: tuple[str, ...] = CONTEXT_BINS
    temperatures: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """By which the logits of model, context and escalation were divided already."""
    rows: int = 0
    questions: int = 0
    drafts: int = 0
    """Rows with a second step."""
    escalates: bool = True
    """Whether drafts are judged; False: all are accepted, so that answers may be shown while they are written."""
    seed: int = 0
    epochs: int = 0
    """Until the weights kept."""
    made: str = ""
    """ISO-8601 day."""
    source: str = ""
    """Which collection or telemetry the rows come from."""
    held_out: Measured | None = None
    """On the questions that the training did not see."""


def encode(card: Card, held_out: Measured | None = None) -> str:
    """Return the card, with these measures, as the file holds it."""
    return msgspec.json.encode(msgspec.structs.replace(card, held_out=held_out)).decode()


def decode(text: str) -> Card:
    """Read a card. Raises ValueError for what is none, such as the empty one of weights that no training wrote."""
    return msgspec.json.decode(text.encode(), type=Card)
