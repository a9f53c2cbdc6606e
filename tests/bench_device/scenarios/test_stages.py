from __future__ import annotations

from sanderling.bench_device.scenarios.stages import STAGES, stages_ms
from sanderling.records import Timings


def test_the_stages_add_up_to_the_whole() -> None:
    timings = Timings(
        total=100.0, embed=5.0, retrieval=10.0, router=1.0, cache=0.5, context=4.0, load=2.0, llm=70.0, ttft=50.0
    )
    found = stages_ms(timings)
    assert tuple(found) == STAGES
    assert list(found.values()) == [5.0, 10.0, 1.0, 4.0, 2.0, 50.0, 20.0, 8.0]
    assert sum(found.values()) == timings.total


def test_a_first_token_takes_no_longer_than_all() -> None:
    found = stages_ms(Timings(total=10.0, llm=10.0, ttft=12.0))
    assert (found["first token"], found["further tokens"], found["rest"]) == (10.0, 0.0, 0.0)
