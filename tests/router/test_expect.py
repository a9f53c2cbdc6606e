"""What is expected before a question is what the rule then decides, unless its own words or budget say else."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest

from sanderling.config import Config
from sanderling.constraints import Constraints
from sanderling.device import profiles
from sanderling.models.candidate import Candidate
from sanderling.records import AttentionResult, Sampling
from sanderling.router import features
from sanderling.router.choices import choices_for
from sanderling.router.expect import expected_model
from sanderling.router.learned import FastGrnnRouter
from sanderling.router.rule import RuleRouter

PROFILE = profiles.choose("generic").profile


def inventory(*speeds: float, fits: int = 9) -> Any:
    """The inventory of as many models as speeds, of which the first ``fits`` fit the RAM."""
    candidates = tuple(
        Candidate(
            model_id=f"m{rung}",
            rung=rung,
            n_ctx=4096,
            fits_ram=rung < fits,
            warm=False,
            prefill_tokens_per_s=speed,
            decode_tokens_per_s=speed,
        )
        for rung, speed in enumerate(speeds)
    )
    models = tuple(types.SimpleNamespace(entry=types.SimpleNamespace(id=each.model_id)) for each in candidates)
    return types.SimpleNamespace(models=models, candidates=lambda pool: candidates)


def expected(models: Any, router: Any = None, **settings: Any) -> str | None:
    return expected_model(router or RuleRouter(), models, Any, PROFILE, Config(**settings))


def decided(models: Any) -> str:
    """The model that the rule takes for a question about which nothing is known."""
    candidates = models.candidates(None)
    choices = choices_for(candidates, PROFILE.context_tokens, Constraints())
    weights = np.array([0.9, 0.1], np.float32)
    found = AttentionResult(
        keys=np.arange(2, dtype=np.uint64), weights=weights, prior_weights=weights, entropy=0, depth_touched=0
    )
    raw = features.of_query("Who repairs the pump?", 0) | features.of_candidates(
        candidates, PROFILE.context_tokens[features.PRICED]
    )
    sampling = {each.model_id: Sampling() for each in candidates}
    return RuleRouter().decide(features.vector(raw), choices.allowed, found, sampling, None).route.model_id


@pytest.mark.parametrize("fits", [1, 2, 3, 4])
@pytest.mark.parametrize("speeds", [(900, 500, 200, 90), (900, 60, 30, 20), (9, 8, 7, 6), (50, 40, 900, 800)])
def test_it_is_what_the_rule_decides(speeds: tuple[float, ...], fits: int) -> None:
    models = inventory(*speeds, fits=fits)
    assert expected(models) == decided(models)


def test_the_largest_for_those_who_always_want_it() -> None:
    assert expected(inventory(900, 8, 7), always_largest=True) == "m2"
    assert expected(inventory(900, 8, 7)) == "m0"


def test_a_single_model_is_certain_even_for_a_trained_router() -> None:
    assert expected(inventory(1.0), object.__new__(FastGrnnRouter)) == "m0"


def test_nothing_is_expected_of_a_trained_router_or_where_nothing_fits() -> None:
    assert expected(inventory(900, 500), object.__new__(FastGrnnRouter)) is None
    assert expected(inventory(900, 500, fits=0)) is None
