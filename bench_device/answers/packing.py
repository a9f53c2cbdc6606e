"""Measure how often packed contexts contain the answer.

Without it, no model can succeed; none is asked here. The runtime's packing is compared with whole chunks in
order, the last one cut at a sentence, at the same budget in tokens of one model. Yes/no questions are left out, because
those words occur in almost any text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from ...device.machine import machine_block
from ...device.profiles import choose
from ...engines import EngineName
from ...errors import UsageError
from ...records import AttentionResult, Node, Record
from ...runtime import Runtime
from ...stages.embed import embed
from ...stages.heads import render
from ...stages.prompt import blocks
from ...stages.retrieve import retrieve
from ...text.answer_checks import normalise
from ...text.sentences import sentences
from ..interruptible import Interruptible
from ..metrics import quality
from ..metrics.estimate import Estimate, estimate, show
from ..metrics.percentiles import Percentiles, percentiles
from ..workloads import Question, load
from .evaluate import table
from .open_workload import DEFAULT_WAY, SEED, Progress, asking, drawn, memories_by_way, opened

BUDGETS = (96, 160, 256, 768, 1536)
"""The contexts of a request, and one that was worse than 768 tokens for every model and is measured here alone."""
_ANYWHERE = frozenset({"yes", "no", ""})


class Held(Record):
    """How often contexts contain the answer, with one search method at one budget."""

    way: str
    budget_tokens: int
    n: int
    """Number of questions."""
    whole: Estimate
    """Share when the context consists of whole chunks."""
    packed: Estimate
    difference: Estimate
    """Packed minus whole, paired by question."""
    blocks: float
    """Mean number of notes in the packed context."""
    latency_ms: Percentiles
    """Time of packing, including token counts."""


class PackingReport(Record):
    """Results of all search methods at all budgets, on one workload."""

    machine: dict[str, object]
    workload: str
    model_id: str
    """Model whose tokens are counted."""
    questions: int
    seed: int
    held: tuple[Held, ...]
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""

    def to_markdown(self) -> str:
        """Return one Markdown table, with 95 per cent intervals."""
        head = ["search", "tokens", "n", "whole passages", "packed", "difference", "notes", "P50 ms", "P90 ms"]
        rows = [
            [
                each.way,
                f"{each.budget_tokens:,}",
                str(each.n),
                show(each.whole, ".3f"),
                show(each.packed, ".3f"),
                show(each.difference, "+.3f"),
                f"{each.blocks:.1f}",
                f"{each.latency_ms.p50:.1f}",
                f"{each.latency_ms.p90:.1f}",
            ]
            for each in self.held
        ]
        said = f"\nworkload {self.workload}, {self.questions} questions, tokens of {self.model_id}, seed {self.seed}: "
        return f"{said}share of questions whose answer stands in the context\n\n{table(head, rows)}"


def answerable(questions: Sequence[Question]) -> list[Question]:
    """Return the questions whose answer can be searched for in a text."""
    return [
        question
        for question in questions
        if question.answers and not {normalise(answer) for answer in question.answers} <= _ANYWHERE
    ]


def evaluate_packing(
    workload: str,
    model: str,
    *,
    ways: Sequence[str] = (DEFAULT_WAY,),
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = SEED,
    on_progress: Progress = lambda done, total, what: None,
) -> PackingReport:
    """Measure how often contexts contain the answer.

    ``model`` is loaded for its tokenizer only. Other arguments: see
    :func:`sanderling.bench_device.answers.measure.evaluate_models`. Raises UsageError for an unknown method or when
    no question has a searchable answer, and the errors of opening the runtime.
    """
    work = load(workload)
    questions = answerable(drawn(work.questions[:limit], sample, seed))
    if not questions:
        raise UsageError(f"{work.name}: no question of it has an answer that could be looked for in a text")
    machine = machine_block(choose(profile).device)
    held: dict[str, list[_Packed]] = {}
    with (
        TemporaryDirectory() as folder,
        opened(work, model, Path(folder), engine, profile, n_threads, on_progress) as runtime,
        Interruptible() as stop,
    ):
        for way, memory in memories_by_way(runtime.memory, ways).items():
            with asking(runtime, memory):
                held[way] = []
                _measure(runtime, questions, way, held[way], on_progress)
    stop.require(any(held.values()))
    return PackingReport(
        machine=machine,
        workload=work.name,
        model_id=model,
        questions=len(questions),
        seed=seed,
        held=tuple(_held(way, budget, packed, seed) for way, packed in held.items() for budget in BUDGETS if packed),
        interrupted=stop.came,
    )


class _Packed(NamedTuple):
    """The results for one question, with one entry per budget in :data:`BUDGETS`."""

    whole: list[float]
    packed: list[float]
    blocks: list[int]
    latency_ms: list[float]


def _measure(
    runtime: Runtime, questions: Sequence[Question], way: str, done: list[_Packed], on_progress: Progress
) -> None:
    """Retrieve nodes for each question, and pack its context at each budget; append the results to ``done``."""
    (model,) = runtime._inventory.models
    worker, _ = runtime._pool.worker(runtime._inventory.load_spec(model.entry.id))

    def count(text: str) -> int:
        return worker.count([text])[0]

    for number, question in enumerate(questions):
        on_progress(number, len(questions), way)
        found = retrieve(
            runtime.memory, question.text, embed(runtime.memory.embedder, question.text, lambda text: None)
        ).attended
        nodes = {node.key: node for node in runtime.memory.nodes(found.keys)}
        counted = lru_cache(maxsize=None)(count)
        one = _Packed([], [], [], [])
        for budget in BUDGETS:
            start = time.perf_counter()
            kept, _ = blocks(question.text, found, nodes, budget, worker.count)
            one.latency_ms.append((time.perf_counter() - start) * 1000)
            one.blocks.append(len(kept))
            one.packed.append(quality.contains("\n".join(block.text for block in kept), question.answers))
            plain = whole_passages(found, nodes, budget, counted)
            one.whole.append(quality.contains("\n".join(plain), question.answers))
        done.append(one)


def _held(way: str, budget: int, done: Sequence[_Packed], seed: int) -> Held:
    at = BUDGETS.index(budget)
    whole, packed = [one.whole[at] for one in done], [one.packed[at] for one in done]
    return Held(
        way=way,
        budget_tokens=budget,
        n=len(done),
        whole=estimate(whole, seed),
        packed=estimate(packed, seed),
        difference=estimate([b - a for a, b in zip(whole, packed, strict=True)], seed),
        blocks=float(np.mean([one.blocks[at] for one in done])),
        latency_ms=percentiles([one.latency_ms[at] for one in done]),
    )


def whole_passages(
    attended: AttentionResult, nodes: dict[int, Node], budget_tokens: int, count: Callable[[str], int]
) -> list[str]:
    """Return as many distinct chunks as fit the budget, by descending attention weight.

    The first chunk that does not fit is cut at the end of a sentence.
    """
    kept: list[str] = []
    seen: set[str] = set()
    left = budget_tokens
    for key, weight in zip(attended.keys.tolist(), attended.prior_weights.tolist(), strict=True):
        if key not in nodes or nodes[key].text in seen:
            continue
        seen.add(nodes[key].text)
        score = weight / float(attended.prior_weights[0])
        text = render(nodes[key], len(kept) + 1, score)
        if count(text) > left:
            parts = sentences(nodes[key].text)
            while parts and count(text := render(nodes[key], len(kept) + 1, score, " ".join(parts))) > left:
                parts.pop()
            return [*kept, text] if parts else kept
        kept.append(text)
        left -= count(text)
    return kept
