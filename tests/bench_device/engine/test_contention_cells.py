from __future__ import annotations

import pytest

from sanderling.bench_device.engine.contention_cells import SHIPPED_NAME, Cell, Sample, cells

ONE, ALL = "1 thread", "all"
PROMPT = 100


def sample(busy: int, setting: str, number: int, wall: float, cpu: float, decoded: int = 10) -> Sample:
    """A request of ``wall`` and ``cpu`` ms per token in both phases."""
    return Sample(
        busy=busy,
        setting=setting,
        round=number,
        prefill_ms=wall * PROMPT,
        decode_ms=wall * decoded,
        prefill_cpu_ms=cpu * PROMPT,
        decode_cpu_ms=cpu * decoded,
        decoded=decoded,
        worker_cpus=1.0,
        busy_cpus=0.0,
        rest_cpus=0.0,
        n_threads_prefill=2,
        n_threads=1,
    )


def cell(found: tuple[Cell, ...], busy: int, setting: str, phase: str = "decode") -> Cell:
    return next(each for each in found if (each.busy, each.setting, each.phase) == (busy, setting, phase))


def test_ratios_are_those_of_each_round() -> None:
    samples = []
    for number, slow in enumerate((1.0, 2.0, 4.0)):  # the machine slows down: a ratio of medians would not see it
        samples += [
            sample(0, SHIPPED_NAME, number, 2 * slow, 3 * slow),
            sample(0, ONE, number, 3 * slow, 3 * slow),
            sample(0, ALL, number, 2 * slow, 4 * slow),
            sample(2, SHIPPED_NAME, number, 6 * slow, 3.3 * slow),
            sample(2, ONE, number, 5 * slow, 3 * slow),
            sample(2, ALL, number, 50 * slow, 40 * slow),
        ]
    found = cells(samples, PROMPT)
    for phase in ("prefill", "decode"):
        idle, busy = cell(found, 0, SHIPPED_NAME, phase), cell(found, 2, SHIPPED_NAME, phase)
        assert (idle.best, idle.wall_to_best, idle.cpu_to_idle) == (ALL, pytest.approx(1.0), pytest.approx(1.0))
        assert (busy.best, busy.wall_to_best, busy.cpu_to_idle) == (ONE, pytest.approx(1.2), pytest.approx(1.1))
        assert (busy.wall_ms, busy.cpu_ms, busy.samples) == (pytest.approx(12), pytest.approx(6.6), 3)
    assert cell(found, 2, ALL).cpu_to_idle == pytest.approx(40 / 3)


def test_what_was_not_measured_has_no_ratio() -> None:
    found = cells([sample(1, SHIPPED_NAME, 0, 2, 2), sample(1, ONE, 0, 2, 2, decoded=0)], PROMPT)
    assert cell(found, 1, SHIPPED_NAME).cpu_to_idle is None  # nothing was measured when idle
    assert [each.setting for each in found if each.phase == "decode"] == [SHIPPED_NAME]  # no token was decoded
    assert cell(found, 1, SHIPPED_NAME).wall_to_best is None
