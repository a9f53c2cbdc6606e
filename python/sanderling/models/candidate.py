"""The router's data about an installed model: its context length, its predicted latency, whether the RAM suffices."""

from __future__ import annotations

from ..records import Record

EXPECTED_COMPLETION_TOKENS = 48
"""Answer length that predictions assume: a short factual answer. It is shown with each prediction."""

PROMPT_OVERHEAD_TOKENS = 64
"""Tokens of a prompt outside its context blocks: system prompt, chat format and question."""


class Candidate(Record):
    """The state of one installed model on this device at this moment."""

    model_id: str
    rung: int
    """Position on its ladder; 0: the smallest."""
    n_ctx: int
    fits_ram: bool
    warm: bool
    """Whether it is loaded already, so that it costs no load time."""
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    load_ms: float = 0.0
    remote: bool = False
    """Whether it is used over a network; never for a request whose privacy is ``local``."""

    def predicted_ms(self, context_tokens: int) -> float:
        """Predict the milliseconds of a request: load the model, read the prompt, write the answer.

        The answer is taken to have ``EXPECTED_COMPLETION_TOKENS`` tokens.
        """
        load = 0.0 if self.warm else self.load_ms
        return self.prefill_ms(context_tokens) + self.decode_ms(EXPECTED_COMPLETION_TOKENS) + load

    def prefill_ms(self, context_tokens: int) -> float:
        """Predict the milliseconds to read a prompt with ``context_tokens`` tokens of context."""
        return 1000 * (context_tokens + PROMPT_OVERHEAD_TOKENS) / self.prefill_tokens_per_s

    def decode_ms(self, tokens: int) -> float:
        """Predict the milliseconds to write an answer of ``tokens`` tokens."""
        return 1000 * tokens / self.decode_tokens_per_s
