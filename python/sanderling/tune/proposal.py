"""The interface of all tunables, and their proposals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 per cent confidence interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Proposal:
    """The result of a measurement."""

    what: str
    """Name of what was measured, such as ``search``."""
    reason: str
    """What was found, in one line."""
    gain: Interval | None = None
    """Gain of the new setting over the present one, in the unit that ``reason`` names; None: there is no other."""
    better: bool = False
    """Whether the new setting is better beyond chance."""
    install: Callable[[], None] = lambda: None
    """Uses the new setting from now on and keeps the present one as the previous one."""


class Tunable(Protocol):
    """Something that can be measured and set on this device."""

    name: str

    def propose(self) -> Proposal:
        """Measure, and change nothing. Raises UsageError, with the remedy, where there is too little to measure."""

    def rollback(self) -> str:
        """Swap the current and the previous setting, and describe the setting now in use.

        Raises UsageError if nothing was ever installed.
        """
