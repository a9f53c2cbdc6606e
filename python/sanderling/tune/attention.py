"""Tunes the weights of the ranking by training on the memory itself (:mod:`sanderling.memory.learn`)."""

from __future__ import annotations

from ..memory import Memory
from ..memory.learn.learn import keep, trained
from ..memory.retrieve import learned
from .proposal import Interval, Proposal

QUESTIONS = 160


class AttentionWeights:
    """The tunable ``attention``."""

    name = "attention"

    def __init__(self, memory: Memory, seed: int = 0) -> None:
        """``seed``: of the questions and of the training."""
        self._memory, self._seed = memory, seed

    def propose(self) -> Proposal:
        """Train new weights, and judge them on held-out questions."""
        found = trained(self._memory, QUESTIONS, self._seed, on_progress=lambda done, total, what: None)
        verdict = found.verdict
        gain = Interval(verdict.gain.mean, verdict.gain.low, verdict.gain.high)
        said = f"R@5 {verdict.before:.3f} by {self._memory.ranker.name}, {verdict.after:.3f} by weights learned here"
        embedder = self._memory.embedder.id

        def install() -> None:
            keep(embedder, found)

        return Proposal(self.name, said, gain, verdict.better, install)

    def rollback(self) -> str:
        """Go back to the previous weights."""
        current = learned.rollback(self._memory.embedder.id).current
        by = f"weights learned here on {current.when[:10]}" if current else "the weights that ship"
        return f"notes are ranked by {by}"
