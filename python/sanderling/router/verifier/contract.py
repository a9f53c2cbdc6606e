"""The interface of a verifier."""

from __future__ import annotations

from typing import Protocol

from .signals import Signals


class Verifier(Protocol):
    """Estimates the probability that a draft is right."""

    @property
    def id(self) -> str:
        """Return the verifier's name."""

    @property
    def not_sure_below(self) -> float:
        """Return the confidence below which an answer is called not sure."""

    def confidence(self, signals: Signals) -> float:
        """Return the probability that a draft with these signals is right."""
