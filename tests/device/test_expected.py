"""Predictions from past answers, on a simulated device whose speed and load change."""

from __future__ import annotations

import math
import random

import pytest

from sanderling.device.expected import computed_tokens, expected, share, weighted_median
from sanderling.device.speed_log import KEPT, AnswerCost

CPUS, THREADS = 2, 2


class Simulated:
    """A device: true speeds at rest, fair shares beside rivals, readings of the load that are off by up to 1.4."""

    def __init__(self, seed: int, prefill: float = 400.0, decode: float = 60.0, unfair: float = 1.0) -> None:
        """``unfair``: exponent of the share that threads really get; 1: equal parts."""
        self._random = random.Random(seed)
        self._prefill, self._decode, self._unfair = prefill, decode, unfair
        self.past: list[AnswerCost] = []

    def _off(self, most: float) -> float:
        return math.exp(self._random.uniform(-1, 1) * math.log(most))

    def answer(self, rivals: float) -> tuple[float, float]:
        """Return the predicted and the true time of an answer beside ``rivals`` threads, and learn from it."""
        part = share(rivals, THREADS, CPUS) ** self._unfair
        tokens, written = self._random.randint(250, 350), self._random.randint(8, 20)
        prefill, decode = self._prefill * part * self._off(1.15), self._decode * part * self._off(1.15)
        found = expected(self.past[-KEPT:], rivals * self._off(1.4), THREADS, CPUS)
        predicted = math.nan
        if found.prefill_tokens_per_s and found.decode_tokens_per_s and found.completion_tokens:
            computed = computed_tokens(self.past[-KEPT:], 256, 64)
            predicted = computed / found.prefill_tokens_per_s + found.completion_tokens / found.decode_tokens_per_s
        self.past.append(
            AnswerCost(
                at_s=0.0,
                rivals=rivals * self._off(1.4),
                context_tokens=256,
                computed_tokens=tokens,
                prefill_tokens_per_s=prefill,
                decode_tokens_per_s=decode,
                completion_tokens=written,
            )
        )
        return predicted, tokens / prefill + written / decode


def within(pairs: list[tuple[float, float]], factor: float = 1.5) -> float:
    return sum(1 / factor <= predicted / true <= factor for predicted, true in pairs) / len(pairs)


@pytest.mark.parametrize("unfair", [0.6, 1.0, 1.6])
@pytest.mark.parametrize("before", [0, 5, 20])
def test_nine_of_ten_answers_beside_four_processes_are_predicted_after_five(before: int, unfair: float) -> None:
    pairs = []
    for seed in range(30):
        device = Simulated(seed, unfair=unfair)
        for _ in range(before):
            device.answer(0.0)
        for _ in range(5):
            device.answer(4.0)
        pairs += [device.answer(4.0) for _ in range(20)]
    assert within(pairs) >= 0.9


def test_a_load_that_comes_and_goes_is_known_again() -> None:
    pairs = []
    for seed in range(30):
        device = Simulated(seed, unfair=1.4)
        for rivals in (0.0, 4.0, 0.0, 4.0):
            for _ in range(5):
                device.answer(rivals)
        pairs += [device.answer(rivals) for rivals in (0.0, 4.0) * 5]
    assert within(pairs) >= 0.9


def test_a_busy_device_is_predicted_as_busy_by_answers_on_an_idle_one() -> None:
    device = Simulated(1)
    for _ in range(10):
        device.answer(0.0)
    idle, busy = (expected(device.past, rivals, THREADS, CPUS) for rivals in (0.0, 4.0))
    assert idle.decode_tokens_per_s and busy.decode_tokens_per_s
    assert 0.25 < busy.decode_tokens_per_s / idle.decode_tokens_per_s < 0.6


def test_an_update_that_makes_a_model_quicker_is_believed_after_a_few_answers() -> None:
    slow = [AnswerCost(at_s=0.0, prefill_tokens_per_s=100.0)] * 15
    quick = [AnswerCost(at_s=0.0, prefill_tokens_per_s=300.0)]
    one, many = (expected([*slow, *quick * count][-KEPT:], None, THREADS, CPUS) for count in (1, 8))
    assert (one.prefill_tokens_per_s, many.prefill_tokens_per_s) == (100.0, 300.0)


def test_where_the_system_says_nothing_of_its_load_the_last_answers_count_alike() -> None:
    past = [AnswerCost(at_s=0.0, rivals=9.0, decode_tokens_per_s=speed) for speed in (10.0, 20.0, 30.0)]
    assert expected(past, None, THREADS, CPUS).decode_tokens_per_s == 20.0
    assert expected([], 4.0, THREADS, CPUS).decode_tokens_per_s is None


def test_shares() -> None:
    assert share(None, 2, 2) == share(0.0, 2, 2) == share(0.0, 1, 8) == 1.0
    assert share(4.0, 2, 2) == pytest.approx(1 / 3)
    assert share(1.0, 1, 2) == 1.0


def test_weighted_medians() -> None:
    assert weighted_median([(5.0, 1.0)]) == 5.0
    assert weighted_median([(1.0, 1.0), (2.0, 1.0), (9.0, 1.0)]) == 2.0
    assert weighted_median([(1.0, 1.0), (9.0, 1.5)]) == 9.0


def test_prompts_are_as_full_as_they_were() -> None:
    assert computed_tokens([], 256, 64) == 320.0
    half = AnswerCost(at_s=0.0, context_tokens=256, computed_tokens=160)
    assert computed_tokens([half], 256, 64) == 160.0
    # A full small context says less about a medium one than a medium one does.
    full = AnswerCost(at_s=0.0, context_tokens=96, computed_tokens=160)
    assert computed_tokens([half, full, full], 256, 64) == 160.0
    assert computed_tokens([half, full, full], 96, 64) == 160.0
