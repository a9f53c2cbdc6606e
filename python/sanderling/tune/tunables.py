"""All that can be tuned on this device. What is added here is in ``sanderling tune`` as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..memory import Memory
from .attention import AttentionWeights
from .nprobe import ClusterProbes
from .proposal import Tunable
from .router import RouterWeights
from .search import SearchWidth

NAMES = ("search", "nprobe", "attention", "router")
"""Names in the order of tuning, the quickest first."""


class Subjects(NamedTuple):
    """The memory to tune, and the seed of all random draws.

    The log is that of the data folder.
    """

    memory: Memory
    seed: int = 0


def tunables(of: Subjects) -> Mapping[str, Tunable]:
    """Return everything that can be tuned, by name, in the order of :data:`NAMES`."""
    every: tuple[Tunable, ...] = (
        SearchWidth(of.memory, of.seed),
        ClusterProbes(of.memory, of.seed),
        AttentionWeights(of.memory, of.seed),
        RouterWeights(of.seed),
    )
    return {each.name: each for each in every}
