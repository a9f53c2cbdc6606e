"""Judge whether a benchmark row is valid, from its samples and the readings of the device.

This is a pure function. A verdict concerns the row, not the device: a phone that throttles in every row has a true
speed, but the row does not show it. Each verdict carries the figures it rests on. Values that a system does not report
cannot invalidate a row; ``unseen`` lists them, so that VALID does not hide missing evidence.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Literal

from ...records import Record
from ..metrics.trend import ONE_STEP, fall
from .reading import Reading

Fault = Literal["SWAPPED", "THROTTLED", "BUSY", "ON BATTERY"]

FAULT_S = 1e-3
"""Upper bound of the cost of a page fault from disk: about a millisecond on an SD card, a tenth of that on flash."""
PAGE_BYTES = 4096
"""Smallest page size among the targets; larger pages need fewer reads for the same bytes."""
LOST_SHARE = 0.01
"""Tolerated share of a row's time for such reads. One per cent is below the scatter of every row seen so far."""
SPARE_SHARE = 0.5
"""Share of the CPUs without a compute thread that other processes may keep busy. Above it, the scheduler starts to
place two threads on one CPU."""
TICK_S = 0.01
"""Resolution of the kernel's CPU times (USER_HZ is 100 on every Linux target)."""


class Finding(Record):
    """One defect of a row, and the evidence for it."""

    fault: Fault
    evidence: str


class Verdict(Record):
    """All defects of a row.

    A row without any is VALID.
    """

    findings: tuple[Finding, ...] = ()
    unseen: tuple[str, ...] = ()
    """Values this system does not report, which were therefore not checked."""

    @property
    def name(self) -> str:
        """Return ``VALID``, or the names of the faults, worst first."""
        return ", ".join(dict.fromkeys(finding.fault for finding in self.findings)) or "VALID"

    @property
    def evidence(self) -> str:
        """Return all faults with their evidence, on one line."""
        return "; ".join(f"{finding.fault}: {finding.evidence}" for finding in self.findings)


def judge(readings: Sequence[Reading], speeds: Sequence[float], n_threads: int) -> Verdict:
    """Return the verdict on one row.

    ``readings``: from before the first counted repetition to after the last, in order. ``speeds``: tokens per second of
    the repetitions, in order. ``n_threads``: compute threads. Raises ValueError for fewer than two readings.
    """
    if len(readings) < 2:
        raise ValueError("a row needs a reading before and one after it")
    findings = (
        *_swapped(readings),
        *_throttled(readings, speeds),
        *_busy(readings, n_threads),
        *_on_battery(readings),
    )
    return Verdict(findings=findings, unseen=tuple(_unseen(readings)))


def _between(first: float | None, last: float | None) -> float | None:
    return None if first is None or last is None else last - first


def _swapped(readings: Sequence[Reading]) -> Iterator[Finding]:
    first, last = readings[0], readings[-1]
    bound = LOST_SHARE * (last.at_s - first.at_s) / FAULT_S
    in_swap = [each.worker_swap_bytes for each in readings if each.worker_swap_bytes is not None]
    # What lay in swap before and is not missed there costs nothing; phones keep much there.
    moved = (max(in_swap) - in_swap[0]) / PAGE_BYTES if in_swap else None
    for what, count in (
        ("pages of the worker read from disk", _between(first.major_faults, last.major_faults)),
        ("pages swapped in by the system", _between(first.swapped_in_pages, last.swapped_in_pages)),
        ("pages of the worker moved to swap", moved),
    ):
        if count is not None and count > bound:
            yield Finding(fault="SWAPPED", evidence=f"{count:.0f} {what}, bound {bound:.0f}")


def _throttled(readings: Sequence[Reading], speeds: Sequence[float]) -> Iterator[Finding]:
    events = _between(readings[0].throttle_events, readings[-1].throttle_events)
    if events:
        yield Finding(fault="THROTTLED", evidence=f"the hardware counted {events:.0f} throttle events")
    held = dict.fromkeys(reason for each in readings for reason in each.throttled_by)
    if held:
        yield Finding(fault="THROTTLED", evidence=", ".join(held))
    # The first reading is from before the load, when a governor may have had the clock low.
    clocks = [each.clock_mhz for each in readings[1:] if each.clock_mhz is not None]
    if len(clocks) >= 4:
        half = len(clocks) // 2
        before, after = statistics.median(clocks[:half]), statistics.median(clocks[-half:])
        if after < (1 - ONE_STEP) * before:
            yield Finding(fault="THROTTLED", evidence=f"the clock fell from {before:.0f} to {after:.0f} MHz")
    down = fall(speeds)
    if down:
        yield Finding(fault="THROTTLED", evidence=f"the repetitions fall by {down:.0%} from first to last")


def _busy(readings: Sequence[Reading], n_threads: int) -> Iterator[Finding]:
    others = other_load(readings)
    if others is None:
        return
    first, last = readings[0], readings[-1]
    spare = max(0, first.cpus - n_threads)
    # Spread evenly, a load of ONE_STEP per compute thread costs the row that share; on spare CPUs it costs nothing
    # until they fill up. Below that lies the rounding of the counters: a tick for each CPU and each of our processes.
    bound = ONE_STEP * min(n_threads, first.cpus) + SPARE_SHARE * spare
    rounding = TICK_S * (first.cpus + 2) / (last.at_s - first.at_s)
    if others - rounding > bound:
        yield Finding(fault="BUSY", evidence=f"others used {others:.2f} of {first.cpus} CPUs, bound {bound:.2f}")


def other_load(readings: Sequence[Reading]) -> float | None:
    """Return the mean number of CPUs that other processes occupied during the readings; None if unknown."""
    first, last = readings[0], readings[-1]
    busy, seconds = _between(first.busy_s, last.busy_s), last.at_s - first.at_s
    if busy is None or seconds <= 0:
        return None
    return max(0.0, (busy - (last.own_s - first.own_s)) / seconds)


def _on_battery(readings: Sequence[Reading]) -> Iterator[Finding]:
    if any(each.on_battery for each in readings):
        yield Finding(fault="ON BATTERY", evidence="the power supply was not plugged in")


def _unseen(readings: Sequence[Reading]) -> Iterator[str]:
    last = readings[-1]
    for name, value in (
        ("temperature", last.temperature_c),
        ("clock", last.clock_mhz),
        ("load of others", last.busy_s),
        ("page faults", last.major_faults),
        ("swapping", last.swapped_in_pages),
    ):
        if value is None:
            yield name
