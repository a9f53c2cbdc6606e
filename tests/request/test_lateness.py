from __future__ import annotations

import random

from sanderling.request.lateness import KEPT, MOST, Lateness


def test_what_is_late_is_cut_earlier() -> None:
    late = Lateness()
    assert late.reserve_ms(1000.0) == 0.0
    drawn = random.Random(1)
    overruns = []
    for _ in range(100):
        delay = drawn.uniform(100.0, 200.0)
        reserve = late.reserve_ms(2000.0)
        overruns.append(delay - reserve)
        late.note(delay)
    assert sum(overrun <= 0 for overrun in overruns[KEPT:]) > 60
    assert max(overruns[KEPT:]) < 60


def test_one_long_delay_does_not_count_and_no_budget_is_eaten_up() -> None:
    late = Lateness()
    for delay in (10.0, 10.0, 10.0, 900.0, 10.0, -5.0):
        late.note(delay)
    assert late.reserve_ms(1000.0) == 10.0
    for _ in range(KEPT):
        late.note(900.0)
    assert late.reserve_ms(1000.0) == MOST * 1000.0
