"""Make training examples from questions: candidates with features, and the answering documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...embedding.contract import embed_queries
from ...records import DEFAULT_SEARCH, Vectors
from ..memory import Memory
from ..retrieve.training.fit import Example
from ..retrieve.training.subgraph import edges
from .questions import Made

Progress = Callable[[int, int, str], None]
BATCH = 32


def vectors_of(memory: Memory, made: Sequence[Made], on_progress: Progress) -> Vectors:
    """Return the vectors of the questions, float32[made, dim]."""
    parts: list[Vectors] = []
    for first in range(0, len(made), BATCH):
        on_progress(first, len(made), "embedding questions")
        parts.append(embed_queries(memory.embedder, [question.text for question in made[first : first + BATCH]]))
    return np.concatenate(parts)


def examples(
    memory: Memory, made: Sequence[Made], vectors: Vectors, document: Mapping[int, int], on_progress: Progress
) -> list[Example]:
    """Return one training example per question in ``made``, in the same order.

    ``vectors``: those of the questions. ``document``: the document of each node that has one. Candidates and features
    are computed by the code that searches. ``on_progress`` gets the number of questions done, that of all, and a word
    on what is done.
    """
    found: list[Example] = []
    for question, vector in zip(made, vectors, strict=True):
        on_progress(len(found), len(made), "searching questions")
        near = memory.retrieve(vector)
        with memory.store.read():
            keys, phi, _ = memory.candidates.find(question.words, near, None, DEFAULT_SEARCH.max_nodes)
            among = edges(memory.store, keys)
        # A node without a document counts as one.
        names = [document.get(key, -key) for key in keys.tolist()]
        number = {name: at for at, name in enumerate(dict.fromkeys(names))}
        found.append(
            Example(
                group=question.kind,
                phi=phi.astype(float),
                edges=among,
                document=np.array([number[name] for name in names], np.int64),
                gold=np.array([name in question.gold for name in number], bool),
            )
        )
    return found
