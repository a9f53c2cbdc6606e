"""Learns the costs of answers on this device, and predicts the cost of the next answer."""

from __future__ import annotations

import time

from ..device import calibration
from ..device.expected import Expected, expected
from ..device.rivals import Rivals
from ..device.speed_log import AnswerCost, SpeedLog, Subject
from ..records import Generation, Timings

LEAST_PROMPT = 16
"""Fewest computed prompt tokens from which a reading speed is learned."""
LEAST_ANSWER = 3
"""Fewest generated tokens from which a writing speed is learned."""
LOAD_BYTES_PER_S = 1e9
"""Assumed loading speed of a file that was never loaded here. It is that of the page cache, or of a quick disk."""


class Experience:
    """Costs of the past answers of one inventory's models. The load of the device is recorded with them."""

    def __init__(self, speeds: SpeedLog | None = None, rivals: Rivals | None = None) -> None:
        """``speeds`` None: those of the data folder. ``rivals`` None: of this device."""
        self.rivals = rivals or Rivals()
        self._speeds = speeds or SpeedLog()

    def past(self, subject: Subject) -> tuple[AnswerCost, ...]:
        """Return the last answers of a subject, oldest first. Without an engine, those with the engine used last."""
        return self._speeds.of(subject)

    def expected(self, subject: Subject, past: tuple[AnswerCost, ...], *, idle: bool = False) -> Expected:
        """Predict the cost of the next answer after those in ``past``.

        Under the present load. ``idle``: as if nothing else ran.
        """
        n_threads = max(subject.n_threads, subject.n_threads_prefill)
        return expected(past, 0.0 if idle else self.rivals.now(), n_threads, self.rivals.cpus)

    def learn(
        self,
        subject: Subject,
        *,
        context_tokens: int,
        generation: Generation,
        timings: Timings,
        load_ms: float | None,
    ) -> None:
        """Record the cost of an answer. ``load_ms``: time to load the model; None: it was loaded before."""
        self.rivals.look()  # nothing of ours computes now
        cost = _cost(context_tokens, generation, timings, load_ms, self.rivals.now())
        if cost is not None:
            self._speeds.add(subject, cost)

    def close(self) -> None:
        """Write the recorded costs to the data folder."""
        self._speeds.save()


def known_load_ms(learned: Expected, in_this_process_ms: float | None, model_id: str, quant: str, size: int) -> float:
    """Return a model's probable load time, in milliseconds.

    As learned, as last time, as benchmarked, or by its ``size`` in bytes.
    """
    if learned.load_ms is not None:
        return learned.load_ms
    if in_this_process_ms is not None:
        return in_this_process_ms
    measured = calibration.lookup(model_id, quant)
    benched = measured and (measured.load_cold_ms or measured.load_ms)
    return benched or 1e3 * size / LOAD_BYTES_PER_S


def _cost(
    context_tokens: int, generation: Generation, timings: Timings, load_ms: float | None, rivals: float | None
) -> AnswerCost | None:
    """Return the cost of an answer; None if nothing can be learned from it."""
    cut, written = generation.finish_reason in ("cancelled", "budget"), len(generation.tokens)
    if generation.prefill_ms <= 0 or (cut and not written):
        return None
    computed = generation.prompt_tokens - generation.cached_tokens
    return AnswerCost(
        at_s=time.time(),
        rivals=rivals,
        context_tokens=context_tokens,
        computed_tokens=computed,
        prefill_tokens_per_s=1e3 * computed / generation.prefill_ms if computed >= LEAST_PROMPT else None,
        decode_tokens_per_s=1e3 * written / generation.decode_ms
        if written >= LEAST_ANSWER and generation.decode_ms > 0
        else None,
        completion_tokens=written if generation.finish_reason == "stop" else None,
        load_ms=load_ms,
        rest_ms=timings.context + timings.cache + timings.writeback,
    )
