"""Gives names to question sets whose notes share one memory.

A set's own corpus is small, and all of it is of one kind. In a memory that holds other corpora too, the
right passages have more rivals, of other kinds. The questions and the passages that answer them stay the same, so the
difference, paired by question, is what the larger memory costs.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import UsageError
from ..workloads import Workload

_SUFFIX = ", one memory of all"


def in_union(name: str) -> str:
    """Return the name of the set ``name`` for a memory that it shares with other sets."""
    return name + _SUFFIX


def own(name: str) -> str:
    """Return the plain name of a set, undoing :func:`in_union` if it was applied."""
    return name.removesuffix(_SUFFIX)


def others(work: Workload, works: Sequence[Workload]) -> tuple[Workload, ...]:
    """Return ``works`` without ``work``."""
    return tuple(each for each in works if each.name != work.name)


def require_several(works: Sequence[Workload]) -> None:
    """Raise UsageError unless ``works`` holds at least two sets, all with different names."""
    if len({each.name for each in works}) < max(2, len(works)):
        raise UsageError("--union puts several sets into one memory: give --data twice or more, each another set")
