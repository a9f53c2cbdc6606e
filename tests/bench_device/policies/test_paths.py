from __future__ import annotations

import numpy as np
import pytest
from boards import board, empty

from sanderling.bench_device.policies.fixed import Always
from sanderling.bench_device.policies.metrics import utility_of
from sanderling.bench_device.policies.paths import Path, Perfect, Words, Worth

TINY, LARGE = 0, 3


def growing(quality_tiny, quality_large, borne_out=None, price_per_ms=1e-5):
    quality, latency = empty(len(quality_tiny)), empty(len(quality_tiny))
    quality[:, 3, TINY], quality[:, 3, LARGE] = quality_tiny, quality_large
    latency[:, 3, TINY], latency[:, 3, LARGE] = 1000.0, 5000.0
    told = None if borne_out is None else np.broadcast_to(np.array(borne_out)[:, None, None], quality.shape)
    return board(quality, latency, borne_out=told, price_per_ms=price_per_ms)


def path(gate):
    return Path("tiny to large", Always("", 3, TINY), Always("", 3, LARGE), gate)


def test_a_draft_that_is_not_borne_out_is_answered_again_and_both_are_paid():
    rows = growing([1.0, 0.0], [1.0, 0.8], borne_out=[True, False])
    chosen = path(Words()).choose(rows)
    assert chosen.context.tolist() == [TINY, LARGE]
    assert chosen.escalated.tolist() == [False, True]
    assert chosen.spent(rows, rows.latency_ms).tolist() == [1000.0, 6000.0]
    assert utility_of(chosen, rows).tolist() == pytest.approx([1.0 - 0.01, 0.8 - 0.06])


def test_both_answers_have_to_meet_the_budget():
    rows = growing([0.0, 0.0], [1.0, 1.0], borne_out=[False, False])
    rows.budget_ms[:] = [5999.0, 6000.0]
    assert path(Words()).choose(rows).context.tolist() == [TINY, LARGE]


def test_the_perfect_gate_is_never_below_another_one():
    rng = np.random.default_rng(0)
    rows = growing(rng.random(50), rng.random(50), borne_out=rng.random(50) < 0.5)
    worth = {gate.name: utility_of(path(gate).choose(rows), rows).mean() for gate in (Words(), Perfect())}
    assert worth["perfect gate"] > worth["words"]


@pytest.mark.parametrize(("price_per_ms", "grows"), [(1e-5, True), (1e-3, False)])
def test_the_fitted_gate_goes_on_where_that_is_worth_its_price(price_per_ms, grows):
    borne_out = np.arange(400) % 2 == 0
    rng = np.random.default_rng(1)
    tiny = np.where(borne_out, 0.8, 0.1) + 0.05 * rng.random(400)
    rows = growing(tiny, np.full(400, 0.8), borne_out=borne_out, price_per_ms=price_per_ms)
    policy = path(Worth())
    policy.fit(rows, 0)
    chosen = policy.choose(rows)
    assert (chosen.context[~borne_out] == LARGE).all() == grows
    assert (chosen.context[borne_out] == TINY).all()
    assert policy.name == "tiny to large, fitted"
