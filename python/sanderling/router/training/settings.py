"""Hyperparameters of training, except for the weights of the loss terms."""

from __future__ import annotations

from ...records import Record


class Settings(Record):
    """Hyperparameters of :func:`sanderling.router.training.train.train`."""

    hidden: int = 32
    rank_w: int = 0
    rank_u: int = 0
    epochs: int = 60
    patience: int = 12
    """Epochs without a lower held-out loss before stopping, counted once all rows are used."""
    batch: int = 128
    learning_rate: float = 3e-3
    """Initial rate; decays to 0 along half a cosine."""
    decay: float = 0.01
    carried: float = 0.25
    """Share of rows that start from another row's hidden state, to simulate later turns of a conversation."""
    held_out: float = 0.15
    """Share of the questions held out."""
    seed: int = 0
