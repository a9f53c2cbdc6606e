"""Retrieval recall and answer quality of real models over a workload, in one run.

Every model answers every question once for each way of searching, greedily (temperature 0) and each question by itself,
so that a run can be repeated. All ways answer a question before the next is asked. Recall looks at what was ranked; EM,
F1 and "contains" look at what the model wrote.

A folder in BEIR layout is ingested once and kept (:mod:`.retrieval.kept`); the run works on a copy.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from sanderling import config
from sanderling.device.machine import machine_block
from sanderling.engines import EngineName
from sanderling.engines.onnx_embedder import OnnxEmbedder
from sanderling.errors import UsageError
from sanderling.memory import Memory
from sanderling.memory.sync import index_path
from sanderling.profiles import choose
from sanderling.records import Answer, ContextBin
from sanderling.runtime import Runtime

from .answers_raw import AnswersRaw
from .answers_report import AnswersReport, Asked, differences, way_reports
from .evaluate import Outcome, ask_one
from .ordered import Ordered
from .packing import Held, PackingReport, answerable, measure
from .retrieval.kept import kept_memory
from .retrieval.ways import ways as ways_over
from .workloads import Question, Workload, load

SEED = 0
MAX_TOKENS = 64
"""Answers are a few words; a small model that does not stop is cut here."""
DEFAULT_WAY = "memory"
"""The memory as the runtime asks it."""

Progress = Callable[[int, int, str], None]


def document_id(uri: str, notes: Path) -> str:
    """Return a memory's uri as the workload writes it: relative to the notes, or to the folder of a single file."""
    if notes.is_dir():
        path, mark, entry = uri.partition("#")
        return Path(path).relative_to(notes.resolve()).as_posix() + mark + entry
    # By the file's name, because a kept memory was perhaps made when the folder was elsewhere.
    mark = f"{notes.name}#"
    return mark + uri.rpartition(mark)[2]


def evaluate_models(
    workload: str,
    models: Sequence[str],
    *,
    ways: Sequence[str] = (DEFAULT_WAY,),
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
    context: ContextBin | None = None,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = SEED,
    raw: Path | None = None,
    on_progress: Progress = lambda done, total, what: None,
) -> AnswersReport:
    """Run ``models`` over ``workload``, with what each of ``ways`` finds; the first way is what others are compared to.

    ``limit``: only the first questions; ``sample``: so many of these, drawn with ``seed``. None: all. ``raw``: written
    question by question; a run that was ended goes on from it.

    Raises UsageError for an unknown way and a raw file of another run, and what opening the runtime raises.
    """
    work = load(workload)
    questions = _drawn(work.questions[:limit], sample, seed)
    detected = choose(profile)
    machine = machine_block(detected.device)  # before the work: it names the commit that is measured
    settings: dict[str, object] = {
        "profile": detected.profile.name,
        "engine": engine,
        "threads": n_threads or detected.profile.threads_decode,
        "temperature": 0,
        "max_tokens": MAX_TOKENS,
        "context": context or "by router",
        "seed": seed,
    }
    run = {"workload": work.name, "commit": machine["commit"], **settings}
    asked: list[Asked] = []
    with AnswersRaw(raw, run) as rows, TemporaryDirectory() as folder:
        for model in dict.fromkeys(models):
            with _open(work, model, Path(folder), engine, profile, n_threads, on_progress) as runtime:
                memories = _memories(runtime.memory, ways)
                asked += _one_model(runtime, work, questions, memories, context, rows, on_progress)
    reports = way_reports(asked, seed)
    return AnswersReport(
        machine=machine,
        workload=work.name,
        questions=len(questions),
        settings=settings,
        ways=reports,
        differences=differences(reports, seed),
    )


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
    """Look whether the answers stand in the context, without asking; ``model`` is loaded for its tokenizer.

    The arguments are those of :func:`evaluate_models`. Raises UsageError for an unknown way or where no question has
    an answer to look for, and what opening the runtime raises.
    """
    work = load(workload)
    questions = answerable(_drawn(work.questions[:limit], sample, seed))
    if not questions:
        raise UsageError(f"{work.name}: no question of it has an answer that could be looked for in a text")
    machine = machine_block(choose(profile).device)
    held: list[Held] = []
    with (
        TemporaryDirectory() as folder,
        _open(work, model, Path(folder), engine, profile, n_threads, on_progress) as runtime,
    ):
        for way, memory in _memories(runtime.memory, ways).items():
            with _asking(runtime, memory):
                held += measure(runtime, questions, way, seed, on_progress)
    return PackingReport(
        machine=machine, workload=work.name, model_id=model, questions=len(questions), seed=seed, held=tuple(held)
    )


def _drawn(questions: tuple[Question, ...], sample: int | None, seed: int) -> tuple[Question, ...]:
    if sample is None or sample >= len(questions):
        return questions
    return tuple(questions[number] for number in sorted(random.Random(seed).sample(range(len(questions)), sample)))


@contextmanager
def _open(
    work: Workload,
    model: str,
    folder: Path,
    engine: EngineName,
    profile: str,
    n_threads: int | None,
    on_progress: Progress,
) -> Iterator[Runtime]:
    """Open one model over the notes of the workload, in a memory to be thrown away with ``folder``."""
    memory = _memory(work, folder / "bench.sanderling", n_threads, on_progress)
    with Runtime.open(memory, model=model, engine=engine, profile=profile, n_threads=n_threads) as runtime:
        if work.notes.is_dir():
            runtime.add(work.notes, on_progress=lambda step: on_progress(step.done_bytes, step.total_bytes, "ingest"))
        yield runtime


@contextmanager
def _asking(runtime: Runtime, memory: Memory) -> Iterator[None]:
    """Let the runtime ask another memory for a while; the one it opened is the one it closes."""
    its_own = runtime.memory
    runtime.memory = memory
    try:
        yield
    finally:
        runtime.memory = its_own


def _memory(work: Workload, path: Path, n_threads: int | None, on_progress: Progress) -> Path:
    """Return a memory to ask and throw away: a copy of the kept one, or the path of one to be made."""
    if work.notes.is_file() and not path.exists():
        embedder = OnnxEmbedder.open(config.load().embedder, n_threads=n_threads or 1)
        with kept_memory(work, embedder, on_progress) as kept:
            kept.store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            kept.index.save()
            copyfile(kept.store.path, path)
            copyfile(index_path(kept.store.path), index_path(path))
    return path


def _memories(memory: Memory, names: Sequence[str]) -> dict[str, Memory]:
    known = ways_over(memory)
    for name in names:
        if name != DEFAULT_WAY and name not in known:
            raise UsageError(f"there is no way {name!r}: give one of {', '.join((DEFAULT_WAY, *known))}")
    return {name: memory if name == DEFAULT_WAY else Ordered(memory, known[name]) for name in names}


def _one_model(
    runtime: Runtime,
    work: Workload,
    questions: Sequence[Question],
    memories: Mapping[str, Memory],
    context: ContextBin | None,
    rows: AnswersRaw,
    on_progress: Progress,
) -> list[Asked]:
    """Ask what has not been asked yet; return the rows of all, way by way."""
    (model,) = runtime.shelf.models
    done = 0
    for question in questions:
        for way, memory in memories.items():
            if (model.entry.id, way, question.id) not in rows.asked:
                with _asking(runtime, memory):
                    rows.add(_ask(runtime, work, question, way, context))
            done += 1
            on_progress(done, len(questions) * len(memories), f"{model.entry.id} {way}")
    return [rows.asked[model.entry.id, way, question.id] for way in memories for question in questions]


def _ask(runtime: Runtime, work: Workload, question: Question, way: str, context: ContextBin | None) -> Asked:
    (model,) = runtime.shelf.models
    answers: list[Answer] = []

    def ask(text: str) -> Outcome:
        answers.append(runtime.ask(text, temperature=0, max_tokens=MAX_TOKENS, context=context))
        ranked = dict.fromkeys(document_id(note.uri, work.notes) for note in runtime.search(text))
        (answer,) = answers
        return Outcome(
            text=answer.text,
            sources=tuple(ranked),
            timings_ms=answer.timings_ms,
            prompt_tokens=answer.tokens.prompt,
        )

    row = ask_one(question, ask)
    route = answers[0].route if answers else None
    return Asked(
        model_id=model.entry.id,
        quant=model.quant,
        synthetic=model.synthetic,
        engine=runtime.resident.engine_name,
        router=runtime.router.id,
        way=way,
        context=route.context_bin if route else None,
        context_tokens=route.context_tokens if route else 0,
        row=row,
    )
