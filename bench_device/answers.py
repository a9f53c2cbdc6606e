"""Retrieval recall and answer quality of real models over a workload, in one run.

The workload's notes are ingested once into a memory of the run's own; every model then answers every question, greedily
(temperature 0) and each question by itself, so that a run can be repeated. Recall looks at what the memory ranks, which
is the same for all models; EM, F1 and "contains" look at what the model wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from sanderling.device.machine import machine_block
from sanderling.engines import EngineName
from sanderling.models.gguf import SYNTHETIC
from sanderling.profiles import choose
from sanderling.records import Answer, ContextBin, Record
from sanderling.runtime import Runtime

from .evaluate import Outcome, Report, evaluate
from .workloads import Question, Workload, load

SEED = 0
MAX_TOKENS = 64
"""Answers are a few words; a small model that does not stop is cut here."""


class ModelReport(Record):
    """One model over the workload."""

    model_id: str
    quant: str
    synthetic: bool
    """Whether the weights were random, so that the quality means nothing."""
    engine: str
    router: str
    contexts: dict[str, int]
    """How often each context size was chosen."""
    report: Report


class AnswersReport(Record):
    """All models over one workload, with what is needed to run it again."""

    machine: dict[str, object]
    workload: str
    questions: int
    settings: dict[str, object]
    models: tuple[ModelReport, ...]

    def to_markdown(self) -> str:
        """The tables of all models, under the settings."""
        settings = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        parts = [f"\nworkload {self.workload}, {self.questions} questions; {settings}"]
        for each in self.models:
            contexts = ", ".join(f"{name} {count}" for name, count in each.contexts.items())
            quant = f"{each.quant} ({SYNTHETIC})" if each.synthetic else each.quant
            parts.append(f"\n{each.model_id} {quant}, {each.engine}, router {each.router}, contexts: {contexts}\n")
            parts.append(each.report.to_markdown())
        return "\n".join(parts)

    def raw_jsonl(self) -> str:
        """One line per model and question."""
        lines = [
            msgspec.json.encode({"model_id": each.model_id, **msgspec.structs.asdict(row)}).decode()
            for each in self.models
            for row in each.report.rows
        ]
        return "\n".join(lines) + "\n"


def document_id(uri: str, notes: Path) -> str:
    """Return a memory's uri as the workload writes it: relative to the notes, or to the folder of a single file."""
    path, mark, entry = uri.partition("#")
    base = notes if notes.is_dir() else notes.parent
    return Path(path).relative_to(base.resolve()).as_posix() + mark + entry


def evaluate_models(
    workload: str,
    models: list[str],
    *,
    memory: Path,
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
    context: ContextBin | None = None,
    limit: int | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> AnswersReport:
    """Run ``models`` over ``workload``; ``limit`` None: all questions. Raises what opening the runtime raises."""
    work = load(workload)
    questions = work.questions[:limit]
    detected = choose(profile)
    machine = machine_block(detected.device)  # before the work: it names the commit that is measured
    reports = []
    for model in models:
        with Runtime.open(memory, model=model, engine=engine, profile=profile, n_threads=n_threads) as runtime:
            runtime.add(work.notes, on_progress=lambda step: on_progress(step.done_bytes, step.total_bytes, "ingest"))
            reports.append(_one_model(runtime, work, questions, context, on_progress))
    return AnswersReport(
        machine=machine,
        workload=work.name,
        questions=len(questions),
        settings={
            "profile": detected.profile.name,
            "threads": n_threads or detected.profile.threads_decode,
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "context": context or "by router",
            "bootstrap seed": SEED,
        },
        models=tuple(reports),
    )


def _one_model(
    runtime: Runtime,
    work: Workload,
    questions: Sequence[Question],
    context: ContextBin | None,
    on_progress: Callable[[int, int, str], None],
) -> ModelReport:
    (model,) = runtime.shelf.models
    answers: list[Answer] = []

    def ask(question: str) -> Outcome:
        answer = runtime.ask(question, temperature=0, max_tokens=MAX_TOKENS, context=context)
        answers.append(answer)
        on_progress(len(answers), len(questions), model.entry.id)
        ranked = dict.fromkeys(document_id(note.uri, work.notes) for note in runtime.search(question))
        return Outcome(text=answer.text, sources=tuple(ranked), timings_ms=answer.timings_ms)

    report = evaluate(questions, ask, seed=SEED)
    bins = [answer.route.context_bin for answer in answers]
    return ModelReport(
        model_id=model.entry.id,
        quant=model.quant,
        synthetic=model.synthetic,
        engine=runtime.resident.engine_name,
        router=runtime.router.id,
        contexts={name: bins.count(name) for name in dict.fromkeys(bins)},
        report=report,
    )
