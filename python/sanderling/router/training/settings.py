"""Every choice of a training beside the terms of its loss."""

from __future__ import annotations

from ...records import Record


class Settings(Record):
    """See :mod:`.train`, which takes the defaults when told nothing."""

    hidden: int = 32
    rank_w: int = 0
    rank_u: int = 0
    epochs: int = 60
    patience: int = 12
    """Epochs without a better held-out loss after which to stop, once all rows are seen."""
    batch: int = 128
    learning_rate: float = 3e-3
    """At the start; falls to 0 along half a cosine."""
    decay: float = 0.01
    carried: float = 0.25
    """Share of rows that begin from the state which another row left behind, as a later turn of a conversation does."""
    held_out: float = 0.15
    """Share of the questions."""
    seed: int = 0
