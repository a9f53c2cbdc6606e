"""Verdicts on readings as devices give them: each fault by its own evidence, just below and above its bound."""

from __future__ import annotations

import pytest
from bench_runs import reading
from hypothesis import given
from hypothesis import strategies as st

from sanderling.bench_device.metrics.trend import fall
from sanderling.bench_device.sensors.reading import Reading
from sanderling.bench_device.sensors.verdict import Verdict, judge, other_load

STEADY = (100.0, 101.0, 99.0, 100.5, 99.5)


def verdict(*, speeds: tuple[float, ...] = STEADY, n_threads: int = 2, **last: object) -> Verdict:
    """Of ten seconds, the last reading of which differs from a quiet one by ``last``."""
    return judge((reading(0.0), reading(5.0), reading(10.0, **last)), speeds, n_threads)


def test_a_quiet_row_is_valid() -> None:
    assert verdict() == Verdict()
    assert (verdict().name, verdict().evidence) == ("VALID", "")


def test_a_system_that_tells_nothing_is_valid_and_says_what_was_not_seen() -> None:
    blind = judge((Reading(at_s=0.0), Reading(at_s=9.0)), STEADY, 4)
    assert blind.name == "VALID"
    assert blind.unseen == ("temperature", "clock", "load of others", "page faults", "swapping")


def test_one_reading_is_not_enough() -> None:
    with pytest.raises(ValueError, match="before and one after"):
        judge((reading(0.0),), STEADY, 1)


@pytest.mark.parametrize(
    ("faults", "name"),
    # A percent of 10 s is 100 reads of a millisecond; 7 faults had happened before.
    [(7 + 100, "VALID"), (7 + 101, "SWAPPED")],
)
def test_pages_of_the_worker_from_disk(faults: int, name: str) -> None:
    assert verdict(major_faults=faults).name == name


def test_swapping_anywhere_and_a_worker_in_swap() -> None:
    assert verdict(swapped_in_pages=11 + 100).name == "VALID"
    assert verdict(swapped_in_pages=11 + 101).evidence == "SWAPPED: 101 pages swapped in by the system, bound 100"
    assert verdict(worker_swap_bytes=100 * 4096).name == "VALID"
    assert verdict(worker_swap_bytes=101 * 4096).evidence == "SWAPPED: 101 pages of the worker moved to swap, bound 100"


def test_what_lay_in_swap_before_is_not_missed() -> None:
    before = (reading(0.0, worker_swap_bytes=9 << 20), reading(10.0, worker_swap_bytes=8 << 20))
    assert judge(before, STEADY, 2).name == "VALID"


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ({"throttle_events": 3}, "the hardware counted 3 throttle events"),
        ({"throttled_by": ("throttled by firmware",)}, "throttled by firmware"),
        ({"throttled_by": ("cpu-thermal at its limit of 80 °C",)}, "cpu-thermal at its limit of 80 °C"),
    ],
)
def test_throttling_by_what_the_device_says(last: dict[str, object], words: str) -> None:
    assert verdict(**last).evidence == f"THROTTLED: {words}"


def test_warm_is_not_throttled() -> None:
    assert verdict(temperature_c=99.0).name == "VALID"


def clocks(*mhz: float) -> str:
    return judge([reading(float(i), clock_mhz=each) for i, each in enumerate(mhz)], STEADY, 2).name


def test_throttling_by_the_clock() -> None:
    assert clocks(600, 2400, 2400, 1800, 1800) == "THROTTLED"
    # One step of 100 MHz, and a governor that had the clock low before the load.
    assert clocks(600, 2400, 2400, 2300, 2300) == "VALID"
    assert clocks(2400, 2400, 2400, 600) == "VALID"  # too few to tell a fall from a moment


def test_throttling_by_falling_repetitions() -> None:
    assert "fall by 20%" in verdict(speeds=(100, 95, 90, 85, 80)).evidence
    assert verdict(speeds=(80, 85, 90, 95, 100)).name == "VALID"


def test_a_busy_device() -> None:
    # 2 threads on 4 CPUs: 0.05 * 2 for the threads and half of 2 spare CPUs are 1.1; 6 ticks in 10 s are 0.006.
    assert verdict(busy_s=1000 + 20 + 11.0).name == "VALID"
    assert verdict(busy_s=1000 + 20 + 11.1).evidence == "BUSY: others used 1.11 of 4 CPUs, bound 1.10"
    assert verdict(n_threads=4, busy_s=1000 + 20 + 2.0).name == "VALID"
    assert verdict(n_threads=4, busy_s=1000 + 20 + 2.1).name == "BUSY"


def test_a_short_row_is_not_busy_by_the_rounding_of_the_counters() -> None:
    ticks = (reading(0.0), reading(0.05, busy_s=1000 + 0.1 + 0.06))
    assert other_load(ticks) == pytest.approx(1.2)
    assert judge(ticks, STEADY, 2).name == "VALID"


def test_on_battery_and_several_faults_at_once() -> None:
    assert verdict(on_battery=True).name == "ON BATTERY"
    both = verdict(on_battery=True, major_faults=5000, throttle_events=1)
    assert both.name == "SWAPPED, THROTTLED, ON BATTERY"


def test_a_fall_needs_more_than_scatter_and_more_than_a_step() -> None:
    assert fall((100, 99, 98, 97, 96)) == 0.0  # perfectly straight, and less than a step
    assert fall((100, 60, 110, 70, 80)) == 0.0  # down by a quarter, within its scatter
    assert fall((100, 90)) == 0.0
    assert fall((100, 90, 80)) == pytest.approx(0.2)
    with pytest.raises(ValueError, match="positive"):
        fall((1.0, 0.0, 1.0))


@given(st.lists(st.floats(1.0, 1000.0), min_size=3, max_size=20))
def test_a_fall_is_a_share_and_never_seen_both_ways(values: list[float]) -> None:
    down, up = fall(values), fall(values[::-1])
    assert down >= 0.0 and up >= 0.0
    assert not (down and up)
    assert fall(sorted(values)) == 0.0
