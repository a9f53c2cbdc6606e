"""The Rust extension: graph memory, graph attention and FastGRNN.

All arrays are C-contiguous: vectors ``float32[n, dim]`` (a single one ``float32[dim]``), keys
``uint64[n]``. A wrong dtype or shape raises TypeError that names the expected one; NaN, infinity and
wrong lengths raise ValueError. Every method releases the GIL while it works.
"""

from collections.abc import Sequence
from os import PathLike
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from .records import SearchParams

__all__ = [
    "Attention",
    "AttentionResult",
    "Candidates",
    "CoreError",
    "DamageError",
    "EntityFinder",
    "FastGrnn",
    "GraphMemory",
    "InternalError",
    "KeySet",
    "NameFinder",
    "RetrievalResult",
    "RouterStep",
    "SearchResult",
    "VersionError",
    "WordTable",
    "__version__",
    "build_profile",
    "feature_table",
    "kernels",
    "pack",
    "stems",
    "unpack",
]

__version__: str
build_profile: Literal["release", "debug"]

def feature_table(
    nodes: NDArray[np.float64],
    words: NDArray[np.float64],
    places: NDArray[np.uint64],
    own: NDArray[np.bool_],
    related: NDArray[np.float64],
    with_columns: tuple[int, int],
) -> NDArray[np.float32]:
    """Return the features of n candidates, ``float32[n, features]``, each from -2 to 2.

    ``nodes`` ``float64[6, n]``: cosine, mention of the title, citation, first score, and the ranks from first and
    second scores. ``words`` ``float64[words, n]``: the idf share of each word that a node has, else 0. For m anchors,
    ``places`` ``uint64[m]`` among the candidates; ``own`` ``bool[m, n]``, whether both are of one document; ``related``
    ``float64[4, m, n]``: cosine, and the worth of the rarest shared name, of all, and of those that open the title. Of
    the anchors, ``with_columns``, numbers of hits and of bridges after them, have columns of their own, two of each.
    Raises ValueError for arrays that do not fit each other.
    """

def pack(vectors: NDArray[np.float32], precision: str, *, check: bool = False) -> list[bytes]:
    """Return the bytes of each of ``vectors`` ``float32[n, dim]`` with finite values, as a memory file keeps them.

    ``precision``: int16 or float32. ``check``: raise ValueError for a vector that is not finite or all zero.
    """

def unpack(values: Sequence[bytes], dim: int) -> NDArray[np.float32]:
    """Return the vectors ``float32[n, dim]`` of which ``values`` are the bytes.

    Raises ValueError for bytes that are no such vector.
    """

def stems(words: list[str]) -> list[str]:
    """Return the stem of each word, as SQLite's tokenizer ``porter`` makes it.

    Words are lower-case ASCII letters and digits.
    """

def kernels() -> str:
    """Return the name of the kernels in use: scalar, avx2, avx512, neon or neon_dotprod."""

class CoreError(Exception):
    """Base of DamageError, VersionError and InternalError."""

class DamageError(CoreError):
    """A file is damaged or of another kind: make it again from its source."""

class VersionError(CoreError):
    """A file is intact, but in an older or newer format version that this build does not read."""

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
class WordTable:
    """The titles of all nodes, and their words as terms of SQLite's full-text index."""

    def __new__(cls) -> WordTable: ...
    def __len__(self) -> int: ...
    @property
    def newest(self) -> int:
        """Highest key that was ever added, even if its node was removed; 0 if none was added."""
    def extend(self, keys: NDArray[np.uint64], titles: list[str]) -> None:
        """Add nodes under ``keys`` ``uint64[n]``, with titles and without words.

        Raises ValueError unless the keys rise and are above all before.
        """
    def put(self, terms: list[str], places: list[str]) -> None:
        """Add terms to nodes that were added since the table was loaded.

        For each term ``places`` has pairs of numbers divided by blanks: a node's key, and 4 times the word's number in
        its column plus the column. Raises ValueError for another text, and for keys that fall; KeyError for an unknown
        key.
        """
    def remove(self, keys: NDArray[np.uint64]) -> int:
        """Remove nodes; return how many there were.

        Unknown keys are skipped.
        """
    def find(self, phrases: list[list[str]], limit: int | None = None) -> list[NDArray[np.uint64]]:
        """Return, for each of ``phrases``, the first ``limit`` nodes that contain it, in rising order.

        A phrase is a list of terms; without terms it is in no node. ``limit`` None: all nodes. Raises DamageError for a
        damaged file.
        """
    def having(self, groups: list[list[list[str]]]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
        """Return the nodes that match any of ``groups``, and which groups each matches: ``bool[groups, nodes]``.

        A group is a list of phrases, see :meth:`find`; a node matches it if it has one of them. Nodes are in rising
        order.
        """
    def counts(self, phrases: list[list[str]]) -> list[int]:
        """Return, for each of ``phrases``, the number of nodes that contain it; see :meth:`find`."""
    def beginning(self, prefix: str) -> NDArray[np.uint64]:
        """Return the nodes that have a term beginning with ``prefix``, in rising order.

        Raises DamageError for a damaged file.
        """
    def titles(self, keys: NDArray[np.uint64]) -> list[str | None]:
        """Return the title of each node, or None for an unknown or removed node."""
    def save(self, path: str | PathLike[str], generation: int) -> None:
        """Write the table without its removed nodes to ``path``; if that fails, ``path`` is left unchanged.

        ``generation`` is any number and is returned by :meth:`load`. Raises OSError; DamageError if the file it was
        loaded from is damaged.
        """
    @staticmethod
    def load(path: str | PathLike[str]) -> tuple[WordTable, int]:
        """Open the table at ``path`` and return it with its generation.

        Raises DamageError or VersionError for a file that cannot be used, OSError for one that is not regular or not
        readable. Postings are checked against their checksums when first used. A file larger than 16 MiB stays mapped:
        shortening it in place ends the process.
        """

@final
class Candidates:
    """The candidates for one question, and what is known of them.

    ``question`` ``float32[dim]``: its vector. ``words``: keys ``uint64[n]`` of the nodes with its words, rising, and
    ``bool[words, n]``, which words each node has. ``named`` and ``cited``: weights of the first nodes of documents that
    the question names, and of the nodes that these cite. ``nodes``: number of nodes in the memory. ``is_read``: whether
    the embedder reads the question; otherwise its words take the place of cosines. ``allowed``: the only nodes whose
    words count; None: all. Raises ValueError for arrays that do not fit each other.
    """

    def __new__(
        cls,
        question: NDArray[np.float32],
        words: tuple[NDArray[np.uint64], NDArray[np.bool_]],
        named: dict[int, float],
        cited: dict[int, float],
        *,
        nodes: int,
        is_read: bool = True,
        allowed: KeySet | None = None,
    ) -> Candidates: ...
    def __len__(self) -> int: ...
    @property
    def keys(self) -> NDArray[np.uint64]:
        """Keys of the candidates, ``uint64[n]``, in the order in which they were added."""
    @property
    def settled(self) -> float:
        """Share of the question's idf in the words of the first hit; 0 without hits."""
    def with_words(self, most: int) -> NDArray[np.uint64]:
        """Return the ``most`` nodes with the largest share of the question's words, best first.

        Of equals, older nodes come first.
        """
    def extend(self, memory: GraphMemory, keys: NDArray[np.uint64], most: int) -> None:
        """Add those of ``keys`` ``uint64[n]`` that are in ``memory``, each once, until there are ``most`` candidates.

        Raises ValueError for a question of another dimension, DamageError if a vector needed is damaged in the
        snapshot; then nothing is added.
        """
    def best_first(self, most: int) -> NDArray[np.uint64]:
        """Return the ``most`` best candidates by their first score."""
    def best_second(self, most: int) -> NDArray[np.uint64]:
        """Return the ``most`` best candidates by their second score, without the documents of the first two hits."""
    def add(self, anchors: list[tuple[int, list[int], list[str]]], bridges: bool) -> None:
        """Add hits, or bridges: the key, the nodes of the document, and the names of each.

        A name is lower-case words, joined by blanks. A key that is no candidate is passed over.
        """
    def look_up(self, table: WordTable, names: list[str], terms: dict[str, list[str]], most: int) -> None:
        """Look up, in ``table``, the ``names`` that were not looked up before.

        ``terms``: the terms of names whose words are not all ASCII letters and digits. A name counts if 2 to ``most``
        nodes share it. Raises DamageError for a damaged file.
        """
    def not_looked_up(self, names: list[str]) -> list[str]:
        """Return those of ``names`` that were not looked up before, each once."""
    def add_names(
        self, names: list[str], counts: list[int], keys: NDArray[np.uint64], opens: NDArray[np.uint8], most: int
    ) -> None:
        """Add ``names`` that were looked up elsewhere: how many nodes have each, and these nodes, ``uint64[k]``.

        ``opens`` ``uint8[k]``: 1 where the name opens the node's title, 0 where not, 2 where that is not known. Raises
        ValueError for arrays that do not fit each other.
        """
    def untitled(self) -> NDArray[np.uint64]:
        """Return the candidates, ``uint64[n]``, whose titles must be known to tell whether a name opens them."""
    def entitle(self, keys: NDArray[np.uint64], titles: list[str]) -> None:
        """Record the titles of the nodes ``keys``, ``uint64[n]``, rising: words joined by blanks, or empty.

        Raises ValueError unless there is a title for each key.
        """
    def tied(
        self, anchors: int, most: int, *, bridges: bool = False, allowed: KeySet | None = None
    ) -> NDArray[np.uint64]:
        """Return at most ``most`` nodes that share names with the first ``anchors`` hits, or bridges, best first.

        ``allowed``: the only nodes to return; None: all.
        """
    def features(self, memory: GraphMemory) -> NDArray[np.float32]:
        """Return the features of all candidates, ``float32[n, features]``, each from -2 to 2.

        Raises KeyError for a candidate that is no longer in ``memory``, DamageError as :meth:`extend`.
        """
    def attend(self, memory: GraphMemory, params: SearchParams, attention: Attention) -> AttentionResult:
        """Weigh all candidates by ``attention``, which reads their features.

        Raises as :meth:`features`, and ValueError unless ``params`` has no hops and room for all candidates.
        """

@final
class NameFinder:
    """Finds names in plain texts: runs of capitalised words.

    ``small``: words that may stand between two capitalised words. ``opening``: lower-case words that are no names, for
    they are capitalised at the beginning of a sentence. ``least_letters``: letters and digits of the shortest name;
    ``most_words``: words kept of one.
    """

    def __new__(cls, small: set[str], opening: set[str], least_letters: int, most_words: int) -> NameFinder: ...
    def find(self, text: str, known: Sequence[str], most: int) -> list[str] | None:
        """Return the first ``most`` names in ``text``, each lower-case words joined by blanks, or None.

        Names made only of ``known`` words are skipped. None: the text has letters beyond ASCII, or words that are not
        simply runs of letters and digits.
        """

@final
class EntityFinder:
    """Finds entities: runs of two or more capitalised words.

    ``small``: words that may stand between two capitalised words, ``most_small`` of them in a row. ``leading``:
    lower-case words that may open a sentence before an entity.
    """

    def __new__(cls, small: set[str], leading: set[str], most_small: int) -> EntityFinder: ...
    def find(self, text: str) -> list[str] | None:
        """Return the entities in ``text`` in lower case, as often as they stand there.

        None: the text has other letters than those of Latin and Cyrillic.
        """

@final
class GraphMemory:
    """An HNSW index over vectors, with typed and weighted edges between its nodes.

    ``dim`` is the length of the vectors. ``metric`` cosine, inner_product or l2; cosine normalises stored
    vectors. ``m`` 2 to 128: links per node and level. ``ef_construction`` 1 to 65,536: beam width of an
    insertion. ``seed`` draws the nodes' levels. ``precision`` float32, or int16: vectors of 64 numbers and more
    are kept in 16 bits of fixed point, with steps of a 32,258th of their largest number; not for l2. Raises
    ValueError for a value out of range.
    """

    def __new__(
        cls,
        dim: int,
        *,
        metric: Literal["cosine", "inner_product", "l2"] = "cosine",
        m: int = 32,
        ef_construction: int = 200,
        seed: int = 0,
        precision: Literal["float32", "int16"] = "float32",
    ) -> GraphMemory: ...
    @property
    def dim(self) -> int:
        """Length of the vectors."""
    @property
    def metric(self) -> str:
        """Name of the metric: cosine, inner_product or l2."""
    @property
    def precision(self) -> str:
        """How vectors are kept: float32 or int16."""
    @property
    def edge_count(self) -> int:
        """Number of edges."""
    @property
    def clusters(self) -> int:
        """Number of clusters; 0 while the index is one graph, see :meth:`partition`."""
    def __len__(self) -> int: ...
    def __contains__(self, key: int, /) -> bool: ...
    def known(self, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return the ``keys`` that are in the memory, in the given order."""
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

        The beam has width ``max(ef_search, k)``; an index in clusters compares the nodes of ``nprobe`` clusters, and
        the best ``ef_search`` of them exactly. ``allowed`` restricts the result; None allows every key. The result is
        shorter than ``k`` only if fewer keys are allowed. The graph is walked on rounded vectors; the distances of the
        best ``max(rerank, k)`` nodes of the beam, or of all of them for None, are then computed exactly. Raises
        DamageError if a vector needed is damaged in the snapshot.
        """
    def page_rank(self, keys: NDArray[np.uint64], seeds: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ``float32[n]``: the personalised PageRank of each of ``keys`` over the edges among them.

        ``seeds`` ``float32[n]``, at least 0, are the keys' shares of the walks' starts, in any unit; the ranks sum to
        1, or are all 0 where the seeds are. Edges are taken both ways, each followed with probability .5. Raises
        KeyError for an unknown key, ValueError for a key given twice.
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
    def probes(self, nprobe: int) -> int:
        """Return the number of clusters that a search looks at if told ``nprobe``; 0 while the index is one graph."""
    def is_partition_due(self, least: int) -> bool:
        """Return whether :meth:`partition` is due.

        That is when there are at least ``least`` nodes, and no clusters yet or twice as many nodes as suit them. False
        under other metrics than cosine, and for vectors of fewer than 64 numbers.
        """
    def partition(self, *, threads: int = 1) -> None:
        """Form clusters of like nodes, and search the clusters nearest to a query from now on, instead of one graph.

        Searches wait only while the rows are put into the order of the clusters. ``threads`` affects only the time.
        Raises ValueError without nodes, under other metrics than cosine, and for vectors of fewer than 64 numbers;
        DamageError if the snapshot this memory was loaded from is damaged. Ctrl-C stops it and changes nothing.
        """
    def save(self, path: str | PathLike[str], generation: int) -> None:
        """Write a snapshot to ``path``; if that fails, ``path`` is left unchanged.

        ``generation`` is any number and is returned by :meth:`load`. Raises OSError; DamageError if the snapshot
        this memory was loaded from is damaged.
        """
    @staticmethod
    def sections(path: str | PathLike[str]) -> list[tuple[str, int]]:
        """Return the name and the number of bytes of each section of the snapshot at ``path``.

        Raises as :meth:`load` does; the sections themselves are not read.
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
