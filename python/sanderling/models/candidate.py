"""One installed model as the router weighs it: what it holds, whether it fits, and what it is predicted to cost."""

from __future__ import annotations

from ..records import Record

EXPECTED_COMPLETION_TOKENS = 48
"""Length of answer assumed when predicting: short factual answers. An assumption, printed as part of the prediction."""

PROMPT_OVERHEAD_TOKENS = 96
"""System prompt, block headers and question around the context blocks."""


class Candidate(Record):
    """One installed model, as it stands on this device at this moment."""

    model_id: str
    rung: int
    """Position on its ladder, 0 the smallest."""
    n_ctx: int
    fits_ram: bool
    warm: bool
    """Loaded now: no load time to pay."""
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    load_ms: float = 0.0
    remote: bool = False
    """Asked over a network: never for a request whose privacy is ``local``."""

    def predicted_ms(self, context_tokens: int) -> float:
        """Latency of an answer of :data:`EXPECTED_COMPLETION_TOKENS` over ``context_tokens`` of context."""
        load = 0.0 if self.warm else self.load_ms
        return self.prefill_ms(context_tokens) + self.decode_ms(EXPECTED_COMPLETION_TOKENS) + load

    def prefill_ms(self, context_tokens: int) -> float:
        """Time to read a prompt with ``context_tokens`` of context."""
        return 1000 * (context_tokens + PROMPT_OVERHEAD_TOKENS) / self.prefill_tokens_per_s

    def decode_ms(self, tokens: int) -> float:
        """Time to write an answer of so many tokens."""
        return 1000 * tokens / self.decode_tokens_per_s
