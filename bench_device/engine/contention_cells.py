"""Summarise the samples of :mod:`sanderling.bench_device.engine.contention` by setting and number of busy processes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

from ...records import Record

Phase = Literal["prefill", "decode"]
PHASES: tuple[Phase, ...] = ("prefill", "decode")
SHIPPED_NAME = "shipped"
"""Name of the setting that chooses the threads by the load."""


class Sample(Record):
    """One request. Shares are in CPUs, on average over the request."""

    busy: int
    """Number of busy processes beside it."""
    setting: str
    round: int
    prefill_ms: float
    decode_ms: float
    """Time of all tokens after the first."""
    prefill_cpu_ms: float
    """CPU time of the worker."""
    decode_cpu_ms: float
    decoded: int
    """Tokens after the first; fewer than asked for if the request was ended after ``LONGEST_S``."""
    worker_cpus: float
    busy_cpus: float
    rest_cpus: float
    """CPUs used by other programs and the system."""
    n_threads_prefill: int
    n_threads: int


class Cell(Record):
    """Medians of one setting beside a number of busy processes; times are per token, in milliseconds."""

    busy: int
    setting: str
    phase: Phase
    wall_ms: float
    cpu_ms: float
    cpu_to_idle: float | None
    """``cpu_ms`` over that of the shipped choice when idle, each round for itself, median; None: no such sample."""
    wall_to_best: float | None
    """``wall_ms`` over that of the best fixed setting, each round for itself, median."""
    best: str
    """The best fixed setting by median."""
    samples: int


class _Times:
    """Wall and CPU milliseconds per token of one phase, by number of busy processes and setting, then by round."""

    def __init__(self, samples: Sequence[Sample], phase: Phase, prompt_tokens: int) -> None:
        self._by_place: dict[tuple[int, str], dict[int, tuple[float, float]]] = {}
        for sample in samples:
            times = _per_token(sample, phase, prompt_tokens)
            if times is not None:
                self._by_place.setdefault((sample.busy, sample.setting), {})[sample.round] = times

    def places(self) -> list[tuple[int, str]]:
        return list(self._by_place)

    def wall_ms(self, busy: int, setting: str) -> dict[int, float]:
        return {number: wall for number, (wall, _) in self._by_place.get((busy, setting), {}).items()}

    def cpu_ms(self, busy: int, setting: str) -> dict[int, float]:
        return {number: cpu for number, (_, cpu) in self._by_place.get((busy, setting), {}).items()}

    def best_fixed(self, busy: int) -> str:
        """Return the fixed setting with the least median wall time; empty if none was measured."""
        fixed = [name for place, name in self._by_place if place == busy and name != SHIPPED_NAME]
        return min(fixed, key=lambda name: statistics.median(self.wall_ms(busy, name).values()), default="")


def cells(samples: Sequence[Sample], prompt_tokens: int) -> tuple[Cell, ...]:
    """Return the medians of each setting beside each number of busy processes, for prefill and decode."""
    found = []
    for phase in PHASES:
        times = _Times(samples, phase, prompt_tokens)
        for busy, setting in times.places():
            wall_ms, cpu_ms, best = times.wall_ms(busy, setting), times.cpu_ms(busy, setting), times.best_fixed(busy)
            found.append(
                Cell(
                    busy=busy,
                    setting=setting,
                    phase=phase,
                    wall_ms=statistics.median(wall_ms.values()),
                    cpu_ms=statistics.median(cpu_ms.values()),
                    cpu_to_idle=_ratio(cpu_ms, times.cpu_ms(0, SHIPPED_NAME)),
                    wall_to_best=_ratio(wall_ms, times.wall_ms(busy, best)),
                    best=best,
                    samples=len(wall_ms),
                )
            )
    return tuple(found)


def _ratio(mine: dict[int, float], base: dict[int, float]) -> float | None:
    """Return the median of ``mine`` divided by ``base`` over the rounds in both; None if no round is in both."""
    ratios = [value / base[number] for number, value in mine.items() if number in base]
    return statistics.median(ratios) if ratios else None


def _per_token(sample: Sample, phase: Phase, prompt_tokens: int) -> tuple[float, float] | None:
    """Return the wall and CPU milliseconds per token; None if no token was computed."""
    wall, cpu, tokens = (
        (sample.prefill_ms, sample.prefill_cpu_ms, prompt_tokens)
        if phase == "prefill"
        else (sample.decode_ms, sample.decode_cpu_ms, sample.decoded)
    )
    return (wall / tokens, cpu / tokens) if tokens and wall and cpu else None
