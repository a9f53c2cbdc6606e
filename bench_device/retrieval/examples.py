"""Training examples from the questions of a folder in BEIR layout: candidates with features, and gold documents.

The candidates and features are those of :meth:`sanderling.memory.Memory.find`, computed by the same code over a memory
built by the ordinary ingest, so that training sees what will run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec
import numpy as np

from ..._core import KeySet
from ...embedding.contract import embed_queries
from ...memory import Embedder, Memory
from ...memory.retrieve.training.fit import Example
from ...memory.retrieve.training.subgraph import edges
from ...records import SearchParams
from ..workloads import Question, Workload
from .kept import Progress, documents, kept_memory
from .union import in_union
from .variants import SHARES, SHARES_OF_UNION, how_many, variants


class Asked(NamedTuple):
    """A question, its training example, and the document of each of the example's nodes."""

    question: Question
    example: Example
    documents: tuple[str, ...]
    """Id of each node's document, as the questions spell it."""


def asked(work: Workload, embedder: Embedder, on_progress: Progress, beside: Sequence[Workload] = ()) -> list[Asked]:
    """Return an example for every question of ``work`` that has gold documents.

    ``beside``: workloads whose notes are in the same memory. The examples are then a group of their own. Each question
    of a set in BEIR layout has variants too.
    """
    questions = [question for question in work.questions if question.gold]
    group = in_union(work.name) if beside else work.name
    count = how_many(len(questions)) if work.notes.is_file() else 0
    random = np.random.default_rng(0)
    with kept_memory(work, embedder, on_progress, beside) as memory:
        names = documents(memory, work, beside)
        found = []
        for number, question in enumerate(questions):
            on_progress(number, len(questions), group)
            each = _asked(group, memory, question, question.text, embedder, names)
            drawn = variants(question.text, question.gold, names, SHARES_OF_UNION if beside else SHARES, random)
            varied = tuple(
                _asked(group, memory, question, variant.text, embedder, names, variant.allowed).example
                for variant in islice(drawn, count)
            )
            found.append(each._replace(example=msgspec.structs.replace(each.example, variants=varied)))
        return found


def _asked(
    group: str,
    memory: Memory,
    question: Question,
    text: str,
    embedder: Embedder,
    names: Mapping[int, str],
    allowed: KeySet | None = None,
) -> Asked:
    params = SearchParams()
    near = memory.index.retrieve(embed_queries(embedder, [text])[0], params, allowed)
    with memory.store.read():
        keys, phi, _ = memory.candidates.find(text, near, allowed, params.max_nodes)
    ids = tuple(names.get(key, f"node {key}") for key in keys.tolist())
    number = {name: at for at, name in enumerate(dict.fromkeys(ids))}
    example = Example(
        group=group,
        phi=phi,
        edges=edges(memory.store, keys),
        document=np.array([number[name] for name in ids]),
        gold=np.array([name in question.gold for name in number]),
    )
    return Asked(question, example, ids)
