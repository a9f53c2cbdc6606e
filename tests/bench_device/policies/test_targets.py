from __future__ import annotations

import numpy as np
import pytest
from boards import board, empty
from collection_header import LADDER, TOKENS, asked

from sanderling.bench_device.metrics.estimate import Estimate
from sanderling.bench_device.policies.board import accepted
from sanderling.bench_device.policies.targets import NAIVE, Target, single, targets
from sanderling.device import profiles
from sanderling.errors import UsageError
from sanderling.models import registry
from sanderling.router import features
from sanderling.router.labels import settings
from sanderling.router.labels.table import Table

N = 400
QUESTIONS = tuple(asked(number, features.of_query("Who is it?")) for number in range(N))


def a_target(ratio, better):
    some = Estimate(mean=0.0, low=0.0, high=0.0)
    return Target(
        policy="x",
        questions=1,
        quality=some,
        utility=some,
        p50_ms=1.0,
        mean_ms=1.0,
        p90_ms=1.0,
        regret=some,
        ratio=Estimate(mean=0.0, low=ratio[0], high=ratio[1]),
        better=Estimate(mean=0.0, low=better[0], high=better[1]),
    )


@pytest.mark.parametrize(
    ("ratio", "better", "said"),
    [
        ((0.4, 0.5), (0.0, 0.2), "reached"),
        ((0.4, 0.6), (0.0, 0.2), "not shown"),
        ((0.4, 0.5), (-0.1, 0.2), "not shown"),
        ((0.51, 0.6), (0.0, 0.2), "missed"),
        ((0.4, 0.5), (-0.2, -0.01), "missed"),
    ],
)
def test_half_the_time_counts_only_with_no_lower_quality(ratio, better, said):
    assert a_target(ratio, better).fast == said


def one_cell(quality, prompt_tokens, questions=QUESTIONS):
    array = np.full((len(questions), len(LADDER), 4), np.nan)
    prompt = array.copy()
    array[:, 1, 3], prompt[:, 1, 3] = quality, prompt_tokens
    return Table(LADDER, TOKENS, questions, array, prompt, np.where(np.isnan(prompt), np.nan, 8.0), {}, {})


def test_each_system_is_compared_on_the_same_questions():
    rng = np.random.default_rng(0)
    quality, latency = empty(N), empty(N)
    quality[:, 0, 1] = rng.random(N)
    quality[:, 1, 3] = quality[:, 0, 1] + 0.05
    latency[:, 0, 1], latency[:, 1, 3] = 1000.0, 4000.0
    rows = board(quality, latency)
    home = settings.setting(profiles.load("generic"), [registry.get(name) for name in LADDER])
    full = one_cell(quality[::4, 1, 3] + 0.02, 1600.0, QUESTIONS[::4])
    naive = one_cell(quality[:, 0, 1] - 0.1, 800.0)
    chosen = {name: accepted(np.full(N, model), np.full(N, at)) for name, model, at in (("s", 0, 1), ("b", 1, 3))}
    whole = one_cell(quality[:, 1, 3], 800.0)
    found = {each.policy: each for each in targets(chosen, chosen["b"], rows, whole, home, naive, full, 0)}
    assert found["b"].regret.mean == 0.0
    assert found["s"].regret.mean == pytest.approx(0.2)
    # The full context is known of every fourth question only, where it is .02 better.
    assert found["s"].regret_full.mean == pytest.approx(0.2 + 0.08)
    assert found["s"].regret_full.high - found["s"].regret_full.low < 1e-9
    assert found["s"].better.mean == pytest.approx(0.1)
    assert found["s"].ratio.mean == pytest.approx(1000.0 / found[NAIVE].p50_ms)
    assert (found[NAIVE].ratio.mean, found[NAIVE].better.mean) == (1.0, 0.0)


def test_a_system_to_compare_with_has_one_answer_to_each_question():
    two = one_cell(1.0, 800.0)
    two.quality[0, 0, 0] = 1.0
    with pytest.raises(UsageError, match="one model and one context"):
        single(two, two, np.arange(3))
    assert np.isnan(single(one_cell(1.0, 8.0, QUESTIONS[:2]), one_cell(1.0, 8.0), np.arange(3))[0]).tolist() == [
        *[False] * 2,
        True,
    ]
