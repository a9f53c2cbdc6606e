from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sanderling.bench_device.run.budget import LEVELS, ProbedSpeed, Size, plan

# LFM2.5-350M on one core of a Raspberry Pi 5, as published: 200 tokens a second in, 30 out.
PI5 = ProbedSpeed(
    prefill_tokens_per_s=200.0,
    decode_tokens_per_s=30.0,
    load_s=2.0,
    parameters=354_483_968,
    model_bytes=219_000_000,
)
SMALL = Size(label="350m", parameters=354_483_968, model_bytes=219_000_000)
LARGE = Size(label="1.2b", parameters=1_170_340_608, model_bytes=696_000_000)


def test_a_fast_device_measures_everything() -> None:
    fast = replace(PI5, prefill_tokens_per_s=4000.0, decode_tokens_per_s=300.0, load_s=0.3)
    found = plan((SMALL, LARGE), fast, 90.0, 5, 1)
    assert [shape.name for shape in found.shapes] == ["pp512", "pp2048", "tg128"]
    assert (found.labels, found.shortened) == (("350m", "1.2b"), ())
    # 6 * (2560 / 4000 + 128 / 300) + 0.6 = 7.0 for the small one; the large one is 3.3 and 3.2 times as slow.
    assert found.predicted_s == pytest.approx(29.8, abs=0.1)


def test_a_raspberry_pi_measures_less_and_says_so() -> None:
    found = plan((SMALL,), PI5, 90.0, 5, 1)
    assert [shape.name for shape in found.shapes] == ["pp512", "tg128"]
    assert found.shortened == ("pp512, tg128 instead of pp512, pp2048, tg128, to stay within the time",)
    assert found.predicted_s == pytest.approx(2 * 2.0 + 6 * (512 / 200 + 128 / 30))


def test_models_go_last_and_largest_first() -> None:
    # 6 * (256 / 100 + 32 / 20) = 25 s for the small one, 3.3 times as much for the large one.
    slow = replace(PI5, prefill_tokens_per_s=100.0, decode_tokens_per_s=20.0)
    found = plan((SMALL, LARGE), slow, 90.0, 5, 1)
    assert found.labels == ("350m",)
    assert [shape.name for shape in found.shapes] == ["pp512", "tg128"]
    assert found.shortened[-1] == "1.2b left out, to stay within the time"


def test_the_least_plan_is_kept_and_says_what_it_takes() -> None:
    found = plan((SMALL, LARGE), replace(PI5, decode_tokens_per_s=0.5), 10.0, 5, 1)
    assert [shape.name for shape in found.shapes] == ["pp64", "tg16"]
    assert found.labels == ("350m",)
    assert found.shortened[-1] == f"even so {found.predicted_s:.0f} s are predicted, of 10 s"


def test_without_models_there_is_no_plan() -> None:
    with pytest.raises(ValueError, match="no model"):
        plan((), PI5, 90.0, 5, 1)


@given(st.floats(1.0, 1e4), st.floats(0.1, 1e3), st.floats(1.0, 300.0), st.integers(1, 4))
def test_a_plan_stays_within_the_time_or_is_the_least_one(pp: float, tg: float, seconds: float, n: int) -> None:
    sizes = [Size(label=str(i), parameters=10**8 * i, model_bytes=10**8 * i) for i in range(1, n + 1)]
    probe = ProbedSpeed(
        prefill_tokens_per_s=pp, decode_tokens_per_s=tg, load_s=0.1, parameters=10**8, model_bytes=10**8
    )
    found = plan(sizes, probe, seconds, 5, 1)
    least = len(found.labels) == 1 and found.shapes[0].n_prompt == LEVELS[-1][0]
    assert found.predicted_s <= seconds or least
    assert found.labels == tuple(size.label for size in sizes[: len(found.labels)])
    # More time never measures less.
    more = plan(sizes, probe, 2 * seconds, 5, 1)
    assert len(more.labels) >= len(found.labels)
