from __future__ import annotations

from dataclasses import replace

import numpy as np
from boards import board, empty

from sanderling.bench_device.policies.price_table import PriceTable


def rows(price_per_ms):
    quality, latency = empty(4), empty(4)
    quality[:, 1, 0], quality[:, 3, 3] = [1, 0, 1, 0], [1, 1, 1, 0]
    latency[:, 1, 0], latency[:, 3, 3] = 100.0, 1000.0
    return board(quality, latency, price_per_ms=price_per_ms)


def test_the_dearer_choice_is_taken_where_its_mean_is_worth_it():
    policy = PriceTable()
    policy.fit(rows(0.0), 0)
    # A mean of .75 against .5, for 900 ms more.
    for price_per_ms, model in ((0.24 / 900, 3), (0.26 / 900, 1)):
        assert policy.choose(rows(price_per_ms)).model.tolist() == [model] * 4


def test_a_question_in_many_settings_counts_once():
    once = rows(0.0)
    doubled = once.take(np.array([0, 1, 1, 1, 1, 1, 2, 3]))
    one, other = PriceTable(), PriceTable()
    one.fit(once, 0)
    other.fit(doubled, 0)
    assert np.array_equal(one._mean, other._mean)
    masked = replace(once, quality=np.where(np.arange(4)[:, None, None] == 3, np.nan, once.quality))
    other.fit(masked, 0)
    assert other._mean[3, 3] == 1.0
