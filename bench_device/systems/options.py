"""Options of a comparison of systems."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...records import Record
from .open_system import Settings
from .system import NAMES


class SystemsOptions(Record):
    """Options of a run."""

    data: tuple[str, ...]
    models: tuple[str, ...]
    """Ids of the models to choose from, smallest first."""
    names: tuple[str, ...] = NAMES
    router: str = "rule"
    settings: Settings = Settings()
    every: Mapping[str, int] = {}
    """By system: n for one that is asked only every n-th question of each set, such as a slow one."""
    questions: frozenset[str] | None = None
    """Ids ``SET/QUESTION`` of those to ask now, such as those held out from the router's training; None: all."""
    limit: int | None = None
    """Greatest number of questions, over all sets; None: all."""
    sample: int | None = None
    """Number of questions drawn of each set; None: all."""
    seed: int = 0
    raw: Path | None = None
