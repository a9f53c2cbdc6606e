"""Asks the questions of several sets, and records the sentence that is shown first for each question."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ...memory import Embedder, Memory
from ...records import Record
from ...request.request import Request
from ...stages.find_notes import find_notes
from ...stages.quote import best
from ..interruptible import Interruptible
from ..metrics.quality import contains
from ..retrieval.kept import Progress, kept_memory
from ..workloads import Question, load

YES_NO = frozenset({"yes", "no"})
"""Answers that no sentence holds as words; questions with no other are left out."""


class Sample(Record):
    """One question with its sentence and times."""

    set: str
    question: str
    hops: int
    text: str
    """The sentence; empty: there was none."""
    holds: bool
    """Whether the sentence holds an accepted answer as whole words; never, where the notes do not hold one."""
    signs: tuple[float, ...]
    """The signs of the sentence, in the order of :class:`sanderling.stages.confidence.Signs`; empty without one."""
    embed_ms: float
    retrieval_ms: float
    quote_ms: float
    """Splitting the notes into sentences, and choosing and embedding a few."""
    cpu_ms: float
    """CPU time of all three, which other processes disturb less."""

    @property
    def total_ms(self) -> float:
        """Time from the question to the sentence."""
        return self.embed_ms + self.retrieval_ms + self.quote_ms


def measure(
    names: Sequence[str | Path],
    embedder: Embedder,
    stop: Interruptible,
    *,
    limit: int | None = None,
    on_progress: Progress = lambda done, total, what: None,
) -> tuple[Sample, ...]:
    """Ask the questions of the sets ``names``, and return a sample for each.

    Questions to be answered by yes or no are left out.

    ``limit``: the first so many questions of each; None: all. Memories are kept in the data folder. Raises UsageError
    for a folder that cannot be read.
    """
    samples: list[Sample] = []
    works = [load(name) for name in names]
    with stop:
        for work in works:
            asked = [each for each in work.questions if not each.answers or {*map(str.lower, each.answers)} - YES_NO]
            with kept_memory(work, embedder, on_progress) as memory:
                for number, question in enumerate(asked[:limit]):
                    on_progress(number, len(asked[:limit]), work.name)
                    samples.append(_sample(work.name, memory, question))
    return tuple(samples)


def _sample(name: str, memory: Memory, question: Question) -> Sample:
    request, began_cpu_s = Request(question.text), time.process_time()
    found, nodes = find_notes(memory, memory.embedder, request)
    with request.watch("quote"):
        chosen = best(memory.embedder, question.text, found, nodes)
    cpu_ms, times = 1e3 * (time.process_time() - began_cpu_s), request.watch.timings(0.0)
    text = "" if chosen is None else chosen[0].passage.text
    return Sample(
        set=name,
        question=question.id,
        hops=question.hops,
        text=text,
        holds=bool(question.answers) and contains(text, question.answers) > 0,
        signs=() if chosen is None else tuple(map(float, chosen[1])),
        embed_ms=times.embed,
        retrieval_ms=times.retrieval,
        quote_ms=times.quote,
        cpu_ms=cpu_ms,
    )
