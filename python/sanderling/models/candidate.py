"""The router's data about an installed model.

Such as its context length, its predicted latency, and whether the RAM suffices.
"""

from __future__ import annotations

from ..device.expected import computed_tokens
from ..device.speed_log import AnswerCost
from ..privacy import Trust
from ..records import Record

EXPECTED_COMPLETION_TOKENS = 48
"""Assumed answer length, in tokens, of a model without answers here. It is that of a short factual answer."""

MOST_RUNGS = 4
"""Maximum number of models of one ladder for the router. Its features have no place for more."""

PROMPT_OVERHEAD_TOKENS = 64
"""Number of prompt tokens outside the context blocks. They are the system prompt, the chat format and the question."""

MS_PER_UNIT = 1_000_000.0
"""Milliseconds that one unit of a price is worth. A cent saved is worth ten seconds."""


class Candidate(Record):
    """The current state of one model, as the router sees it."""

    model_id: str
    rung: int
    """Position on the ladder; 0: the smallest model."""
    n_ctx: int
    fits_ram: bool
    warm: bool
    """Whether the model is loaded already. Then it costs no load time."""
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    load_ms: float = 0.0
    tier: str = ""
    """Name of the model's tier; empty: this device."""
    trust: Trust = ""
    """Trust in the machine that runs the model; empty: this device. It says whose machine it is."""
    cost_per_mtok: tuple[float, float] = (0.0, 0.0)
    """Prices of a million prompt tokens and a million answer tokens."""
    round_trip_ms: float = 0.0
    """Time until the server begins to compute, in milliseconds."""
    bytes_per_token: float = 0.0
    """Bytes of text per token, for a model without a local tokenizer; 0: it has one."""
    completion_tokens: float = EXPECTED_COMPLETION_TOKENS
    """Usual length of the model's answers, in tokens."""
    rest_ms: float = 0.0
    """Time of a request besides loading, prompt and answer, in milliseconds. It counts after the routing."""
    past: tuple[AnswerCost, ...] = ()
    """The model's last answers here, oldest first."""
    history_tokens: int = 0
    """Number of the conversation's tokens that this model has not read yet."""
    speeds_from: str = "the device profile"
    """Origin of the speeds, in words."""

    @property
    def remote(self) -> bool:
        """Whether the model is used over a network."""
        return self.trust != ""

    def price(self, context_tokens: int) -> float:
        """Return the price of a request, in the currency of the settings. ``context_tokens``: tokens of its context."""
        prompt, answer = self.cost_per_mtok
        spent = (context_tokens + PROMPT_OVERHEAD_TOKENS) * prompt + EXPECTED_COMPLETION_TOKENS * answer
        return spent / 1e6

    def price_ms(self, context_tokens: int) -> float:
        """Return the price of a request as a waiting time in milliseconds. See :data:`MS_PER_UNIT`."""
        return MS_PER_UNIT * self.price(context_tokens)

    def predicted_ms(self, context_tokens: int, max_tokens: int | None = None) -> float:
        """Predict the time from routing to the end of the answer, in milliseconds.

        It loads the model, reads the prompt, and writes the answer. How much of the prompt has to be computed, and how
        long the answer gets, follows from the last answers. ``max_tokens``: its greatest length; None: any.
        """
        load = 0.0 if self.warm else self.load_ms
        tokens = computed_tokens(self.past, context_tokens, PROMPT_OVERHEAD_TOKENS) + self.history_tokens
        prefill = self.round_trip_ms + 1000 * tokens / self.prefill_tokens_per_s
        written = self.completion_tokens if max_tokens is None else min(self.completion_tokens, max_tokens)
        return load + self.rest_ms + prefill + self.decode_ms(written)

    def prefill_ms(self, context_tokens: int) -> float:
        """Predict the time to reach the model and read the prompt, in milliseconds.

        ``context_tokens``: tokens of context in the prompt.
        """
        return self.round_trip_ms + 1000 * (context_tokens + PROMPT_OVERHEAD_TOKENS) / self.prefill_tokens_per_s

    def decode_ms(self, tokens: float) -> float:
        """Predict the time to write an answer of ``tokens`` tokens, in milliseconds."""
        return 1000 * tokens / self.decode_tokens_per_s
