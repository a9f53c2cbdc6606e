"""Many rows at once choose as the run time does row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sanderling.models.candidate import Candidate
from sanderling.records import CONTEXT_BINS, AttentionResult, Sampling
from sanderling.router import fastgrnn, features
from sanderling.router.choices import Choice
from sanderling.router.learned import FastGrnnRouter
from sanderling.router.rule import RuleRouter
from sanderling.router.training.decisions import by_rule, by_weights

N = 300


def weights(rng: np.random.Generator) -> fastgrnn.Weights:
    return fastgrnn.Weights(
        features_version=features.VERSION,
        mean=np.zeros(64),
        std=np.ones(64),
        w=(rng.normal(0, 0.5, (8, 64)),),
        u=(rng.normal(0, 0.5, (8, 8)),),
        b_z=np.zeros(8),
        b_h=np.zeros(8),
        zeta=1.0,
        nu=-4.0,
        heads=rng.normal(0, 1, (fastgrnn.OUTPUTS, 8)),
        bias=np.zeros(fastgrnn.OUTPUTS),
    )


def test_rule_and_network_choose_as_they_route(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    file = tmp_path / "r.grnn"
    file.write_bytes(fastgrnn.to_bytes(weights(rng), int8=True))
    first = rng.normal(0, 1, (N, 64)).astype(np.float32)
    first[:, features.INDEX["has_hits"]] = rng.random(N) < 0.8
    first[:, features.INDEX["attention_top3"]] = rng.random(N) * first[:, features.INDEX["has_hits"]]
    first[:, features.INDEX["hits_agreement"]] = rng.random(N)
    first[:, features.INDEX["query_names"]] = rng.integers(0, 4, N) / features.NAMES
    first[:, features.INDEX["query_multi_hop_cues"]] = rng.integers(0, 3, N) / features.CUES
    allowed = rng.random((N, 4, 4)) < 0.6
    allowed[~allowed.any(axis=(1, 2)), 0, 0] = True
    sampling = {str(rung): Sampling() for rung in range(4)}
    network, abstained = FastGrnnRouter(file), 0
    for router, (models, contexts) in (
        (RuleRouter(), by_rule(first, allowed)),
        (network, by_weights(file.read_bytes(), first, allowed)),
    ):
        for at in range(N):
            decision = router.decide(first[at], choices(allowed[at]), attended(first[at]), sampling, None)
            abstained += decision.abstained
            assert (models[at], CONTEXT_BINS[contexts[at]]) == (decision.rung, decision.route.context_bin)
    assert 0 < abstained < N


def choices(allowed: np.ndarray) -> list[Choice]:
    return [
        Choice(
            candidate=Candidate(
                model_id=str(model),
                rung=model,
                n_ctx=4096,
                fits_ram=True,
                warm=True,
                prefill_tokens_per_s=100.0,
                decode_tokens_per_s=10.0,
            ),
            context_bin=CONTEXT_BINS[context],
            context_tokens=256,
            predicted_ms=1.0,
            within_budget=True,
        )
        for model, context in np.argwhere(allowed).tolist()
    ]


def attended(first: np.ndarray) -> AttentionResult:
    found = bool(first[features.INDEX["has_hits"]])
    top = first[[features.INDEX["attention_top3"]]] if found else np.zeros(0, dtype=np.float32)
    return AttentionResult(
        keys=np.arange(len(top), dtype=np.uint64), weights=top, prior_weights=top, entropy=0.0, depth_touched=0
    )
