"""The options of a benchmark run."""

from __future__ import annotations

from ...engines import EngineName
from ...records import Record
from ..matrix.shape import DEFAULT, Shape


class RunOptions(Record):
    """Options as requested.

    :class:`~sanderling.bench_device.report.run.Settings` holds the resulting settings.
    """

    models: tuple[str, ...] = ()
    """Model ids and files; empty: every installed model."""
    quants: tuple[str, ...] = ()
    """Quantizations to measure; empty: all installed ones."""
    engine: EngineName = "auto"
    profile: str = "auto"
    threads: tuple[int, ...] = ()
    """Thread counts; empty: the profile's count and a sweep."""
    shapes: tuple[Shape, ...] = DEFAULT
    repetitions: int = 5
    quick: bool = False
    matrix: bool = True
    scenarios: bool = True
    workload: str = "station"
    requests: int | None = None
    """Questions per scenario; None: every question once."""
