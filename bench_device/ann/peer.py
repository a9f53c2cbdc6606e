"""The interface through which the index of any library is measured.

All vectors have unit length. Keys are row numbers, inserted in ascending order until something is deleted. Nearest
means largest inner product, which on unit vectors gives the same order as cosine and L2, so each library may use the
metric it is fastest at.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path
from typing import ClassVar, Protocol

from ... import device
from ...records import Keys, Record, Vectors


class Spec(Record):
    """Parameters of an index, the same for all libraries, named as in the HNSW paper (arXiv 1603.09320)."""

    dim: int
    capacity: int
    """Maximum number of vectors present at one time."""
    m: int
    ef_construction: int
    threads: int
    """Threads for inserts of many rows; searches always run on the calling thread."""
    seed: int


class Peer(Protocol):
    """The index of one library: created empty, then filled by ``insert`` or replaced by ``load``."""

    name: ClassVar[str]
    modules: ClassVar[tuple[str, ...]]
    """Modules that must be importable."""
    packages: ClassVar[tuple[str, ...]]
    """Packages that pip installs; the version of the first is reported."""
    cpu: ClassVar[str]
    """Word in the name of every supported CPU; empty if all CPUs are supported."""
    exact: ClassVar[bool]
    """Whether the query is compared with every vector, so that ``ef`` has no effect."""
    inserts: ClassVar[bool]
    """Whether vectors can be added to an index that holds some; if not, all are inserted in one call."""
    deletes: ClassVar[bool]
    saves: ClassVar[bool]
    filters: ClassVar[bool]
    """Whether the search itself can be restricted to given keys."""
    threads: int
    """Threads for inserts of many rows: the spec's number, or 1."""

    def __init__(self, spec: Spec) -> None:
        """Import the library and create an empty index."""

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """Add ``vectors``, shape [n, dim], under new ``keys``, shape [n]."""

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """Return the keys of the ``k`` vectors nearest to ``query``, shape [dim], nearest first.

        The search keeps at least ``ef`` candidates.
        """
        ...

    def restrict(self, keys: Keys | None) -> None:
        """Restrict later searches to ``keys``, or lift the restriction if None."""

    def delete(self, keys: Keys) -> None:
        """Remove the vectors under ``keys``."""

    def save(self, path: Path) -> None:
        """Write the index to ``path``, as one file or as a folder of files."""

    def load(self, path: Path) -> None:
        """Replace the empty index with the one saved at ``path``."""


def installed(peer: type[Peer]) -> bool:
    """Return whether all modules that ``peer`` needs are installed, without importing any."""
    return all(importlib.util.find_spec(module) is not None for module in peer.modules)


def refusal(peer: type[Peer]) -> str | None:
    """Return why ``peer`` cannot run on this CPU, or None if it can."""
    cpu = device.read().cpu_name
    if peer.cpu in (cpu or ""):
        return None
    return f"runs on CPUs of {peer.cpu} only, and this one is {cpu or 'of an unknown name'}"


def version(peer: type[Peer]) -> str:
    """Return the version of the peer's first package; empty if that package is not installed."""
    try:
        return importlib.metadata.version(peer.packages[0])
    except importlib.metadata.PackageNotFoundError:
        return ""
