from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.device.load import Load
from sanderling.engines.threads import SHARED_PREFILL_THREADS, choose_threads


def chosen(decode: int, prefill: int, cpus: int, used: float, waiting: str = "sleeping") -> tuple[int, int]:
    threads = choose_threads(decode, prefill, Load(cpus=cpus, used=used), waiting)
    assert threads.reason
    assert "\n" not in threads.reason
    return threads.decode, threads.prefill


@pytest.mark.parametrize(
    ("limits", "used", "expected"),
    [
        # Two CPUs.
        ((2, 2, 2), 0.0, (2, 2)),
        ((2, 2, 2), 0.2, (2, 2)),
        ((2, 2, 2), 0.3, (1, 2)),
        ((2, 2, 2), 2.0, (1, 2)),
        # Eight: what others leave, down to a prompt's two.
        ((8, 8, 8), 0.0, (8, 8)),
        ((8, 8, 8), 1.0, (7, 7)),
        ((8, 8, 8), 2.7, (5, 5)),
        ((8, 8, 8), 8.0, (1, 2)),
        # Four big cores of eight: others fit on the rest.
        ((4, 4, 8), 3.0, (4, 4)),
        ((4, 4, 8), 6.0, (2, 2)),
        # A profile that decodes on fewer.
        ((2, 4, 4), 1.0, (2, 3)),
        ((1, 1, 1), 1.0, (1, 1)),
    ],
)
def test_what_others_leave(limits: tuple[int, int, int], used: float, expected: tuple[int, int]) -> None:
    assert chosen(*limits, used) == expected


def test_threads_that_do_not_sleep_share_no_cpu() -> None:
    assert chosen(2, 2, 2, 1.0, "spinning") == (1, 1)
    assert chosen(8, 8, 8, 8.0, "spinning") == (1, 1)
    assert chosen(8, 8, 8, 0.0, "spinning") == (8, 8)


def test_an_unknown_load_changes_nothing() -> None:
    threads = choose_threads(4, 3, Load(cpus=8), "sleeping")
    assert (threads.decode, threads.prefill) == (4, 3)
    assert "does not say" in threads.reason


counts, uses, waits = st.integers(1, 32), st.floats(0, 64), st.sampled_from(["sleeping", "spinning"])


@given(counts, counts, counts, uses, waits)
def test_never_none_and_never_more_than_planned(
    decode: int, prefill: int, cpus: int, used: float, waiting: str
) -> None:
    found = chosen(decode, prefill, cpus, used, waiting)
    assert 1 <= found[0] <= decode
    assert 1 <= found[1] <= prefill
    # Beyond what is free only the prompt's shared threads.
    assert sum(found) == 2 or max(found) <= max(SHARED_PREFILL_THREADS, cpus - min(used, cpus) + 1)


@given(counts, counts, counts, uses, uses, waits)
def test_more_load_never_means_more_threads(
    decode: int, prefill: int, cpus: int, one: float, other: float, waiting: str
) -> None:
    less, more = (chosen(decode, prefill, cpus, used, waiting) for used in sorted((one, other)))
    assert less[0] >= more[0]
    assert less[1] >= more[1]
