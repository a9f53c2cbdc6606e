from __future__ import annotations

import pytest
from ask_samples import sample

from sanderling.bench_device.ask.compute import compute
from sanderling.device import profiles


def test_the_sum_is_tokens_by_speeds_and_the_time_of_our_own() -> None:
    found = {
        each.profile: each for each in compute("m", [sample(number) for number in range(5)], 200_000_000, 350_000_000)
    }
    each = found["raspberry_pi_5"]
    # 10.54 GB/s achieved: 52.7 tokens/s of 200 MB; 5 times the speed of 350 M parameters at .6 bytes.
    assert each.decode_tokens_per_s == pytest.approx(52.7)
    assert each.prefill_tokens_per_s == pytest.approx(5 * 10.54e9 / 210e6)
    assert each.prompt_ms == pytest.approx(1e3 * 100 / each.prefill_tokens_per_s)
    assert each.writing_ms == pytest.approx(1e3 * 5 / 52.7)
    assert each.own_ms == 12.0
    assert each.total_ms == pytest.approx(each.prompt_ms + each.writing_ms + 12.0)
    assert (each.limit_ms, each.outcome, each.unconfirmed) == (800.0, "would be met", ())


def test_phones_and_boards_the_fastest_first() -> None:
    found = compute("m", [sample()], 2_000_000_000, 3_500_000_000)
    assert {profiles.load(each.profile).device_class for each in found} == {"phone", "board"}
    assert [each.total_ms for each in found] == sorted(each.total_ms for each in found)
    assert found[-1].outcome == "would be missed"
    assert compute("m", [], 1, 1) == ()
