"""The options of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from ...engines import EngineName
from ...errors import UsageError
from ...records import Record
from ..answers.measure import MAX_TOKENS

Way = Literal["cold", "warm", "busy"]
"""``cold``: each question starts a process. ``warm``: one process answers all. ``busy``: as warm, beside others."""

WAYS: tuple[Way, ...] = get_args(Way)
BUSY_PROCESSES = (1, 2)
"""Numbers of busy processes beside which the questions are asked."""


class AskOptions(Record):
    """Options as requested."""

    models: tuple[str, ...] = ()
    """Model ids and ``.gguf`` files, each asked by itself."""
    ladders: tuple[str, ...] = ()
    """Ladders, from each of which the rule chooses a model for every question."""
    profiles: tuple[str, ...] = ("auto",)
    ways: tuple[Way, ...] = WAYS
    against: Path | None = None
    """Another installation of Sanderling: a source tree, a virtual environment or a Python; None: none."""
    engine: EngineName = "auto"
    n_threads: int | None = None
    """Threads; None: as the profile says."""
    workload: str = "station"
    questions: int = 40
    """Number of one-note questions, drawn with ``seed`` if there are more."""
    max_tokens: int = MAX_TOKENS
    seed: int = 0


def chosen_ways(names: Sequence[str]) -> tuple[Way, ...]:
    """Return the ways in ``names``, each once, or all ways if ``names`` is empty.

    Raises UsageError for an unknown name.
    """
    for name in names:
        if name not in WAYS:
            raise UsageError(f"--way {name[:80]}: choose {', '.join(WAYS)}")
    return tuple(way for way in WAYS if way in names) or WAYS
