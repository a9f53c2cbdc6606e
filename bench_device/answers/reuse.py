"""Decides whether a model may reuse the cached states of notes, from its answers with and without reuse.

The model answers every answerable question twice, greedily: from a prompt as the runtime builds it by default, and from
whole notes whose states are kept by themselves and merged. The verdict is stored
(:mod:`sanderling.models.reuse_verdict`), and the runtime uses states of notes only where it says so.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ...device.machine import machine_block
from ...device.profiles import choose
from ...engines import EngineName
from ...errors import UsageError
from ...models import reuse_verdict
from ...models.gguf import SYNTHETIC
from ...models.reuse_verdict import LEAST_DIFFERENCE, ReuseVerdict
from ...records import Record
from ...runtime import Runtime
from ..interruptible import Interruptible
from ..metrics.estimate import Estimate, estimate, show
from ..workloads import Question, Workload, load
from .evaluate import Scores, table
from .measure import MAX_TOKENS, ask_for_row
from .open_workload import SEED, Progress, drawn, opened
from .raw import AnswersRaw
from .report import Asked

DEFAULT, STATES = "default", "note states"
NOTE_STATES_BYTES = 1 << 30
_MEASURES = ("em", "f1", "contains")


class ReuseReport(Record):
    """One model's scores with and without reuse of note states, and the verdict on the reuse."""

    machine: dict[str, object]
    verdict: ReuseVerdict
    seed: int
    scores: dict[str, dict[str, Estimate]]
    """Mean scores, by way and then by measure."""
    differences: dict[str, Estimate]
    """With states of notes minus the default, by measure, paired by question."""
    prompt_tokens: dict[str, float]
    """Mean length of the prompt, by way."""
    ttft_ms: dict[str, float]
    """Median time to the first token, by way; with states of notes, many of which were computed on first use."""
    stored: bool
    interrupted: bool = False
    """Whether Ctrl-C ended the run; no verdict is stored then."""

    def to_markdown(self) -> str:
        """Return a table of the results with and without reuse of note states, and the verdict."""
        rows = []
        for way, found in self.scores.items():
            costs = f"{self.prompt_tokens[way]:.0f}", f"{self.ttft_ms[way]:,.0f}"
            rows.append([way, *(show(found[each], ".3f") for each in _MEASURES), *costs])
        rows.append(["difference", *(show(self.differences[each], "+.3f") for each in _MEASURES), "", ""])
        said = self.verdict
        head = f"\n{said.model_id} {said.quant}, {said.engine}, {said.kv_type} keys; {', '.join(said.workloads)}"
        titles = ["prompt", "EM", "F1", "contains", "tokens", "first token ms"]
        return f"{head}; {said.questions} questions, seed {self.seed}\n\n{table(titles, rows)}\n{self.decision()}\n"

    def decision(self) -> str:
        """Return the verdict in one line."""
        found = self.verdict
        if self.interrupted:
            return "not decided: the run was interrupted"
        if found.questions < reuse_verdict.LEAST_QUESTIONS:
            return f"refused: {found.questions} questions were compared, and {reuse_verdict.LEAST_QUESTIONS} are needed"
        limits = f"the lower end of F1's interval is {found.f1_low:+.3f}, the limit {LEAST_DIFFERENCE:+.2f}"
        return f"{'allowed' if found.allowed else 'refused'}: {limits}"


def compare(
    model: str,
    workloads: Sequence[str],
    *,
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
    limit: int | None = None,
    sample: int | None = None,
    seed: int = SEED,
    raw: Path | None = None,
    on_progress: Progress = lambda done, total, what: None,
) -> ReuseReport:
    """Ask ``model`` the answerable questions of all ``workloads``, with and without reuse of note states.

    The verdict is stored unless Ctrl-C ends the run.

    ``limit``: leading questions of each workload; ``sample``: questions drawn from those with ``seed``; None: all.
    ``raw``: file written after each question, from which an interrupted run resumes.

    Raises UsageError for synthetic weights, for a model whose states cannot be merged, and for the raw file of another
    run, and the errors of opening the runtime.
    """
    works = [load(name) for name in workloads]
    detected = choose(profile)
    machine = machine_block(detected.device)
    run: dict[str, object] = {
        "reuse": [work.name for work in works],
        "commit": machine["commit"],
        "profile": detected.profile.name,
        "engine": engine,
        "threads": n_threads or detected.profile.threads_decode,
        "max_tokens": MAX_TOKENS,
    }
    pairs: list[tuple[Asked, Asked]] = []
    stop = Interruptible()
    verdict = None
    with AnswersRaw(raw, run) as rows:
        for work in works:
            questions = [each for each in drawn(work.questions[:limit], sample, seed) if each.answers]
            with (
                TemporaryDirectory() as folder,
                opened(work, model, Path(folder), engine, profile, n_threads, on_progress) as runtime,
            ):
                with stop:
                    _ask_both(runtime, work, questions, rows, on_progress)
                pairs += _pairs(runtime, work, questions, rows)
                verdict = _verdict(runtime, [each.name for each in works], pairs, seed) if pairs else None
            if stop.came:
                break
    stop.require(pairs)
    assert verdict is not None
    if not stop.came:
        reuse_verdict.record(verdict)
    asked = {DEFAULT: [a for a, _ in pairs], STATES: [b for _, b in pairs]}
    return ReuseReport(
        machine=machine,
        verdict=verdict,
        seed=seed,
        scores={
            way: {each: estimate([_score(one, each) for one in found], seed) for each in _MEASURES}
            for way, found in asked.items()
        },
        differences={each: estimate([_score(b, each) - _score(a, each) for a, b in pairs], seed) for each in _MEASURES},
        prompt_tokens={way: statistics.mean(_outcomes(found, "prompt_tokens")) for way, found in asked.items()},
        ttft_ms={way: statistics.median(_outcomes(found, "ttft")) for way, found in asked.items()},
        stored=not stop.came,
        interrupted=stop.came,
    )


def _ask_both(
    runtime: Runtime, work: Workload, questions: Sequence[Question], rows: AnswersRaw, on_progress: Progress
) -> None:
    """Ask all questions without states of notes, then with them; skip the questions already in ``rows``.

    The model is loaded for each of the two.
    """
    (model,) = runtime._inventory.models
    if model.synthetic:
        raise UsageError(f"{model.entry.id} has {SYNTHETIC}: its answers say nothing about quality")
    for number, (way, size_bytes) in enumerate(((DEFAULT, 0), (STATES, NOTE_STATES_BYTES))):
        runtime._inventory.use_note_states(size_bytes, measured_only=False)
        name = f"{work.name}, {way}"
        for at, question in enumerate(questions):
            on_progress(number * len(questions) + at, 2 * len(questions), f"{model.entry.id} {name}")
            if (model.entry.id, name, question.id) not in rows.asked:
                rows.add(ask_for_row(runtime, work, question, name, None))
                _require_states(runtime, size_bytes)


def _require_states(runtime: Runtime, size_bytes: int) -> None:
    """Raise UsageError if states of notes are wanted and the model that was just loaded keeps none."""
    for loaded in runtime._pool._all() if size_bytes else ():
        if loaded.info.no_note_states:
            raise UsageError(f"{loaded.spec.model_id} cannot use states of notes: {loaded.info.no_note_states}")


def _pairs(
    runtime: Runtime, work: Workload, questions: Sequence[Question], rows: AnswersRaw
) -> list[tuple[Asked, Asked]]:
    model_id = runtime._inventory.models[0].entry.id
    both = [
        tuple(rows.asked.get((model_id, f"{work.name}, {way}", question.id)) for way in (DEFAULT, STATES))
        for question in questions
    ]
    return [(a, b) for a, b in both if a is not None and b is not None]


def _verdict(
    runtime: Runtime, workloads: Sequence[str], pairs: Sequence[tuple[Asked, Asked]], seed: int
) -> ReuseVerdict:
    (model,) = runtime._inventory.models
    f1 = estimate([_score(b, "f1") - _score(a, "f1") for a, b in pairs], seed)
    return ReuseVerdict(
        file=reuse_verdict.file_digest(model.path),
        model_id=model.entry.id,
        quant=model.quant,
        engine=pairs[-1][1].engine,
        kv_type=runtime._inventory.load_spec(model.entry.id).kv_type,
        workloads=tuple(workloads),
        questions=len(pairs),
        f1=f1.mean,
        f1_low=f1.low,
        f1_high=f1.high,
        timestamp=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _score(asked: Asked, measure: str) -> float:
    assert isinstance(asked.row.scores, Scores)
    return float(getattr(asked.row.scores, measure))


def _outcomes(asked: Sequence[Asked], what: str) -> list[float]:
    found = [each.row.outcome for each in asked if each.row.outcome is not None]
    return [float(each.timings_ms.ttft if what == "ttft" else each.prompt_tokens) for each in found] or [0.0]
