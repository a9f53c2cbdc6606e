"""The metadata in a weights file: model names, and how the weights were made.

It holds numbers and ids, and no text from users.
"""

from __future__ import annotations

import msgspec

from ...records import CONTEXT_BINS, Record
from .measure import Measured


class Card(Record):
    """The ``card`` of :class:`sanderling.router.fastgrnn.Weights`, as JSON."""

    models: tuple[str, ...]
    """Models of the model head's rows, smallest first; at most 4."""
    contexts: tuple[str, ...] = CONTEXT_BINS
    temperatures: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Temperatures by which the logits of model, context and escalation are already divided."""
    rows: int = 0
    questions: int = 0
    drafts: int = 0
    """Number of rows with a second step."""
    escalates: bool = True
    """Whether drafts are judged. False: every draft is accepted, so answers can be streamed as they are generated."""
    verifies: bool = False
    """Whether the last output is the probability that a draft is wrong, instead of that escalating it pays."""
    seed: int = 0
    epochs: int = 0
    """Number of epochs up to the weights kept."""
    made: str = ""
    """Day of the training, ISO-8601."""
    source: str = ""
    """The collection or telemetry that the rows come from."""
    held_out: Measured | None = None
    """Results on the held-out questions."""
    plans: tuple[str, ...] = ()
    """Plans that the plan head was trained to tell apart; empty: it was not trained."""
    ladder: str = ""
    """Name of the models' ladder; empty: weights of before ladders were named, or models that are on none."""


def encode(card: Card, held_out: Measured | None = None) -> str:
    """Return the card as JSON, with ``held_out`` added as the results on held-out questions."""
    return msgspec.json.encode(msgspec.structs.replace(card, held_out=held_out)).decode()


def decode(text: str) -> Card:
    """Parse a card. Raises ValueError for anything else, including the empty card of weights that were not trained."""
    return msgspec.json.decode(text.encode(), type=Card)
