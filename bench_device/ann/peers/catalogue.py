"""Lists all indexes that can be measured."""

from __future__ import annotations

from ..peer import Peer
from ..sanderling_index import Sanderling, SanderlingClusters, SanderlingFloat32
from .faiss import FaissFlat, FaissSq8
from .glass import GlassF32, GlassSq4, GlassSq4Sparse, GlassSq8, GlassSq8Sparse
from .hnswlib import Hnswlib
from .ruvector import Ruvector
from .sqlite_vec import SqliteVec
from .svs import SvsDynamic, SvsF32, SvsLeanVec, SvsLvq
from .turbovec import Turbovec
from .usearch import Usearch, UsearchInt8
from .vsag import VsagF32, VsagSq4, VsagSq8

PEERS: tuple[type[Peer], ...] = (
    Sanderling,
    SanderlingFloat32,
    SanderlingClusters,
    Hnswlib,
    FaissFlat,
    FaissSq8,
    Usearch,
    UsearchInt8,
    SvsF32,
    SvsDynamic,
    SvsLvq,
    SvsLeanVec,
    VsagF32,
    VsagSq8,
    VsagSq4,
    GlassF32,
    GlassSq8,
    GlassSq4,
    GlassSq8Sparse,
    GlassSq4Sparse,
    Ruvector,
    Turbovec,
    SqliteVec,
)
"""All adapters: our index first, then the graphs, grouped by library, then the scans."""


def by_name(name: str) -> type[Peer]:
    """Return the adapter called ``name``.

    Raises ValueError for an unknown name, listing the known ones.
    """
    for peer in PEERS:
        if peer.name == name:
            return peer
    raise ValueError(f"there is no index {name!r}: choose from {', '.join(peer.name for peer in PEERS)}")
