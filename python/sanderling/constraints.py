"""Limits that a caller sets for one request."""

from __future__ import annotations

from . import ranges
from .records import ContextBin, Privacy, Record


class Constraints(Record):
    """The limits a caller sets for one request."""

    budget_ms: float | None = None
    """Desired wall-clock time of the whole answer; None: no limit."""
    privacy: Privacy | None = None
    """``local``: no socket is opened for this request. None: as configured."""
    max_tokens: int = 256
    context_bin: ContextBin | None = None
    """The context size to use; None: chosen by the router."""
    temperature: float | None = None
    """Sampling temperature, 0 for greedy; None: chosen by the router."""
    cache: bool = True
    """Whether the response cache may be read and written, if it is configured."""
    model_id: str = ""
    """The only model to use; empty: chosen by the router."""
    top_p: float | None = None
    """Share of the likeliest tokens to draw from; None: chosen by the router."""
    seed: int | None = None
    """Seed of the random draws; None: the model's own."""
    stop: tuple[str, ...] = ()
    """Texts that end the answer, besides those of the model's chat format; the answer does not include them."""

    def check(self) -> None:
        """Raise ValueError if a number is out of its range.

        The constructor does not check, so that telemetry rows of any version can be read.
        """
        ranges.BUDGET_MS.check("budget_ms", self.budget_ms)
        ranges.TOKENS.check("max_tokens", self.max_tokens)
        ranges.TEMPERATURE.check("temperature", self.temperature)
        ranges.SHARE.check("top_p", self.top_p)
        ranges.SEED.check("seed", self.seed)
