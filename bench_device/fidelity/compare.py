"""Compares two files of one model on the same prompts, and decides whether the second may replace the first.

Answers alone decide little: over 93 questions the 95 per cent interval of a difference of F1 is .15 wide, and a small
model answers few of them. Predictions decide: the divergence of the next-token distribution from the original's, along
the right answers. ``bench_device/LOG.md`` tells how the bound was chosen ("When a quantization spoils a model").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ...engines import EngineName
from ...engines.chat_format import ChatFormat
from ...errors import ModelUnavailable
from ...records import Record
from ..metrics import quality
from ..metrics.estimate import Estimate, estimate, show
from .observe import Observation, observe
from .prompts import ShortPrompt

LARGEST_KL = 0.2
"""Nats. Chosen on every second question, between .144 (upper end for Qwen2.5-Coder-0.5B from Q4_K_M to Q4_0, which
answers as before) and .281 (lower end for SmolLM2-135M from Q4_1 to Q4_0, which is spoilt). On the other questions the
ends were .128 and .263."""
LEAST_REST = 1e-9
"""Smallest probability assumed for all tokens outside the compared ones, since rounding may leave 0."""
SEED = 15


class Fidelity(Record):
    """The differences of a model file from its original.

    A difference is new minus original.
    """

    n: int
    """Number of questions."""
    kl: Estimate
    """Mean divergence of the predictions, in nats: of the original's 256 likeliest tokens and the rest as one."""
    agreement: Estimate
    """Share of predictions whose likeliest token is the original's."""
    answer_logprob: Estimate
    """Difference of the mean logarithm of the probability of a right answer's token."""
    f1: Estimate
    """Difference of F1."""
    contains: Estimate
    """Difference of the share of answers that contain a right answer."""
    original_f1: float

    @property
    def refusal(self) -> str:
        """The reason that the file may not replace the original; empty if there is none."""
        if not self.kl.high <= LARGEST_KL:
            return f"its predictions diverge by {show(self.kl)} nats, and the upper end may be {LARGEST_KL} at most"
        if self.f1.high < 0.0:
            return f"its answers are worse: F1 differs by {show(self.f1)}"
        return ""


def compare(
    prompts: Sequence[ShortPrompt], original: Sequence[Observation], new: Sequence[Observation], *, seed: int = SEED
) -> Fidelity:
    """Return the differences of ``new`` from ``original``, both observed on ``prompts``.

    Raises ValueError without prompts.
    """
    before, after = _scores(prompts, original, quality.f1), _scores(prompts, new, quality.f1)
    held, holds = _scores(prompts, original, quality.contains), _scores(prompts, new, quality.contains)
    pairs = [(old.scored, now.scored) for old, now in zip(original, new, strict=True)]
    return Fidelity(
        n=len(prompts),
        kl=estimate([_divergence(old.logprobs, now.logprobs) for old, now in pairs], seed),
        agreement=estimate([_equal(old.likeliest, now.likeliest) for old, now in pairs], seed),
        answer_logprob=estimate([_mean(now.answer_logprobs) - _mean(old.answer_logprobs) for old, now in pairs], seed),
        f1=estimate([b - a for a, b in zip(before, after, strict=True)], seed),
        contains=estimate([b - a for a, b in zip(held, holds, strict=True)], seed),
        original_f1=_mean(before),
    )


class Judge:
    """Compares new files of one model with the original file.

    The original is run only once, when the first new file is checked.
    """

    def __init__(
        self,
        original: str,
        format: str | ChatFormat,
        prompts: Sequence[ShortPrompt],
        *,
        engine: EngineName = "auto",
        n_threads: int = 1,
        on_prompt: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        """``original``: path of the original file. ``on_prompt``: called with the prompts done, and those to do."""
        self._prompts, self._on_prompt = prompts, on_prompt
        self._run = partial(observe, format=format, prompts=prompts, engine=engine, n_threads=n_threads)
        self._original = original
        self._before: tuple[Observation, ...] = ()

    def check(self, new: str) -> Fidelity:
        """Run the file ``new`` on the prompts, and return its differences from the original.

        Raises ModelUnavailable if it may not replace the original, and what the engine raises.
        """
        done = len(self._before)
        total = 2 * len(self._prompts) - done
        if not self._before:
            self._before = self._run(self._original, on_prompt=lambda at: self._on_prompt(at, total))
        start = len(self._prompts) - done
        after = self._run(new, like=self._before, on_prompt=lambda at: self._on_prompt(start + at, total))
        found = compare(self._prompts, self._before, after)
        if found.refusal:
            raise ModelUnavailable(f"the new file is too far from the original and was removed: {found.refusal}")
        return found


def _divergence(original: Sequence[Sequence[float]], new: Sequence[Sequence[float]]) -> float:
    """Return the mean Kullback-Leibler divergence of the predictions before each token of an answer.

    All other tokens count as one, which makes the divergence a lower bound of the whole one (data processing).
    """
    found = []
    for old_row, new_row in zip(original, new, strict=True):
        old, now = np.asarray(old_row), np.asarray(new_row)
        p, q = np.exp(old), np.exp(now)
        p_rest, q_rest = max(1.0 - float(p.sum()), LEAST_REST), max(1.0 - float(q.sum()), LEAST_REST)
        found.append(float((p * (old - now)).sum()) + p_rest * math.log(p_rest / q_rest))
    return _mean(found)


def _equal(original: Sequence[int], new: Sequence[int]) -> float:
    return _mean([float(a == b) for a, b in zip(original, new, strict=True)])


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _scores(
    prompts: Sequence[ShortPrompt],
    observed: Sequence[Observation],
    measure: Callable[[str, Sequence[str]], float],
) -> list[float]:
    return [measure(each.answer, prompt.question.answers) for prompt, each in zip(prompts, observed, strict=True)]
