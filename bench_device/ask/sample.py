"""One question asked once, and its time by stage.

The answer is read from the JSON of ``sanderling ask --json``, of this version or another; what another does not write
keeps its default.
"""

from __future__ import annotations

import msgspec

from ...errors import SanderlingError
from ...records import Record, Timings, TokenCounts
from ..scenarios.stages import OUTSIDE, stages_ms


class SaidRoute(Record):
    """The fields of a route that are compared between versions.

    Context sizes have other names in other versions.
    """

    model_id: str = ""
    context_bin: str = ""
    context_tokens: int = 0


class Said(Record):
    """The fields of an answer that are compared between versions."""

    text: str
    timings_ms: Timings
    tokens: TokenCounts = TokenCounts()
    route: SaidRoute = SaidRoute()


class Asked(Record):
    """An answer, with the time that the caller waited."""

    wall_ms: float
    """Cold: from the start of the process to its end. Otherwise the time of the call."""
    said: Said
    engine: str = ""
    """Name, version and kernels of the engine; empty: not known, as in a process of its own."""


class Sample(Record):
    """One question, asked once of one version in one setting."""

    label: str
    profile: str
    setting: str
    """``cold``, ``warm``, or ``busy`` with the number of busy processes."""
    version: str
    question_id: str
    began_s: float
    """Start time, in seconds since 1970."""
    error: str = ""
    """Why there is no answer; the fields below then keep their defaults."""
    wall_ms: float = 0.0
    said: Said = Said(text="", timings_ms=Timings())
    engine: str = ""
    """See :class:`Asked`."""
    f1: float = 0.0

    @property
    def stages_ms(self) -> dict[str, float]:
        """Return the milliseconds of each stage, and of the time outside all stages.

        They add up to ``wall_ms``.
        """
        inside = stages_ms(self.said.timings_ms)
        return {**inside, OUTSIDE: max(0.0, self.wall_ms - sum(inside.values()))}

    @property
    def new_tokens(self) -> int:
        """Return the number of prompt tokens that were computed."""
        return self.said.tokens.prompt - self.said.tokens.cached

    @property
    def per_token_ms(self) -> float | None:
        """Return the milliseconds per token after the first; None for an answer of fewer than two tokens."""
        timings, count = self.said.timings_ms, self.said.tokens.completion
        return max(0.0, timings.llm - timings.ttft) / (count - 1) if count > 1 else None


def read_said(encoded: str | bytes, who: str) -> Said:
    """Read an answer from its JSON. Raises SanderlingError that names ``who`` wrote it."""
    try:
        return msgspec.json.decode(encoded, type=Said)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SanderlingError(
            f"{who} gives no answer that can be read ({error}): name an installation of 0.2"
        ) from error
