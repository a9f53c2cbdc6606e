"""The expected gain of a second draft, given the confidence in the first.

A gain is a straight line over the confidence, in units of quality (0 to 1), fitted to the collected answers of each
pair of settings. A pair that no collection holds has the default: a larger context helps where the first was smaller
than 160 tokens, and a larger model helps a model of at most 300 million parameters. Figures: ``bench_device/LOG.md``.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...records import CONTEXT_BINS, ContextBin, Record

SMALL_MODEL = 300_000_000
"""Most parameters of a model whose wrong drafts a larger one mends."""


class Gain(Record):
    """Mean change of quality by a second draft."""

    model_id: str
    context_bin: ContextBin
    to_model_id: str
    to_context_bin: ContextBin
    at_zero: float
    """Mean gain where the confidence in the first draft is 0."""
    at_one: float
    """Mean gain where it is 1; below 0 if right answers are lost."""
    questions: int = 0

    def expected(self, confidence: float) -> float:
        """Return the expected gain over a draft that is right with probability ``confidence``."""
        return confidence * self.at_one + (1.0 - confidence) * self.at_zero


_GROWN: dict[tuple[ContextBin, ContextBin], float] = {
    ("tiny", "small"): 0.26,
    ("tiny", "medium"): 0.30,
    ("tiny", "large"): 0.36,
    ("small", "medium"): 0.10,
    ("small", "large"): 0.12,
    ("medium", "large"): 0.08,
}
"""Gains of the same model's larger context after a wrong draft."""
_OF_SMALL = 0.15
"""Share of that gain which a model of at most :data:`SMALL_MODEL` parameters has: more notes help it little."""
_LARGER_MODEL = 0.30
_LOST = -0.08
"""Loss after a right draft: one of nine was wrong the second time."""


class Gains:
    """The gains of one collection, by pair of settings."""

    def __init__(self, known: Iterable[Gain] = ()) -> None:
        """``known``: the measured ones."""
        self._known = {(gain.model_id, gain.context_bin, gain.to_model_id, gain.to_context_bin): gain for gain in known}

    def of(
        self,
        model_id: str,
        context_bin: ContextBin,
        to_model_id: str,
        to_context_bin: ContextBin,
        parameters: int,
        *,
        remote: bool = False,
    ) -> Gain:
        """Return the gain of one setting over another.

        ``parameters``: size of the model that drafted. ``remote``: the second is used over a network, so it is larger
        than any model on this device.
        """
        found = self._known.get((model_id, context_bin, to_model_id, to_context_bin))
        if found is not None:
            return found
        mended = 0.0
        if model_id == to_model_id:
            small = 0 < parameters <= SMALL_MODEL
            mended = _GROWN.get((context_bin, to_context_bin), 0.0) * (_OF_SMALL if small else 1.0)
        elif remote or 0 < parameters <= SMALL_MODEL:
            larger = CONTEXT_BINS.index(to_context_bin) - CONTEXT_BINS.index(context_bin)
            mended = _LARGER_MODEL + 0.02 * min(larger, 2)
        return Gain(
            model_id=model_id,
            context_bin=context_bin,
            to_model_id=to_model_id,
            to_context_bin=to_context_bin,
            at_zero=mended,
            at_one=_LOST,
        )
