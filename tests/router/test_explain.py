"""Why a question goes where it goes, for both routers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_router import MODELS, SAMPLING, TOKENS, weights

from sanderling.constraints import Constraints
from sanderling.records import AttentionResult
from sanderling.router import fastgrnn, features
from sanderling.router.choices import choices_for
from sanderling.router.explain import explain
from sanderling.router.learned import FastGrnnRouter
from sanderling.router.rule import RuleRouter

ATTENDED = AttentionResult(
    keys=np.arange(2, dtype=np.uint64),
    weights=np.array([0.9, 0.1], np.float32),
    prior_weights=np.array([0.9, 0.1], np.float32),
    entropy=0.3,
    depth_touched=1,
)
RAW = features.of_query("Who is older, Ada or Bo?") | {"attention_top3": 1.0, "has_hits": 1.0}


def explained(router, budget_ms: float | None = None):
    everything = choices_for(MODELS, TOKENS, Constraints(budget_ms=budget_ms))
    allowed = everything.allowed
    route = router.decide(features.vector(RAW), allowed, ATTENDED, SAMPLING, None).route
    return explain(router, RAW, everything, "", ATTENDED, route, None)


def learned(tmp_path: Path, **replaced) -> FastGrnnRouter:
    path = tmp_path / "r.grnn"
    path.write_bytes(fastgrnn.to_bytes(weights(**replaced)))
    return FastGrnnRouter(path)


def test_the_rule_is_certain_and_says_what_it_read() -> None:
    found = explained(RuleRouter())
    assert [each.probability for each in found.choices] == [0.0] * 10 + [1.0, 0.0]
    assert {read.name: read.value for read in found.mattered}["attention_top3"] == 1.0
    assert all(read.effect is None for read in found.mattered)


def test_probabilities_are_of_what_is_allowed(tmp_path: Path) -> None:
    router = learned(tmp_path)
    cheap = min(choice.predicted_ms for choice in choices_for(MODELS, TOKENS, Constraints()).every)
    found = explained(router, budget_ms=2 * cheap)
    masked = [each for each in found.choices if each.masked]
    assert masked
    assert all(each.probability == 0 for each in masked)
    assert sum(each.probability for each in found.choices) == pytest.approx(1.0)


def test_what_mattered_is_what_the_network_looks_at(tmp_path: Path) -> None:
    w = np.zeros((8, 64))
    w[0, features.INDEX["asked_person"]] = 2.0
    heads = np.zeros((fastgrnn.OUTPUTS, 8))
    heads[1, 0] = 8.0  # rung 1 for questions about persons
    bias = np.zeros(fastgrnn.OUTPUTS)
    found = explained(learned(tmp_path, w=(w,), u=(np.zeros((8, 8)),), b_z=np.full(8, -9.0), heads=heads, bias=bias))
    assert found.route.model_id == "m1"
    first, *others = found.mattered
    assert first.name == "asked_person"
    assert first.effect is not None
    assert first.effect > 0.5
    assert all(each.effect == pytest.approx(0.0, abs=1e-6) for each in others)


def test_where_no_model_is_likely_the_rule_decides(tmp_path: Path) -> None:
    unsure = learned(tmp_path, heads=np.zeros((fastgrnn.OUTPUTS, 8)), bias=np.zeros(fastgrnn.OUTPUTS))
    found = explained(unsure)
    assert (found.route.model_id, found.route.context_bin) == ("m2", "medium")
    assert found.route.router == unsure.id
    assert "by the rule" in found.route.reason
