"""The verdict on made-up predictions, and the check of one file against itself."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from sanderling.bench_device.fidelity import compare as module
from sanderling.bench_device.fidelity.compare import LARGEST_KL, Judge, compare
from sanderling.bench_device.fidelity.observe import Observation
from sanderling.bench_device.fidelity.prompts import station
from sanderling.engines.protocol import Scored
from sanderling.errors import ModelUnavailable

PROMPTS = station()[:40]


def seen(probabilities: Sequence[float], answer: str, likeliest: int = 0) -> Observation:
    """One prediction of ids 0, 1, ...; what is left of 1 belongs to other tokens."""
    logs = tuple(math.log(p) for p in probabilities)
    ids = tuple(range(len(logs)))
    return Observation(
        scored=Scored(ids=(ids,), logprobs=(logs,), answer_logprobs=(logs[0],), likeliest=(likeliest,)), answer=answer
    )


def right(n: int) -> list[str]:
    return [prompt.question.answers[0] for prompt in PROMPTS[:n]]


def test_the_divergence_is_that_of_the_definition_with_the_rest_as_one_token() -> None:
    before = [seen((0.5, 0.3), answer) for answer in right(40)]
    after = [seen((0.4, 0.4), answer, 1) for answer in right(40)]
    found = compare(PROMPTS, before, after)
    expected = 0.5 * math.log(0.5 / 0.4) + 0.3 * math.log(0.3 / 0.4) + 0.2 * math.log(0.2 / 0.2)
    assert found.kl.mean == pytest.approx(expected, abs=1e-12)
    assert (found.agreement.mean, found.n, found.original_f1, found.f1.mean) == (0.0, 40, 1.0, 0.0)
    assert found.answer_logprob.mean == pytest.approx(math.log(0.4 / 0.5))
    assert found.refusal == ""


def test_a_file_is_no_different_from_itself() -> None:
    same = [seen((0.5, 0.3), answer) for answer in right(40)]
    found = compare(PROMPTS, same, same)
    assert (found.kl.mean, found.kl.high, found.agreement.mean, found.refusal) == (0.0, 0.0, 1.0, "")


@pytest.mark.parametrize("chance", [1e-9, 0.02, math.nan])
def test_predictions_far_from_the_original_are_refused_although_the_answers_are_the_same(chance: float) -> None:
    before = [seen((0.5, 0.3), answer) for answer in right(40)]
    after = [seen((chance, 0.3), answer) for answer in right(40)]
    assert "diverge" in compare(PROMPTS, before, after).refusal


def test_the_upper_end_decides() -> None:
    before = [seen((0.5, 0.3), answer) for answer in right(40)]
    # Every eighth question far off: .15 on average, which may well be more than the bound.
    after = [seen((0.03, 0.3) if at % 8 == 0 else (0.5, 0.3), answer) for at, answer in enumerate(right(40))]
    found = compare(PROMPTS, before, after)
    assert found.kl.mean < LARGEST_KL < found.kl.high
    assert found.refusal


def test_answers_that_are_worse_beyond_chance_are_refused_although_the_predictions_are_alike() -> None:
    before = [seen((0.5, 0.3), answer) for answer in right(40)]
    after = [seen((0.5, 0.3), answer if at % 4 else "no idea") for at, answer in enumerate(right(40))]
    assert "F1" in compare(PROMPTS, before, after).refusal


def test_the_original_is_run_once_for_several_new_files(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []

    def observed(path: str, *, on_prompt, like=(), **_) -> tuple[Observation, ...]:
        runs.append(path)
        on_prompt(40)
        chances = (0.001, 0.3) if path == "spoilt" else (0.5, 0.3)
        return tuple(seen(chances, answer) for answer in right(40))

    monkeypatch.setattr(module, "observe", observed)
    steps: list[tuple[int, int]] = []
    judge = Judge("original", "chatml", PROMPTS, on_prompt=lambda done, total: steps.append((done, total)))
    with pytest.raises(ModelUnavailable, match=r"was removed: its predictions diverge"):
        judge.check("spoilt")
    assert judge.check("fine").refusal == ""
    assert runs == ["original", "spoilt", "fine"]
    assert steps == [(40, 80), (80, 80), (40, 40)]
