"""Training examples from the questions of a folder in BEIR layout: candidates with features, and gold documents.

The candidates and features are those of :meth:`sanderling.memory.Memory.find`, computed by the same code over a memory
built by the ordinary ingest, so that training sees what will run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...embedding.contract import embed_queries
from ...memory import Embedder, Memory
from ...memory.retrieve.training.fit import Example
from ...memory.retrieve.training.subgraph import edges
from ...records import SearchParams
from ..workloads import Question, Workload
from .kept import Progress, documents, kept_memory
from .union import in_union


class Asked(NamedTuple):
    """A question, its training example, and the document of each of the example's nodes."""

    question: Question
    example: Example
    documents: tuple[str, ...]
    """Id of each node's document, as the questions spell it."""


def asked(work: Workload, embedder: Embedder, on_progress: Progress, beside: Sequence[Workload] = ()) -> list[Asked]:
    """Return an example for every question of ``work`` that has gold documents.

    ``beside``: workloads whose notes are in the same memory. The examples are then a group of their own.
    """
    questions = [question for question in work.questions if question.gold]
    group = in_union(work.name) if beside else work.name
    with kept_memory(work, embedder, on_progress, beside) as memory:
        names = documents(memory, work, beside)
        found = []
        for number, question in enumerate(questions):
            on_progress(number, len(questions), group)
            found.append(_asked(group, memory, question, embed_queries(embedder, [question.text])[0], names))
        return found


def _asked(group: str, memory: Memory, question: Question, vector: np.ndarray, names: dict[int, str]) -> Asked:
    params = SearchParams()
    near = memory.retrieve(vector, params)
    with memory.store.read():
        keys, phi, _ = memory.candidates.find(question.text, near, None, params.max_nodes)
    ids = tuple(names.get(key, f"node {key}") for key in keys.tolist())
    number = {name: at for at, name in enumerate(dict.fromkeys(ids))}
    example = Example(
        group=group,
        phi=phi.astype(float),
        edges=edges(memory.store, keys),
        document=np.array([number[name] for name in ids]),
        gold=np.array([name in question.gold for name in number]),
    )
    return Asked(question, example, ids)
