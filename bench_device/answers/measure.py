"""Measure the answer quality and retrieval recall of models on a workload.

Every model answers every question once per search method and context size, greedily (temperature 0) and without
history, so that a run can be repeated. A question is answered in all ways before the next one. Recall scores the
ranking; EM, F1 and "contains" score the model's text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ...device.machine import machine_block
from ...device.profiles import choose
from ...engines import EngineName
from ...memory import Memory
from ...records import CONTEXT_BINS, Answer, ContextBin
from ...runtime import Runtime
from ..interruptible import Interruptible
from ..workloads import Question, Workload, document_id, load
from .evaluate import Outcome, ask_one
from .open_workload import DEFAULT_WAY, SEED, Progress, asking, drawn, memories_by_way, opened
from .raw import AnswersRaw
from .report import AnswersReport, Asked, differences, way_reports

MAX_TOKENS = 64
"""Maximum tokens of an answer: a few words suffice, but a small model may not stop."""
BY_ROUTER = "router"
CONTEXTS: Mapping[str, ContextBin | None] = {BY_ROUTER: None, **{name: name for name in CONTEXT_BINS}}
"""Contexts by name; None is the one that the router chooses for each question."""

Arms = Mapping[str, tuple[Memory, ContextBin | None]]
"""Memory and context of each way to answer, by the name of the way; context None: the router's choice."""


def evaluate_models(
    workloads: Sequence[str],
    models: Sequence[str],
    *,
    ways: Sequence[str] = (DEFAULT_WAY,),
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
    contexts: Sequence[ContextBin | None] = (None,),
    limit: int | None = None,
    sample: int | None = None,
    seed: int = SEED,
    raw: Path | None = None,
    on_progress: Progress = lambda done, total, what: None,
) -> AnswersReport:
    """Ask each of ``models`` the questions of all ``workloads``, once per search method and context.

    The first of both is the baseline of the others. ``contexts``: None for the router's choice. ``limit``: number of
    leading questions of each workload; ``sample``: number of questions drawn from them with ``seed``; None: all.
    ``raw``: file written after each question, from which an interrupted run resumes.

    Raises UsageError for an unknown method and for the raw file of another run, and the errors of opening the runtime.
    """
    works = [_drawn(load(name), limit, sample, seed, named=len(workloads) > 1) for name in dict.fromkeys(workloads)]
    detected = choose(profile)
    machine = machine_block(detected.device)  # before the work: it names the commit that is measured
    settings: dict[str, object] = {
        "profile": detected.profile.name,
        "engine": engine,
        "threads": n_threads or detected.profile.threads_decode,
        "temperature": 0,
        "max_tokens": MAX_TOKENS,
        "context": ", ".join(context or "by router" for context in contexts),
        "seed": seed,
    }
    run = {"workload": " + ".join(work.name for work in works), "commit": machine["commit"], **settings}
    asked: list[Asked] = []
    stop = Interruptible()
    with AnswersRaw(raw, run) as rows, TemporaryDirectory() as folder:
        for model in dict.fromkeys(models):
            of_model: list[Asked] = []
            for number, work in enumerate(works):
                if stop.came:
                    break
                own = Path(folder) / str(number)
                own.mkdir(exist_ok=True)
                with opened(work, model, own, engine, profile, n_threads, on_progress) as runtime:
                    arms = _arms(memories_by_way(runtime.memory, ways), contexts)
                    with stop:
                        _one_model(runtime, work, arms, rows, on_progress)
                    of_model += _asked(rows, runtime._inventory.models[0].entry.id, work.questions, tuple(arms))
            order = list(dict.fromkeys(each.way for each in of_model))
            asked += (each for way in order for each in of_model if each.way == way)
    stop.require(asked)
    reports = way_reports(asked, seed)
    return AnswersReport(
        machine=machine,
        workload=str(run["workload"]),
        questions=sum(len(work.questions) for work in works),
        settings=settings,
        ways=reports,
        differences=differences(reports, seed),
        interrupted=stop.came,
    )


def _drawn(work: Workload, limit: int | None, sample: int | None, seed: int, *, named: bool) -> Workload:
    """Return ``work`` with the questions that are asked; ``named``: their ids begin with its name."""
    questions = drawn(work.questions[:limit], sample, seed)
    if named:
        questions = tuple(msgspec.structs.replace(each, id=f"{work.name}/{each.id}") for each in questions)
    return msgspec.structs.replace(work, questions=questions)


def _arms(memories: Mapping[str, Memory], contexts: Sequence[ContextBin | None]) -> Arms:
    """Return every search method with every context; one context is not named."""
    several = len(contexts) > 1
    return {
        f"{way}, {context or BY_ROUTER}" if several else way: (memory, context)
        for way, memory in memories.items()
        for context in contexts
    }


def _one_model(runtime: Runtime, work: Workload, arms: Arms, rows: AnswersRaw, on_progress: Progress) -> None:
    """Ask one model the questions that are missing from ``rows``, and add the answers to ``rows``."""
    (model,) = runtime._inventory.models
    done = 0
    for question in work.questions:
        for way, (memory, context) in arms.items():
            if (model.entry.id, way, question.id) not in rows.asked:
                with asking(runtime, memory):
                    rows.add(ask_for_row(runtime, work, question, way, context))
            done += 1
            on_progress(done, len(work.questions) * len(arms), f"{model.entry.id} {way}")


def _asked(rows: AnswersRaw, model_id: str, questions: Sequence[Question], ways: Sequence[str]) -> list[Asked]:
    """Return one model's rows for the questions that were answered in every way, grouped by way."""
    whole = [each for each in questions if all((model_id, way, each.id) in rows.asked for way in ways)]
    return [rows.asked[model_id, way, question.id] for way in ways for question in whole]


def ask_for_row(runtime: Runtime, work: Workload, question: Question, way: str, context: ContextBin | None) -> Asked:
    """Ask one question of a workload, and return the scored answer. ``way``: its name in the row."""
    (model,) = runtime._inventory.models
    answers: list[Answer] = []

    def ask(text: str) -> Outcome:
        answers.append(runtime.ask(text, temperature=0, max_tokens=MAX_TOKENS, context=context, cache=False))
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
        engine=runtime._pool.engine_name,
        router=runtime._router.id,
        way=way,
        context=route.context_bin if route else None,
        context_tokens=route.context_tokens if route else 0,
        row=row,
    )
