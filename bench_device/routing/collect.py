"""The loop that makes labels: question after question, every model and context of one before the next.

A line is written as soon as an answer is scored, and what a file already holds is not asked again, so a run may be
killed at any moment and started once more with the same arguments. All models are loaded side by side where they fit.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import msgspec
from msgspec.structs import replace

from sanderling import config
from sanderling.device.machine import machine_block
from sanderling.engines import EngineName
from sanderling.engines.resident import Resident
from sanderling.errors import SanderlingError, UsageError
from sanderling.memory import Embedder, Memory
from sanderling.models.shelf import Shelf
from sanderling.profiles import choose
from sanderling.records import CONTEXT_BINS, ContextBin, Record
from sanderling.router import rows
from sanderling.router.rows import Asked, Collection, Line, Tried
from sanderling.stages import features
from sanderling.stages.retrieve import retrieve

from ..answers import document_id
from ..retrieval.kept import kept_memory
from .sets import NUMERIC, Item, Set, in_order, read_set
from .trying import Loaded, Looked, answer, prompts

log = logging.getLogger(__name__)

STALL_TIMEOUT_S = 6 * 3600.0
"""A collection may be stopped and continued by signals, and the clock of a timeout runs on meanwhile."""
KEPT_DISTANCES = 64
KEPT_WEIGHTS = 32


class Wanted(Record):
    """What the caller of a collection asks for."""

    data: tuple[str, ...]
    out: Path
    ladder: str = "open-small"
    engine: EngineName = "auto"
    profile: str = "auto"
    n_threads: int = 1
    seed: int = 0
    limit: int | None = None
    """Questions at most, of all sets together; None: all."""
    every: Mapping[str, int] = {}
    """By model: only each so many questions of a set, because it is slow; models that are not named: all."""
    warm_temperature: float = 0.7
    warm_every: int = 8
    """Each so many questions of a set are answered a second time, at this temperature and with medium context."""


class Step(Record):
    """How far a collection is."""

    questions: int
    of: int
    answers: int
    """Made in this run."""
    elapsed_s: float
    left_s: float


def collect(wanted: Wanted, embedder: Embedder, on_step: Callable[[Step], None] = lambda step: None) -> None:
    """Ask what is not yet in ``wanted.out``.

    Raises UsageError for data or a file that cannot be read, and what opening the models raises. An answer that fails
    is logged, leaves no line, and is asked for again by the next run.
    """
    sets = [read_set(name) for name in wanted.data]
    if len({each.name for each in sets}) != len(sets):
        raise UsageError("two sets have the same name: rename one of the folders")
    items = list(in_order(sets, wanted.seed))[: wanted.limit]
    done = _resume(wanted.out)
    with ExitStack() as stack:
        memories = {each.name: stack.enter_context(_memory(each, embedder, stack)) for each in sets}
        bench = _Bench(wanted, embedder, stack)
        file = stack.enter_context(wanted.out.open("ab"))
        _write(file, bench.collection(sets))
        began, made = time.monotonic(), 0
        todo = [item for item in items if bench.missing(item, done)]
        for number, item in enumerate(todo, start=1):
            for line in bench.ask(item, memories[item.set.name], done):
                _write(file, line)
                made += isinstance(line, Tried)
            elapsed_s = time.monotonic() - began
            on_step(
                Step(
                    questions=len(items) - len(todo) + number,
                    of=len(items),
                    answers=made,
                    elapsed_s=elapsed_s,
                    left_s=elapsed_s / number * (len(todo) - number),
                )
            )


def _resume(path: Path) -> rows.Rows:
    """Read what is there, and cut off a last line that a killed run did not finish."""
    if not path.exists():
        return rows.gather(())
    with path.open("rb+") as file:
        data = file.read()
        file.truncate(data.rfind(b"\n") + 1)
    return rows.read(path)


def _write(file: BinaryIO, line: Line) -> None:
    file.write(msgspec.json.encode(line) + b"\n")
    file.flush()


def _memory(of: Set, embedder: Embedder, stack: ExitStack) -> Memory:
    """Open the kept memory of a set's notes; one of its own where they are many files or none."""
    if of.notes is not None and of.notes.is_file():
        from ..workloads import Workload

        work = Workload(name=of.name, notes=of.notes, questions=of.questions)
        return kept_memory(work, embedder, lambda done, total, what: None)
    folder = stack.enter_context(TemporaryDirectory())
    memory = Memory.open(Path(folder) / "notes.sanderling", embedder)
    if of.notes is not None:
        memory.ingest([of.notes])
    return memory


class _Bench:
    """The models, and what is asked of which."""

    def __init__(self, wanted: Wanted, embedder: Embedder, stack: ExitStack) -> None:
        self._wanted, self._embedder = wanted, embedder
        self._detected = choose(wanted.profile)
        self._context_tokens = self._detected.profile.context_tokens
        self._shelf = Shelf.of_ladder(wanted.ladder, self._detected, wanted.n_threads)
        known = [model.entry.id for model in self._shelf.models]
        if unknown := set(wanted.every) - set(known):
            raise UsageError(f"{', '.join(sorted(unknown))} is not among the models that are here: {', '.join(known)}")
        settings = replace(config.load(), stall_timeout_s=STALL_TIMEOUT_S)
        self._resident = Resident(wanted.engine, settings)
        stack.callback(self._resident.close)

    def collection(self, sets: Sequence[Set]) -> Collection:
        """Describe this run; loads the first model, which knows the name of its engine."""
        first = self._shelf.models[0].entry.id
        self._loaded(first)
        return Collection(
            machine=machine_block(self._detected.device),
            began=datetime.now(UTC).isoformat(timespec="seconds"),
            ladder=tuple(model.entry.id for model in self._shelf.models),
            quants={model.entry.id: model.quant for model in self._shelf.models},
            engine=self._resident.engine_name,
            embedder=self._embedder.id,
            n_threads=self._wanted.n_threads,
            context_tokens=self._context_tokens,
            sets={each.name: each.digest for each in sets},
            seed=self._wanted.seed,
        )

    def cells(self, item: Item) -> list[tuple[str, str, ContextBin, float]]:
        """Return what is to be tried for a question, as :attr:`~sanderling.router.rows.Tried.cell`."""
        found = []
        for model in self._shelf.models:
            name = model.entry.id
            if item.position % self._wanted.every.get(name, 1) == 0:
                found += [(item.id, name, bin, 0.0) for bin in CONTEXT_BINS]
                if item.position % self._wanted.warm_every == 0:
                    found.append((item.id, name, "medium", self._wanted.warm_temperature))
        return found

    def missing(self, item: Item, done: rows.Rows) -> bool:
        """Whether anything about a question is still to be asked."""
        return item.id not in done.asked or any(cell not in done.tried for cell in self.cells(item))

    def ask(self, item: Item, memory: Memory, done: rows.Rows) -> Iterator[Line]:
        """Try what is missing for one question, yielding each line as soon as it is known."""
        vector = self._embedder.embed([item.question.text])[0]
        found = retrieve(memory, item.question.text, vector)
        nodes = {node.key: node for node in memory.nodes(found.attended.keys)}
        looked = Looked(item=item, found=found, nodes=nodes)
        if item.id not in done.asked:
            yield asked(looked, self._embedder.id)
        todo = [cell for cell in self.cells(item) if cell not in done.tried]
        for name in dict.fromkeys(model_id for _, model_id, _, _ in todo):
            loaded = self._loaded(name)
            made = prompts(looked, loaded, self._context_tokens)
            greedy: dict[ContextBin, Tried] = {}
            for cell in (cell for cell in todo if cell[1] == name):
                context_bin, temperature = cell[2:]
                same = next((bin for bin in greedy if made[bin].token_ids == made[context_bin].token_ids), None)
                if same is not None and not temperature:
                    yield replace(greedy[same], context_bin=context_bin, same_as=same)
                    continue
                try:
                    tried = answer(looked, loaded, made, context_bin, temperature, self._wanted.seed)
                except SanderlingError as error:
                    log.warning("%s, %s, %s: %s", item.id, name, context_bin, error)
                    continue
                yield tried
                if not temperature:
                    greedy[context_bin] = tried

    def _loaded(self, model_id: str) -> Loaded:
        spec = self._shelf.load_spec(model_id)
        worker, info = self._resident.worker(spec, self._shelf.needed_bytes(model_id))
        return Loaded(entry=self._shelf[model_id].entry, worker=worker, info=info)


def asked(looked: Looked, embedder_id: str) -> Asked:
    """Return the line of a question: what is known before anything is generated."""
    item, found = looked.item, looked.found
    question = item.question
    return Asked(
        question=item.id,
        set=item.set.name,
        kind=question.kind,
        hops=question.hops,
        answerable=bool(question.answers),
        numeric=question.kind == NUMERIC,
        raw=features.of_query(question.text)
        | features.of_embedding(found.vector, embedder_id)
        | features.of_retrieval(found),
        distances=tuple(round(float(value), 5) for value in found.hits.distances[:KEPT_DISTANCES]),
        weights=tuple(round(float(value), 6) for value in found.attended.weights[:KEPT_WEIGHTS]),
        gold_ranks=_gold_ranks(looked),
        features_version=features.VERSION,
    )


def _gold_ranks(looked: Looked) -> tuple[int, ...]:
    notes = looked.item.set.notes
    if notes is None:
        return ()
    nodes = [looked.nodes[key] for key in looked.found.attended.keys.tolist() if key in looked.nodes]
    # By the file's name where it is one, because a kept memory was perhaps made when the folder was elsewhere.
    mark = f"{notes.name}#"
    ids = [mark + node.uri.rpartition(mark)[2] if notes.is_file() else document_id(node.uri, notes) for node in nodes]
    ranked = list(dict.fromkeys(ids))
    return tuple(ranked.index(gold) + 1 if gold in ranked else 0 for gold in looked.item.question.gold)
