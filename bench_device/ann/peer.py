"""What an index has to do to be measured: the one contract behind which every library looks alike.

All vectors are of unit length, and keys are row numbers, inserted in ascending order until something is deleted.
Nearest means largest inner product, which on unit vectors is the order of cosine and of L2 as well, so that each
library may use whichever of the three it is fastest at.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path
from typing import ClassVar, Protocol

from ...records import Keys, Record, Vectors


class Spec(Record):
    """The parameters all indexes are made with, named as in the HNSW paper (arXiv 1603.09320)."""

    dim: int
    capacity: int
    """Vectors alive at one time, at most."""
    m: int
    ef_construction: int
    threads: int
    """Wanted for inserts of many rows; searches always run on the calling thread."""
    seed: int


class Peer(Protocol):
    """One index. Made empty; either filled by ``insert`` or replaced by what ``load`` reads."""

    name: ClassVar[str]
    modules: ClassVar[tuple[str, ...]]
    """What has to be importable."""
    packages: ClassVar[tuple[str, ...]]
    """What pip installs; the version of the first is reported."""
    exact: ClassVar[bool]
    """Compares the query with every vector: there is no graph, and ``ef`` means nothing."""
    deletes: ClassVar[bool]
    saves: ClassVar[bool]
    filters: ClassVar[bool]
    """Can search among given keys only, in the search itself."""
    threads: int
    """Used by inserts of many rows: what the spec asks for, or 1."""

    def __init__(self, spec: Spec) -> None:
        """Import the library and make an empty index."""

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """Add rows, shape [n, dim], under keys that are not there."""

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """Keys of the ``k`` nearest to ``query``, shape [dim], best first, with a beam of at least ``ef``."""
        ...

    def restrict(self, keys: Keys | None) -> None:
        """From now on search only among ``keys``; None: among all."""

    def delete(self, keys: Keys) -> None:
        """Remove what is under ``keys``."""

    def save(self, path: Path) -> None:
        """Write everything into one file."""

    def load(self, path: Path) -> None:
        """Replace the empty index by a saved one."""


def installed(peer: type[Peer]) -> bool:
    """Whether the modules of a library can be found; nothing is imported."""
    return all(importlib.util.find_spec(module) is not None for module in peer.modules)


def version(peer: type[Peer]) -> str:
    """Return the installed version, or an empty string for a source tree that was never installed."""
    try:
        return importlib.metadata.version(peer.packages[0])
    except importlib.metadata.PackageNotFoundError:
        return ""
