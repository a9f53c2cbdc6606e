from __future__ import annotations

import numpy as np
from boards import board
from collection_header import LADDER, TOKENS, asked

from sanderling.bench_device.policies.ceiling import Ceiling
from sanderling.router import features
from sanderling.router.labels.table import Table

N = 200


def test_it_knows_a_question_only_by_other_contexts():
    rng = np.random.default_rng(0)
    quality = np.full((N, 4, 4), np.nan)
    # Which of two models is right depends on the question alone, for every context alike.
    right = rng.integers(2, size=N)
    quality[:, 0], quality[:, 1] = (right == 0)[:, None], (right == 1)[:, None]
    questions = tuple(asked(number, features.of_query("Who?")) for number in range(N))
    some = quality[:, : len(LADDER)]
    rows = board(quality, np.where(np.isnan(quality), np.nan, 100.0))
    policy = Ceiling(Table(LADDER, TOKENS, questions, some, some, some, {}, {}))
    policy.fit(rows.take(np.arange(100)), 0)
    chosen = policy.choose(rows)
    assert (chosen.model == right).all()
    # Outcomes that are chance in every context tell nothing of the next one.
    noise = np.where(np.isnan(quality), np.nan, rng.random(quality.shape) < 0.5)
    some = noise[:, : len(LADDER)]
    policy = Ceiling(Table(LADDER, TOKENS, questions, some, some, some, {}, {}))
    rows = board(noise, np.where(np.isnan(noise), np.nan, 100.0))
    policy.fit(rows.take(np.arange(100)), 0)
    unseen = rows.take(np.arange(100, N))
    # A share of 100 right by chance: within four standard errors of one half.
    assert abs(policy.choose(unseen).of(unseen, unseen.quality).mean() - 0.5) < 4 * 0.05
