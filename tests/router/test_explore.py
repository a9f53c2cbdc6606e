"""Exploration: drawn evenly, with the propensities it says, and never where a wrong answer can do harm."""

from __future__ import annotations

from collections import Counter
from random import Random

import msgspec
import pytest

from sanderling.constraints import Constraints
from sanderling.models.candidate import Candidate
from sanderling.records import Route, Sampling
from sanderling.router.choices import choices_for
from sanderling.router.contract import Decision
from sanderling.router.explore import explore
from sanderling.router.guard import Guarded

SIZES = {"tiny": 96, "small": 160, "medium": 256, "large": 768}
SAMPLING = {"a": Sampling(temperature=0.1), "b": Sampling(temperature=0.7, top_p=0.8)}
QUESTION = "Who repairs the pump?"


def candidate(name: str, rung: int, **changes: object) -> Candidate:
    plain = Candidate(
        model_id=name,
        rung=rung,
        n_ctx=4096,
        fits_ram=True,
        warm=True,
        prefill_tokens_per_s=200.0,
        decode_tokens_per_s=20.0,
    )
    return msgspec.structs.replace(plain, **changes)


def guarded(*candidates: Candidate, reason: str = "", **wishes: object) -> Guarded:
    return Guarded(choices=choices_for(candidates, SIZES, Constraints(**wishes), lambda *_: ""), reason=reason)


def decided(**changes: object) -> Decision:
    route = Route(
        model_id="a",
        context_bin="small",
        context_tokens=256,
        temperature=0.1,
        top_p=1.0,
        escalate=0.0,
        router="rule",
        reason="",
        predicted_ms=1.0,
    )
    return msgspec.structs.replace(Decision(route=route, rung=0), **changes)


BOTH = guarded(candidate("a", 0), candidate("b", 1))


def test_each_arm_comes_as_often_as_its_propensity_says() -> None:
    random, n, epsilon = Random(0), 6000, 0.6
    drawn = [explore(decided(), BOTH, QUESTION, SAMPLING, epsilon, random) for _ in range(n)]
    said = {(d.route.model_id, d.route.context_bin): d.route.propensity for d in drawn}
    counts = Counter((d.route.model_id, d.route.context_bin) for d in drawn)
    assert len(said) == 8
    assert sum(said.values()) == pytest.approx(1)
    for arm, p in said.items():
        # Five standard deviations of a binomial share.
        assert abs(counts[arm] / n - p) < 5 * (p * (1 - p) / n) ** 0.5


def test_an_explored_arm_is_whole() -> None:
    random = Random(1)
    found = next(
        d for _ in range(200) if (d := explore(decided(), BOTH, QUESTION, SAMPLING, 1.0, random)).route.model_id == "b"
    )
    assert (found.rung, found.route.temperature, found.route.top_p) == (1, 0.7, 0.8)
    assert found.route.context_tokens == SIZES[found.route.context_bin]
    assert found.route.propensity == pytest.approx(1 / 8)
    assert "else a, small context" in found.route.reason


@pytest.mark.parametrize(
    ("decision", "among", "question", "epsilon"),
    [
        (decided(), BOTH, QUESTION, 0.0),
        (decided(), msgspec.structs.replace(BOTH, reason="always the largest"), QUESTION, 1.0),
        (decided(abstained=True), BOTH, QUESTION, 1.0),
        (decided(), BOTH, "Which medicine is toxic?", 1.0),
        (decided(), guarded(candidate("a", 0), candidate("b", 1, trust="third"), privacy="any"), QUESTION, 1.0),
        (decided(), guarded(candidate("a", 0), context_bin="small"), QUESTION, 1.0),
    ],
    ids=["off", "guarded", "abstained", "risk", "network", "single"],
)
def test_what_is_never_explored(decision: Decision, among: Guarded, question: str, epsilon: float) -> None:
    random = Random(0)
    for _ in range(50):
        assert explore(decision, among, question, SAMPLING, epsilon, random) is decision


def test_only_what_is_allowed_is_drawn() -> None:
    among = guarded(candidate("a", 0), candidate("b", 1, fits_ram=False), candidate("c", 2, trust="third"))
    random = Random(0)
    assert {explore(decided(), among, QUESTION, SAMPLING, 1.0, random).route.model_id for _ in range(100)} == {"a"}
