"""The Rust extension: graph memory, graph attention and FastGRNN.

All arrays are C-contiguous: vectors ``float32[n, dim]`` (a single one ``float32[dim]``), keys
``uint64[n]``. A wrong dtype or shape raises TypeError that names the expected one; NaN, infinity and
wrong lengths raise ValueError. Every method releases the GIL while it works.
"""

from os import PathLike
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from .records import SearchParams

__all__ = [
    "Attention",
    "AttentionResult",
    "CoreError",
    "DamageError",
    "FastGrnn",
    "GraphMemory",
    "InternalError",
    "KeySet",
    "RetrievalResult",
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
    """Return the name of the kernels in use: scalar, avx2, avx512, neon or neon_dotprod."""

class CoreError(Exception):
    """Base of DamageError, VersionError and InternalError."""

class DamageError(CoreError):
    """A file is damaged or of another kind: make it again from its source."""

class VersionError(CoreError):
    """A file has a format version, older or newer, that this build does not read; the file is intact."""

class InternalError(CoreError):
    """A bug in this package: report it; no file is at fault."""

@final
class SearchResult:
    """The nodes nearest to a query, nearest first.

    Nodes at equal distances are in ascending order of keys. The four statistics are 0 for an empty result.
    """

    @property
    def keys(self) -> NDArray[np.uint64]:
        """Keys of the nodes."""
    @property
    def distances(self) -> NDArray[np.float32]:
        """Distances of the nodes from the query, by the memory's metric.

        1 - cosine, 1 - inner product, or the squared Euclidean distance.
        """
    @property
    def mean_distance(self) -> float:
        """Mean of the distances."""
    @property
    def std_distance(self) -> float:
        """Standard deviation of the distances, with divisor n."""
    @property
    def min_distance(self) -> float:
        """Smallest distance."""
    @property
    def max_distance(self) -> float:
        """Largest distance."""
    @property
    def exact(self) -> bool:
        """Whether the query was compared with every allowed node.

        If so, no nearer node was missed.
        """

@final
class KeySet:
    """A set of keys to which searches can be restricted.

    Build it once per filter; it can be used with any memory. ``keys`` ``uint64[n]``: a key may occur more than once.
    """

    def __new__(cls, keys: NDArray[np.uint64]) -> KeySet: ...
    def __len__(self) -> int: ...
    def __contains__(self, key: int, /) -> bool: ...

@final
class AttentionResult:
    """The attention weights of the hits and of the nodes near them, heaviest first.

    Nodes of equal weight are in ascending order of keys.
    """

    @property
    def keys(self) -> NDArray[np.uint64]:
        """Keys of the nodes."""
    @property
    def weights(self) -> NDArray[np.float32]:
        """Weights of the nodes; they sum to 1."""
    @property
    def entropy(self) -> float:
        """Shannon entropy of the weights, in nats."""
    @property
    def depth_touched(self) -> int:
        """Number of edges from the hits to the farthest node in the result."""

@final
class RetrievalResult:
    """The hits of a search, and the attention weights of the hits and of the nodes near them."""

    @property
    def hits(self) -> SearchResult:
        """The nearest nodes."""
    @property
    def attended(self) -> AttentionResult:
        """The attention weights of the hits and the nodes near them."""

@final
class Attention:
    """Immutable parameters of graph attention."""

    @staticmethod
    def prior(layers: Literal[1, 2] = 1) -> Attention:
        """Return the untrained parameters for 1 or 2 layers.

        They weigh a node by its similarity to the query and by that of the nodes up to ``layers`` edges away. They take
        vectors of any dimension and no features. Raises ValueError for another number of layers.
        """
    @staticmethod
    def from_bytes(data: bytes) -> Attention:
        """Read the parameters from ``data``, the content of a weights file.

        Raises DamageError for a damaged file or one of another kind, VersionError for another format version.
        """
    @property
    def id(self) -> str:
        """Checksum of the parameters, 8 hexadecimal digits."""
    @property
    def features(self) -> int:
        """Number of features per node; 0 for the prior."""
    @property
    def features_version(self) -> int:
        """Version of the table that defines the features; 0 for the prior."""

@final
class GraphMemory:
    """An HNSW index over vectors, with typed and weighted edges between its nodes.

    ``dim`` is the length of the vectors. ``metric`` cosine, inner_product or l2; cosine normalises stored
    vectors. ``m`` 2 to 128: links per node and level. ``ef_construction`` 1 to 65,536: beam width of an
    insertion. ``seed`` draws the nodes' levels. Raises ValueError for a value out of range.
    """

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
    def dim(self) -> int:
        """Length of the vectors."""
    @property
    def metric(self) -> str:
        """Name of the metric: cosine, inner_product or l2."""
    @property
    def edge_count(self) -> int:
        """Number of edges."""
    def __len__(self) -> int: ...
    def __contains__(self, key: int, /) -> bool: ...
    def insert(self, keys: NDArray[np.uint64], vectors: NDArray[np.float32], *, threads: int = 1) -> None:
        """Insert ``vectors`` ``float32[n, dim]`` under ``keys`` ``uint64[n]``.

        An existing key gets the new vector and keeps its edges; if a key is given twice, the last row counts.
        Other threads can search meanwhile. ``threads`` affects only the time. Raises ValueError, and inserts
        nothing, for a row that is not finite, is too long, or is zero under cosine. Ctrl-C stops between rows and
        keeps those inserted.
        """
    def delete(self, keys: NDArray[np.uint64]) -> int:
        """Delete the nodes with these keys, and their edges; return the number of nodes deleted.

        Unknown keys are skipped.
        """
    def link(
        self,
        src: NDArray[np.uint64],
        dst: NDArray[np.uint64],
        rel: NDArray[np.uint16],
        weight: NDArray[np.float32],
    ) -> None:
        """Add edges given as four arrays of equal length.

        An edge with the same ``src``, ``dst`` and ``rel`` gets the new ``weight``, which is finite and above 0.
        Raises KeyError for an end that is not in the memory, ValueError for a weight out of range; then no edge
        is added.
        """
    def unlink(self, src: NDArray[np.uint64], dst: NDArray[np.uint64], rel: NDArray[np.uint16]) -> int:
        """Remove edges and return how many were removed.

        Edges that do not exist are skipped.
        """
    def vectors(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Return the stored vectors of ``keys``, ``float32[n, dim]``.

        Under the cosine metric they are normalised. Raises KeyError for an unknown key.
        """
    def cosines(self, queries: NDArray[np.float32], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Return ``float32[m, n]``: the cosine of each row of ``queries`` with the vector of each key.

        ``queries`` is ``float32[m, dim]``. A zero vector has cosine 0 with every other. Raises KeyError for an unknown
        key.
        """
    def search(
        self,
        query: NDArray[np.float32],
        params: SearchParams,
        *,
        rerank: int | None = None,
        allowed: KeySet | None = None,
    ) -> SearchResult:
        """Find the ``params.k`` nodes nearest to ``query`` ``float32[dim]``.

        The beam has width ``max(ef_search, k)``. ``allowed`` restricts the result; None allows every key. The result is
        shorter than ``k`` only if fewer keys are allowed. The graph is walked on rounded vectors; the distances of the
        best ``max(rerank, k)`` nodes of the beam, or of all of them for None, are then computed exactly. Raises
        DamageError if a vector needed is damaged in the snapshot.
        """
    def attend(
        self,
        query: NDArray[np.float32],
        hits: NDArray[np.uint64],
        params: SearchParams,
        *,
        features: NDArray[np.float32] | None = None,
        attention: Attention | None = None,
    ) -> AttentionResult:
        """Return the weights of at most ``params.max_nodes`` nodes within ``params.hops`` edges of ``hits``.

        ``attention`` None: the parameters of :meth:`set_attention`, or ``Attention.prior(1)`` if there are none.
        ``hits`` is ``uint64[n]``. ``features`` ``float32[n, attention.features]``: required by parameters that take
        features, which weigh the hits alone and therefore need 0 hops. Raises KeyError for an unknown hit.
        """
    def set_attention(self, attention: Attention, *, threads: int = 1) -> None:
        """Set the default attention parameters of this memory, and project all vectors with them in advance.

        That makes attending with this same object faster. The projections of a vector take 4 (rank + 2 layers) bytes
        per head, heads rounded up to a multiple of 4, and are not saved. Parameters without projections need none kept.
        Raises TypeError for parameters of another dimension, ValueError for a vector longer than 1e13 or shorter than
        1e-15.
        """
    def retrieve(
        self,
        query: NDArray[np.float32],
        params: SearchParams,
        *,
        rerank: int | None = None,
        allowed: KeySet | None = None,
        attention: Attention | None = None,
    ) -> RetrievalResult:
        """Call :meth:`search`, then :meth:`attend` on the hits, both restricted to ``allowed`` nodes."""
    def verify(self) -> None:
        """Check all content, and raise DamageError if it is damaged or inconsistent."""
    def save(self, path: str | PathLike[str], generation: int) -> None:
        """Write a snapshot to ``path``; if that fails, ``path`` is left unchanged.

        ``generation`` is any number and is returned by :meth:`load`. Raises OSError; DamageError if the snapshot
        this memory was loaded from is damaged.
        """
    @staticmethod
    def load(path: str | PathLike[str]) -> tuple[GraphMemory, int]:
        """Open the snapshot at ``path`` and return its memory and its generation.

        Raises DamageError or VersionError for a file that cannot be used, OSError for one that is not regular or
        not readable. Vectors are checked against their checksums when first used. A file larger than 16 MiB stays
        mapped: shortening it in place ends the process.
        """

@final
class RouterStep:
    """The output of one step: the new hidden state and the six heads' values."""

    @property
    def hidden(self) -> NDArray[np.float32]:
        """New hidden state, ``float32[hidden_dim]``, to be passed to the conversation's next step."""
    @property
    def model_logits(self) -> NDArray[np.float32]:
        """Logits of the four models of the ladder, smallest model first."""
    @property
    def context_logits(self) -> NDArray[np.float32]:
        """Logits of the four context sizes: tiny, small, medium and large."""
    @property
    def plan_logits(self) -> NDArray[np.float32]:
        """Three logits that no router reads yet."""
    @property
    def temperature(self) -> float:
        """Sampling temperature, 0 to 1.5."""
    @property
    def top_p(self) -> float:
        """Probability mass of nucleus sampling, 0.7 to 1."""
    @property
    def escalate(self) -> float:
        """Probability that the drafted answer must be redone by a larger model."""

@final
class FastGrnn:
    """The router's immutable network: a FastGRNN cell (arXiv 1901.02358) with six heads."""

    @staticmethod
    def from_bytes(data: bytes) -> FastGrnn:
        """Read the network from ``data``, the content of a weights file.

        Raises DamageError for a damaged file or one of another kind, VersionError for another format version.
        """
    @property
    def id(self) -> str:
        """Checksum of the weights, 8 hexadecimal digits."""
    @property
    def features_version(self) -> int:
        """Version of the feature table that the weights were trained on."""
    @property
    def input_dim(self) -> int:
        """Length of the feature vector."""
    @property
    def hidden_dim(self) -> int:
        """Length of the hidden state."""
    @property
    def card(self) -> str:
        """The card of the weights file, as JSON: the names of the labels, and how the weights were made."""
    def step(self, features: NDArray[np.float32], hidden: NDArray[np.float32] | None = None) -> RouterStep:
        """Run the cell once on ``features`` ``float32[input_dim]`` and return its output.

        ``hidden`` ``float32[hidden_dim]``, or None for zeros. Raises ValueError for NaN, infinity, or values
        whose sums overflow.
        """
    def steps(
        self, features: NDArray[np.float32], hidden: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the cell once on each row of ``features`` ``float32[n, input_dim]``.

        ``hidden`` ``float32[n, hidden_dim]``, or None for zeros. Returns the hidden states ``float32[n,
        hidden_dim]`` and the heads ``float32[n, 14]``: 4 model, 4 context and 3 plan logits, temperature,
        top_p, escalate. Raises as :meth:`step`.
        """
