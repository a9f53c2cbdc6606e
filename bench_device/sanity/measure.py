"""Asks several models the questions of several suites.

One model is asked after another, and a run can be resumed at any question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...device.machine import machine_block
from ...device.profiles import choose
from ...engines import EngineName
from ...errors import UsageError
from ...records import Record
from ..answers.open_workload import Progress
from ..interruptible import Interruptible
from ..plain_model import label_of, named, open_plain
from ..raw_rows import RawRows
from .instructions import LeftOut, require_some, verifiable
from .questions import SanityQuestion, read_questions
from .report import SanityReport, report
from .row import SanityRow, ask
from .suites import SuiteName, folder_of

MAX_TOKENS: Mapping[SuiteName, int] = {"gsm8k": 512, "ifeval": 512, "mmlu": 1, "boolq": 1}
"""Longest answer unless the caller says otherwise; options of the last two are not generated."""
PROMPTS = 1
"""Version of the prompts; raise it with any change to them."""
Key = tuple[SuiteName, str, str]


class SanityOptions(Record):
    """Options of a run."""

    suites: tuple[SuiteName, ...]
    data: Path
    """Folder of the questions, or a folder that holds one for each suite."""
    models: tuple[str, ...]
    """Ids, ``ID:QUANT`` and ``.gguf`` files, in the order in which they are compared."""
    engine: EngineName = "auto"
    profile: str = "auto"
    n_threads: int | None = None
    max_tokens: int | None = None
    """Longest text of GSM8K and IFEval; None: 512."""
    limit: int | None = None
    """Number of leading questions of each suite; None: all."""
    seed: int = 0
    """Seed of the bootstrap."""
    raw: Path | None = None
    """File written after each question, from which an interrupted run goes on."""


def measure_sanity(wanted: SanityOptions, on_progress: Progress = lambda done, total, what: None) -> SanityReport:
    """Ask each model the questions that the raw file lacks, then report on all models and questions.

    The report covers the answers that were in the file before.

    Raises UsageError for unreadable questions, if every question is left out, for a model named twice and for the raw
    file of another run; ModelUnavailable, OutOfMemory.
    """
    detected = choose(wanted.profile)
    machine = machine_block(detected.device)  # before the work: it names the commit that is measured
    sets: dict[SuiteName, tuple[SanityQuestion, ...]] = {}
    left_out: tuple[LeftOut, ...] = ()
    for suite in dict.fromkeys(wanted.suites):
        questions = read_questions(suite, folder_of(suite, wanted.data))
        if suite == "ifeval":
            questions, left_out = verifiable(questions)
        sets[suite] = questions[: wanted.limit]
    require_some(sum(map(len, sets.values())), left_out)
    models = [named(name, wanted.profile, wanted.engine) for name in wanted.models]
    labels = [label_of(model) for model in models]
    if len(set(labels)) < len(labels):
        raise UsageError(f"two models are the same, {max(labels, key=labels.count)}: name each once")
    settings = {
        "commit": machine["commit"],
        "profile": detected.profile.name,
        "engine": wanted.engine,
        "threads": wanted.n_threads or detected.profile.threads_decode,
        "temperature": 0,
        "max_tokens": {suite: wanted.max_tokens or MAX_TOKENS[suite] for suite in ("gsm8k", "ifeval")},
        "prompts": PROMPTS,
    }
    files = {
        label: model.sha256 or f"{model.path.name} {model.bytes}" for label, model in zip(labels, models, strict=True)
    }
    stop, total = Interruptible(), len(models) * sum(map(len, sets.values()))
    engine, done = "", 0
    with RawRows(wanted.raw, settings, SanityRow, _key) as rows, stop:
        for installed, label in zip(models, labels, strict=True):
            todo = _missing(sets, label, rows.asked)
            done += sum(map(len, sets.values())) - len(todo)
            if not todo:
                continue
            with open_plain(installed, wanted.engine, wanted.profile, wanted.n_threads) as opened:
                engine = opened.engine
                for suite, question in todo:
                    tokens = wanted.max_tokens or MAX_TOKENS[suite]
                    rows.add(ask(suite, question, opened.model, label, tokens))
                    done += 1
                    on_progress(done, total, f"{label} {suite}")
    by_model: dict[SuiteName, dict[str, list[SanityRow]]] = {
        suite: {label: _of(questions, suite, label, rows.asked) for label in labels}
        for suite, questions in sets.items()
    }
    stop.require([each for members in by_model.values() for found in members.values() for each in found])
    return report(
        by_model,
        machine=machine,
        settings={**settings, "engine": engine or wanted.engine, "files": files},
        left_out=left_out,
        chances={suite: _chance(suite, questions) for suite, questions in sets.items()},
        seed=wanted.seed,
        interrupted=stop.came,
    )


def _key(row: SanityRow) -> Key:
    return row.suite, row.digest, row.model


def _missing(
    sets: Mapping[SuiteName, Sequence[SanityQuestion]], label: str, asked: Mapping[Key, SanityRow]
) -> list[tuple[SuiteName, SanityQuestion]]:
    return [
        (suite, question)
        for suite, questions in sets.items()
        for question in questions
        if (suite, question.digest, label) not in asked
    ]


def _of(
    questions: Sequence[SanityQuestion], suite: SuiteName, label: str, asked: Mapping[Key, SanityRow]
) -> list[SanityRow]:
    keys = [(suite, question.digest, label) for question in questions]
    return [asked[key] for key in keys if key in asked]


def _chance(suite: SuiteName, questions: Sequence[SanityQuestion]) -> float:
    """Return the accuracy of guessing: the mean of one over the number of options, or 0 without options."""
    if suite == "boolq":
        return 0.5
    return sum(1 / len(each.choices) for each in questions if each.choices) / max(len(questions), 1)
