"""The ways of searching that are compared.

Each maps a question and its vector to node keys, best first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

from ...memory import Embedder, Memory
from ...memory.index import Attention, index_path
from ...memory.retrieve.attention_weights import shipped
from ...memory.retrieve.hybrid import WEIGHTS, Weights, fuse
from ...memory.retrieve.learned import attention as attention_learned
from ...memory.store.edges import edges_named
from ...memory.store.vacuum import fold_log
from ...records import SearchParams, Vectors
from .pagerank import PageRank

K = 64
"""Nodes taken from each channel, as in a request."""
RELATIONS = ("cites", "follows", "same_topic", "shares_entity")
"""Relations drawn at ingest, each left out in one ablation."""

TRAINED = "attention, trained"
"""Name of the way that uses the weights that ship."""
LEARNED = "attention, learned here"
"""Name of the way that uses the weights of ``sanderling memory learn``, if there are any for the embedder."""

Way = Callable[[str, Vectors], list[int]]


def ways(memory: Memory) -> dict[str, Way]:
    """Return, by name, the compared ways of searching ``memory``, the simplest first."""
    pagerank = PageRank(memory.store)

    def dense(question: str, vector: Vectors) -> list[int]:
        return [int(key) for key in memory.search(vector, SearchParams(k=K)).keys]

    def bm25(question: str, vector: Vectors) -> list[int]:
        return [key for key, _ in memory.search_text(question, K)]

    def rrf(question: str, vector: Vectors) -> list[int]:
        scores = fuse([(1.0, dense(question, vector)), (1.0, bm25(question, vector))])
        return sorted(scores, key=lambda key: -scores[key])

    def ranked(question: str, vector: Vectors) -> list[int]:
        return pagerank.rank(rrf(question, vector)[:K])

    def ranked_from_titles(question: str, vector: Vectors) -> list[int]:
        # The hybrid search without its hop, so that what differs is only how edges are used.
        return pagerank.rank(hybrid(memory, _without("cited"))(question, vector)[:K])

    def attention(question: str, vector: Vectors) -> list[int]:
        return [int(key) for key in memory.retrieve(vector).attended.keys]

    found = {
        "dense": dense,
        "BM25": bm25,
        "RRF of dense and BM25": rrf,
        "PageRank from RRF": ranked,
        "PageRank from RRF and titles": ranked_from_titles,
        "attention, untrained": attention,
        "hybrid": hybrid(memory),
    }
    if (ships := shipped()) is not None:
        found[TRAINED] = trained(memory, ships)
    if (learned := attention_learned(memory.embedder.id)) is not None:
        found[LEARNED] = trained(memory, learned[0])
    return found


def trained(memory: Memory, attention: Attention | None) -> Way:
    """Return a search with the attention weights ``attention``; None: the weights that ``memory`` uses."""

    def search(question: str, vector: Vectors) -> list[int]:
        return [int(key) for key in memory.find(question, vector, attention=attention).attended.keys]

    return search


def hybrid(memory: Memory, weights: Weights = WEIGHTS) -> Way:
    """Return a search that fuses several channels, such as vectors and words, by ``weights``."""

    def search(question: str, vector: Vectors) -> list[int]:
        return [int(key) for key in memory.find(question, vector, weights=weights).attended.keys]

    return search


def channel_ablations(memory: Memory) -> dict[str, Way]:
    """Return, by name, hybrid searches that each leave out one channel."""
    fields = Weights.__struct_fields__
    return {f"hybrid without {channel}": hybrid(memory, _without(channel)) for channel in fields}


@contextmanager
def without_edges(memory: Memory, embedder: Embedder, relations: tuple[str, ...], folder: Path) -> Iterator[Memory]:
    """Copy ``memory`` into ``folder``, delete the edges of ``relations`` there, and yield the open copy."""
    path = folder / f"without-{'-'.join(relations)}.sanderling"
    fold_log(memory.store)
    copyfile(memory.store.path, path)
    if index_path(memory.store.path).exists():
        copyfile(index_path(memory.store.path), index_path(path))
    with Memory.open(path, embedder) as copy:
        for relation in relations:
            pairs = edges_named(copy.store, relation)
            with copy.store.write() as writer:
                writer.delete_edges(relation, pairs)
        copy.index.catch_up()
        yield copy


def _without(channel: str) -> Weights:
    return Weights(**{name: 0.0 if name == channel else getattr(WEIGHTS, name) for name in Weights.__struct_fields__})
