"""What the caller of a run asks for."""

from __future__ import annotations

from ...engines import EngineName
from ...records import Record
from ..matrix.shape import DEFAULT, Shape


class RunOptions(Record):
    """The choices; :class:`..report.Settings` says what became of them."""

    models: tuple[str, ...] = ()
    """Ids and files; none: everything that is here."""
    quants: tuple[str, ...] = ()
    """None: all of a model that are here."""
    engine: EngineName = "auto"
    profile: str = "auto"
    threads: tuple[int, ...] = ()
    """None: the profile's, and a sweep."""
    shapes: tuple[Shape, ...] = DEFAULT
    repetitions: int = 5
    quick: bool = False
    matrix: bool = True
    scenarios: bool = True
    workload: str = "station"
    requests: int | None = None
    """Per scenario; None: every question once."""
