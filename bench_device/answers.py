"""Retrieval recall and answer quality of real models over a workload, in one run.

Every model answers every question once for each way of searching, greedily (temperature 0) and each question by itself,
so that a run can be repeated. All ways answer a question before the next is asked. Recall looks at what was ranked; EM,
F1 and "contains" look at what the model wrote.

A folder in BEIR layout is ingested once and kept (:mod:`.retrieval.kept`); the run works on a copy.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
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
    questions = work.questions[:limit]
    if sample is not None and sample < len(questions):
        drawn = sorted(random.Random(seed).sample(range(len(questions)), sample))
        questions = tuple(questions[number] for number in drawn)
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
            memory = _memory(work, Path(folder) / "bench.sanderling", n_threads, on_progress)
            with Runtime.open(memory, model=model, engine=engine, profile=profile, n_threads=n_threads) as runtime:
                if work.notes.is_dir():
                    runtime.add(
                        work.notes,
                        on_progress=lambda step: on_progress(step.done_bytes, step.total_bytes, "ingest"),
                    )
                asked += _one_model(
                    runtime, work, questions, _memories(runtime.memory, ways), context, rows, on_progress
                )
    reports = way_reports(asked, seed)
    return AnswersReport(
        machine=machine,
        workload=work.name,
        questions=len(questions),
        settings=settings,
        ways=reports,
        differences=differences(reports, seed),
    )


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
    its_own = runtime.memory
    done = 0
    try:
        for question in questions:
            for way, memory in memories.items():
                runtime.memory = memory
                if (model.entry.id, way, question.id) not in rows.asked:
                    rows.add(_ask(runtime, work, question, way, context))
                done += 1
                on_progress(done, len(questions) * len(memories), f"{model.entry.id} {way}")
    finally:
        runtime.memory = its_own
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
