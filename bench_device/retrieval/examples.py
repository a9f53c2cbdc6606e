"""Training examples from the questions of a folder in BEIR layout: candidates with features, and gold documents.

The candidates and features are those of :meth:`sanderling.memory.Memory.find`, computed by the same code over a memory
built by the ordinary ingest, so that training sees what will run.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...embedding.contract import embed_queries
from ...memory import Embedder, Memory
from ...memory.retrieve.training.fit import Example
from ...memory.store.edges import edges_among
from ...records import Keys, SearchParams
from ..workloads import Question, Workload
from .kept import Progress, documents, kept_memory


class Asked(NamedTuple):
    """A question, its training example, and the document of each of the example's nodes."""

    question: Question
    example: Example
    documents: tuple[str, ...]
    """Id of each node's document, as the questions spell it."""


def asked(work: Workload, embedder: Embedder, on_progress: Progress) -> list[Asked]:
    """Return an example for every question of ``work`` that has gold documents."""
    questions = [question for question in work.questions if question.gold]
    with kept_memory(work, embedder, on_progress) as memory:
        names = documents(memory, work)
        found = []
        for number, question in enumerate(questions):
            on_progress(number, len(questions), work.name)
            found.append(_asked(work.name, memory, question, embed_queries(embedder, [question.text])[0], names))
        return found


def _asked(group: str, memory: Memory, question: Question, vector: np.ndarray, names: dict[int, str]) -> Asked:
    params = SearchParams()
    near = memory.retrieve(vector, params)
    with memory.store.read():
        keys, phi = memory.candidates.find(question.text, near, None, params.max_nodes)
    ids = tuple(names.get(key, f"node {key}") for key in keys.tolist())
    number = {name: at for at, name in enumerate(dict.fromkeys(ids))}
    example = Example(
        group=group,
        phi=phi.astype(float),
        edges=_edges(memory, keys),
        document=np.array([number[name] for name in ids]),
        gold=np.array([name in question.gold for name in number]),
    )
    return Asked(question, example, ids)


def _edges(memory: Memory, keys: Keys) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the edges among ``keys``, in both directions, as arrays of receivers, senders, slots and weights.

    The slot of an edge is twice its relation, plus 1 against its direction, as in ``graph/subgraph.rs``.
    """
    place = {key: at for at, key in enumerate(keys.tolist())}
    rows = edges_among(memory.store, place)
    along = [(place[dst], place[src], 2 * rel, weight) for src, dst, rel, weight in rows]
    against = [(place[src], place[dst], 2 * rel + 1, weight) for src, dst, rel, weight in rows if src != dst]
    columns = np.array(along + against, float).reshape(-1, 4).T
    receiver, sender, slot = columns[:3].astype(np.int64)
    return receiver, sender, slot, columns[3]
