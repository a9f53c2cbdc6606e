"""The interface of a measured index, common to all libraries.

All vectors have unit length. Keys are row numbers, inserted in ascending order until something is deleted. Nearest
means largest inner product, which on unit vectors gives the same order as cosine and L2, so each library may use the
metric it is fastest at.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path
from typing import ClassVar, Protocol

from ...records import Keys, Record, Vectors


class Spec(Record):
    """Parameters of every index, named as in the HNSW paper (arXiv 1603.09320)."""

    dim: int
    capacity: int
    """Maximum number of vectors present at one time."""
    m: int
    ef_construction: int
    threads: int
    """Threads for inserts of many rows; searches always run on the calling thread."""
    seed: int


class Peer(Protocol):
    """One index; created empty, then filled by ``insert`` or replaced by ``load``."""

    name: ClassVar[str]
    modules: ClassVar[tuple[str, ...]]
    """Modules that must be importable."""
    packages: ClassVar[tuple[str, ...]]
    """Packages that pip installs; the version of the first is reported."""
    exact: ClassVar[bool]
    """Whether it compares the query with every vector; there is no graph then, and ``ef`` has no effect."""
    deletes: ClassVar[bool]
    saves: ClassVar[bool]
    filters: ClassVar[bool]
    """Whether the search itself can be restricted to given keys."""
    threads: int
    """Threads for inserts of many rows: the spec's number, or 1."""

    def __init__(self, spec: Spec) -> None:
        """Import the library and create an empty index."""

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """Add rows, shape [n, dim], under new keys."""

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """Return the keys of the ``k`` nearest to ``query`` [dim], best first; the beam is at least ``ef``."""
        ...

    def restrict(self, keys: Keys | None) -> None:
        """Restrict later searches to ``keys``; None: lift the restriction."""

    def delete(self, keys: Keys) -> None:
        """Remove the vectors under ``keys``."""

    def save(self, path: Path) -> None:
        """Write the index into one file."""

    def load(self, path: Path) -> None:
        """Replace the empty index by a saved one."""


def installed(peer: type[Peer]) -> bool:
    """Whether the modules of a library can be found, without importing them."""
    return all(importlib.util.find_spec(module) is not None for module in peer.modules)


def version(peer: type[Peer]) -> str:
    """Return the installed version, or an empty string for an uninstalled source tree."""
    try:
        return importlib.metadata.version(peer.packages[0])
    except importlib.metadata.PackageNotFoundError:
        return ""
