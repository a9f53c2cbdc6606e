"""A folder in BEIR layout in, one training example per question out: what the memory finds for it, and what was wanted.

The nodes and features are those that :meth:`sanderling.memory.Memory.find` weighs, found by the same code over a memory
made by the ordinary ingest, so that what is learned is what will run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...memory import Embedder, Memory
from ...memory.retrieve.cited import json
from ...memory.retrieve.training.fit import Example
from ...records import Keys, SearchParams
from ..workloads import Question, Workload
from .kept import Progress, documents, kept_memory


class Asked(NamedTuple):
    """A question as an example, with what is needed to measure an order of its nodes."""

    question: Question
    example: Example
    documents: tuple[str, ...]
    """Id of each node's document, as the questions name it."""


def asked(work: Workload, embedder: Embedder, on_progress: Progress) -> list[Asked]:
    """Find for every question of ``work`` that has passages to be found."""
    questions = [question for question in work.questions if question.gold]
    with kept_memory(work, embedder, on_progress) as memory:
        names = documents(memory, work)
        found = []
        for number, question in enumerate(questions):
            on_progress(number, len(questions), work.name)
            found.append(_asked(work.name, memory, question, embedder.embed([question.text])[0], names))
        return found


def _asked(group: str, memory: Memory, question: Question, vector: np.ndarray, names: dict[int, str]) -> Asked:
    params = SearchParams()
    near = memory.retrieve(vector, params)
    with memory.store.read():
        keys, phi = memory.finder.find(question.text, near, None, params.max_nodes)
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
    """Edges between ``keys``, from both ends: receiver, sender, slot, weight. As ``graph/subgraph.rs`` lists them."""
    place = {key: at for at, key in enumerate(keys.tolist())}
    among = json(place)
    rows: Sequence[tuple[int, int, int, float]] = memory.store.database.execute(
        "SELECT src, dst, rel, weight FROM edge WHERE src IN (SELECT value FROM json_each(?)) "
        "AND dst IN (SELECT value FROM json_each(?))",
        (among, among),
    )
    along = [(place[dst], place[src], 2 * rel, weight) for src, dst, rel, weight in rows]
    against = [(place[src], place[dst], 2 * rel + 1, weight) for src, dst, rel, weight in rows if src != dst]
    columns = np.array(along + against, float).reshape(-1, 4).T
    receiver, sender, slot = columns[:3].astype(np.int64)
    return receiver, sender, slot, columns[3]
