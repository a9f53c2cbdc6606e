"""Find the notes for one question of a collection, and record its features."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from ...memory import Embedder, Memory
from ...records import Node, Record, RetrievalResult
from ...request.request import Request
from ...router import features
from ...router.labels.rows import Asked
from ...stages.find_notes import find_notes
from ..answers.open_workload import DEFAULT_WAY, memories_by_way
from ..retrieval.kept import kept_memory
from ..workloads import Workload, document_id
from .sets import NUMERIC, Item, Set

KEPT_DISTANCES = 64
KEPT_WEIGHTS = 32


class SearchedQuestion(Record):
    """A question and its retrieval result."""

    item: Item
    found: RetrievalResult
    nodes: Mapping[int, Node]
    raw: Mapping[str, float]
    """The features by name, not normalised."""
    elapsed_ms: float
    """Time of embedding, search and features."""


def open_memory(of: Set, embedder: Embedder, stack: ExitStack, way: str = DEFAULT_WAY) -> Memory:
    """Open the memory of a set's notes.

    It is a kept memory if the notes are a single file, otherwise a temporary one.

    ``way``: search method. Raises UsageError for an unknown one.
    """
    if of.notes is not None and of.notes.is_file():
        work = Workload(name=of.name, notes=of.notes, questions=of.questions)
        memory = stack.enter_context(kept_memory(work, embedder, lambda done, total, what: None))
    else:
        folder = stack.enter_context(TemporaryDirectory())
        memory = stack.enter_context(Memory.open(Path(folder) / "notes.sanderling", embedder))
        if of.notes is not None:
            memory.ingest([of.notes])
    return memories_by_way(memory, (way,))[way]


def search_question(item: Item, memory: Memory, embedder: Embedder) -> SearchedQuestion:
    """Find the notes for a question as the runtime does, and compute its features."""
    began = time.perf_counter()
    text = item.question.text
    found, nodes = find_notes(memory, embedder, Request(text))
    raw = features.of_query(text) | features.of_embedding(found.vector, embedder.id) | features.of_retrieval(found)
    elapsed_ms = 1000 * (time.perf_counter() - began)
    return SearchedQuestion(item=item, found=found, nodes=nodes, raw=raw, elapsed_ms=elapsed_ms)


def line(looked: SearchedQuestion) -> Asked:
    """Return the record of a question, with all values known before an answer is generated."""
    question, found = looked.item.question, looked.found
    return Asked(
        question=looked.item.id,
        set=looked.item.set.name,
        kind=question.kind,
        hops=question.hops,
        answerable=bool(question.answers),
        numeric=question.kind == NUMERIC,
        raw=dict(looked.raw),
        distances=tuple(round(float(value), 5) for value in found.hits.distances[:KEPT_DISTANCES]),
        weights=tuple(round(float(value), 6) for value in found.attended.prior_weights[:KEPT_WEIGHTS]),
        gold_ranks=_gold_ranks(looked),
        features_version=features.VERSION,
        retrieval_ms=round(looked.elapsed_ms, 2),
    )


def _gold_ranks(looked: SearchedQuestion) -> tuple[int, ...]:
    notes = looked.item.set.notes
    if notes is None:
        return ()
    nodes = [looked.nodes[key] for key in looked.found.attended.keys.tolist() if key in looked.nodes]
    ranked = list(dict.fromkeys(document_id(node.uri, notes) for node in nodes))
    return tuple(ranked.index(gold) + 1 if gold in ranked else 0 for gold in looked.item.question.gold)
