"""Measures all tunables, and installs settings that are better beyond chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..errors import UsageError
from ..records import Record
from .proposal import Tunable


class Tuned(Record):
    """The outcome of one tunable."""

    what: str
    reason: str
    gain: tuple[float, float, float] | None = None
    """Gain over the present setting and its 95 per cent interval; None: there was nothing to compare."""
    better: bool = False
    installed: bool = False
    refused: str = ""
    """Why nothing was measured, and what helps; empty: it was."""


def tune(every: Iterable[Tunable], *, dry_run: bool = False) -> Iterator[Tuned]:
    """Yield the outcome of each tunable as soon as it is known.

    ``dry_run``: install nothing.

    One that has too little to measure does not keep the others from being tuned. Raises what an installation raises.
    """
    for each in every:
        try:
            found = each.propose()
        except UsageError as error:
            yield Tuned(what=each.name, reason="nothing was measured", refused=str(error))
            continue
        installing = found.better and not dry_run
        if installing:
            found.install()
        gain = None if found.gain is None else (found.gain.mean, found.gain.low, found.gain.high)
        yield Tuned(what=each.name, reason=found.reason, gain=gain, better=found.better, installed=installing)
