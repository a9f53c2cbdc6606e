"""The Rust extension: graph memory, graph attention, FastGRNN. Held true by ``mypy.stubtest``.

All arrays are C-contiguous; vectors are ``float32[n, dim]`` (one vector: ``float32[dim]``), keys ``uint64[n]``.
A wrong dtype or shape raises TypeError naming what was expected; NaN, infinity and wrong lengths raise ValueError.
No method holds the GIL while it works.
"""

from os import PathLike
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Attention",
    "AttentionResult",
    "CoreError",
    "DamageError",
    "FastGrnn",
    "GraphMemory",
    "InternalError",
    "KeySet",
    "Retrieved",
    "RouterStep",
    "SearchResult",
    "VersionError",
    "__version__",
    "build_profile",
    "kernels",
]

__version__: str
build_profile: Literal["release", "debug"]

def kernels() -> str:
    """Return the name of the instruction set chosen at start.

    ``scalar``, ``avx2``, ``avx512``, ``neon`` or ``neon_dotprod``.
    """

class CoreError(Exception):
    """Base of the next three."""

class DamageError(CoreError):
    """A file is damaged or of another kind: what it is made from makes it anew."""

class VersionError(CoreError):
    """A file is of another format version, and sound; the message says whether of an older or a newer one."""

class InternalError(CoreError):
    """The package broke a promise of its own: no file is to blame, and none is to be thrown away for it."""

@final
class SearchResult:
    @property
    def keys(self) -> NDArray[np.uint64]: ...
    @property
    def distances(self) -> NDArray[np.float32]: ...
    @property
    def mean_distance(self) -> float: ...
    @property
    def std_distance(self) -> float: ...
    @property
    def min_distance(self) -> float: ...
    @property
    def max_distance(self) -> float: ...
    @property
    def exact(self) -> bool:
        """Whether every vector was compared, because there are few for this ``ef_search``."""

@final
class KeySet:
    """Keys that a search may find: made once for a filter, used by many searches."""

    def __new__(cls, keys: NDArray[np.uint64]) -> KeySet: ...
    def __len__(self) -> int: ...
    def __contains__(self, key: int, /) -> bool: ...

@final
class AttentionResult:
    @property
    def keys(self) -> NDArray[np.uint64]: ...
    @property
    def weights(self) -> NDArray[np.float32]: ...
    @property
    def entropy(self) -> float: ...
    @property
    def depth_touched(self) -> int: ...

@final
class Retrieved:
    @property
    def hits(self) -> SearchResult: ...
    @property
    def attended(self) -> AttentionResult:
        """Weights over the neighbourhood of the hits."""

@final
class Attention:
    """Graph attention parameters; see rust_core/src/attention/mod.rs for the equations."""

    @staticmethod
    def prior(layers: Literal[1, 2] = 1) -> Attention: ...
    @staticmethod
    def from_bytes(data: bytes) -> Attention: ...
    @property
    def id(self) -> str: ...
    @property
    def features(self) -> int:
        """Features per node; 0 for the prior."""
    @property
    def features_version(self) -> int:
        """Version of the table that says what each feature means; 0 for the prior."""

@final
class GraphMemory:
    """HNSW index over vectors, with typed and weighted edges between them."""

    def __new__(
        cls,
        dim: int,
        *,
        metric: Literal["cosine", "inner_product", "l2"] = "cosine",
        m: int = 32,
        ef_construction: int = 200,
        seed: int = 0,
    ) -> GraphMemory: ...
    @property
    def dim(self) -> int: ...
    @property
    def metric(self) -> str: ...
    @property
    def edge_count(self) -> int: ...
    def __len__(self) -> int: ...
    def __contains__(self, key: int, /) -> bool: ...
    def insert(self, keys: NDArray[np.uint64], vectors: NDArray[np.float32], *, threads: int = 1) -> None:
        """Insert rows; a key that is already there gets the new vector and keeps its edges.

        Searches of other threads go on meanwhile. The number of threads decides nothing but the time it takes.
        """
    def delete(self, keys: NDArray[np.uint64]) -> int:
        """Delete nodes with their edges; unknown keys are passed over. Returns how many were there."""
    def link(
        self,
        src: NDArray[np.uint64],
        dst: NDArray[np.uint64],
        rel: NDArray[np.uint16],
        weight: NDArray[np.float32],
    ) -> None:
        """Add edges; the same (src, dst, rel) again replaces the weight. Weights are finite and > 0."""
    def unlink(self, src: NDArray[np.uint64], dst: NDArray[np.uint64], rel: NDArray[np.uint16]) -> int: ...
    def vectors(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Return the stored vectors (normalised under cosine). Raises KeyError for an unknown key."""
    def cosines(self, queries: NDArray[np.float32], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Return float32[queries, keys]; 0 with a zero vector. Raises KeyError for an unknown key."""
    def search(
        self,
        query: NDArray[np.float32],
        k: int = 64,
        *,
        ef_search: int = 64,
        rerank: int | None = None,
        allowed: KeySet | None = None,
    ) -> SearchResult:
        """Find the ``k`` nearest of the ``allowed``, fewer only if there are fewer, by a beam of ``max(ef_search, k)``.

        The walk measures rounded vectors; the best ``max(rerank, k)`` it found, all of them for ``None``, are measured
        again exactly. Raises DamageError when the snapshot turns out to be damaged where it is read.
        """
    def attend(
        self,
        query: NDArray[np.float32],
        hits: NDArray[np.uint64],
        *,
        features: NDArray[np.float32] | None = None,
        hops: int = 2,
        max_nodes: int = 256,
        attention: Attention | None = None,
    ) -> AttentionResult:
        """Weigh the nodes within ``hops`` edges of ``hits``, ``max_nodes`` at most, by ``attention``.

        ``features``: float32[hits, attention.features], for parameters that take them; these weigh the hits alone, so
        ``hops`` is 0 with them.

        ``None`` stands for what :meth:`set_attention` was given last, and for ``Attention.prior(1)`` before that.
        """
    def set_attention(self, attention: Attention, *, threads: int = 1) -> None:
        """Keep what ``attention`` projects each vector to, now and with every insertion, so that attending is faster.

        It serves this very object, not one with equal content, and is not part of a snapshot. Costs 4 bytes per head
        (rounded up to 4) times rank + 2 layers for each vector; nothing for parameters that do not project. Raises
        TypeError for parameters for another dimension, ValueError for a vector longer than 1e13 or shorter than 1e-15.
        """
    def retrieve(
        self,
        query: NDArray[np.float32],
        k: int = 64,
        *,
        ef_search: int = 64,
        rerank: int | None = None,
        allowed: KeySet | None = None,
        hops: int = 2,
        max_nodes: int = 256,
        attention: Attention | None = None,
    ) -> Retrieved:
        """Do :meth:`search` and :meth:`attend` over its hits in one; also of the neighbourhood only the ``allowed``."""
    def verify(self) -> None:
        """Read everything and raise DamageError if it does not hold together."""
    def save(self, path: str | PathLike[str], generation: int) -> None: ...
    @staticmethod
    def load(path: str | PathLike[str]) -> tuple[GraphMemory, int]:
        """Open a snapshot; returns it with the generation it was saved at.

        Raises DamageError or VersionError if it cannot be trusted, OSError if it is no regular file or cannot be read.
        Vectors are compared with their checksums when they are first used; in a file of more than 16 MiB they stay
        there, mapped: whoever shortens it in place ends the process.
        """

@final
class RouterStep:
    @property
    def hidden(self) -> NDArray[np.float32]: ...
    @property
    def model_logits(self) -> NDArray[np.float32]: ...
    @property
    def context_logits(self) -> NDArray[np.float32]: ...
    @property
    def temperature(self) -> float: ...
    @property
    def top_p(self) -> float: ...
    @property
    def escalate(self) -> float: ...

@final
class FastGrnn:
    """The published FastGRNN cell with the router's heads; see rust_core/src/fastgrnn/mod.rs."""

    @staticmethod
    def from_bytes(data: bytes) -> FastGrnn: ...
    @property
    def id(self) -> str: ...
    @property
    def features_version(self) -> int:
        """Version of the feature table the weights were trained on."""
    @property
    def input_dim(self) -> int: ...
    @property
    def hidden_dim(self) -> int: ...
    @property
    def card(self) -> str:
        """JSON of the weights' writer: the labels' names and how they were made."""
    def step(self, features: NDArray[np.float32], hidden: NDArray[np.float32] | None = None) -> RouterStep: ...
    def steps(
        self, features: NDArray[np.float32], hidden: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """One step for each row of ``float32[n, input_dim]``, from ``float32[n, hidden_dim]`` or from zeros.

        Returns hidden states ``float32[n, hidden_dim]`` and heads ``float32[n, 10]``: 4 model logits, 3 context logits,
        temperature, top_p, escalate.
        """
