"""Choose the ranking of candidates: by learned weights, shipped weights, or fused ranks."""

from __future__ import annotations

from typing import NamedTuple

from ..._core import Attention
from ...errors import UsageError
from .attention_weights import shipped
from .learned import attention


class Ranker(NamedTuple):
    """The ranking of candidates for one embedder."""

    attention: Attention | None
    """Trained weights; None: ranks are fused instead."""
    name: str
    warning: str
    """Message to the user about unusable learned weights; empty if there are none."""


def ranker(embedder_id: str) -> Ranker:
    """Return the ranking for a memory with this embedder.

    Learned weights that cannot be read are passed over with a warning, since a question can be answered without them.
    """
    warning = ""
    try:
        learned = attention(embedder_id)
    except UsageError as error:
        learned, warning = None, f"{error}; until then the weights that ship rank"
    if learned is not None:
        weights, origin = learned
        return Ranker(weights, f"weights learned here on {origin.when[:10]}", "")
    ships = shipped()
    return Ranker(ships, "the weights that ship" if ships else "fused ranks, without trained weights", warning)
