"""Keep in a memory from how many nodes on its index is divided into clusters, instead of being one graph.

A graph is searched two to three times as fast at equal recall, in fractions of a millisecond either way. Clusters are
formed twenty times as fast and opened in a tenth of the RAM (``bench_device/LOG.md``, "Clusters or one graph"). So
``auto`` divides where a graph takes more than a minute to build. It looks at no RAM, because after some searches both
kinds hold about as much of it.
"""

from __future__ import annotations

from typing import Literal

from ... import ranges
from ..._core import GraphMemory
from . import meta
from .database import Database

Clustering = Literal["auto", "off"] | int
"""``auto``: from :data:`CLUSTERS_FROM_NODES` nodes on; ``off``: never; else from that number of nodes on."""

CLUSTERS_FROM_NODES = 250_000
KEPT_SHARE = 0.5
"""Share of that number below which clusters become a graph again, so that a few nodes more or less change nothing."""
_KEY = "clusters"


def chosen(database: Database) -> Clustering:
    """Return what the memory was last told; ``auto`` if nothing, or nothing that can be read."""
    said = meta.get(database, _KEY)
    if said in ("", "auto", "off"):
        return "off" if said == "off" else "auto"
    number = ranges.CLUSTERED.read(said)
    return "auto" if number is None else int(number)


def choose(database: Database, clustering: Clustering) -> None:
    """Tell the memory, unless it cannot be written. Raises ValueError for a number out of range."""
    if isinstance(clustering, int):
        ranges.CLUSTERED.check("clusters", clustering)
    elif clustering not in ("auto", "off"):
        raise ValueError(f"clusters {clustering!r}: must be auto, off or {ranges.CLUSTERED}")
    if database.read_only is None and chosen(database) != clustering:
        with database.transaction("IMMEDIATE"):
            meta.put(database, _KEY, str(clustering))


def clusters_from(database: Database) -> int | None:
    """Return the number of nodes from which the index is divided; None: never."""
    choice = chosen(database)
    if choice == "off":
        return None
    return CLUSTERS_FROM_NODES if choice == "auto" else choice


def is_due(database: Database, graph: GraphMemory) -> bool:
    """Whether clusters are to be formed of an index, or formed anew because it has grown."""
    # Asked after each note of an ingest, and nearly always there are too few.
    if not graph.is_partition_due(min(int(ranges.CLUSTERED.low), CLUSTERS_FROM_NODES)):
        return False
    least = clusters_from(database)
    return least is not None and graph.is_partition_due(least)


def is_undue(database: Database, graph: GraphMemory) -> bool:
    """Whether an index has clusters that the memory does not want."""
    least = clusters_from(database)
    return bool(graph.clusters) and (least is None or len(graph) < KEPT_SHARE * least)
