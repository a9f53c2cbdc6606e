"""Ask a workload's questions, score the answers, and summarise scores and latencies.

The caller passes a function that answers one question: the runtime, a baseline, or a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from ...errors import SanderlingError
from ...records import Record, Timings
from ..metrics import quality
from ..metrics.estimate import Estimate, estimate, show
from ..metrics.percentiles import Percentiles, percentiles
from ..workloads import Question


class Outcome(Record):
    """The answer to one question, with its sources and times."""

    text: str
    sources: tuple[str, ...]
    """Ids of the retrieved documents, best first, as in :class:`~sanderling.bench_device.workloads.Question`."""
    timings_ms: Timings
    prompt_tokens: int = 0


class Scores(Record):
    """Scores of one answerable question, each between 0 and 1; see :mod:`sanderling.bench_device.metrics.quality`."""

    recall: float
    all_gold: float
    em: float
    f1: float
    contains: float


class AnswerRow(Record):
    """One question, its answer and its scores."""

    question: Question
    outcome: Outcome | None
    """None if the request failed; it then scores zero and does not count in the latencies."""
    error: str
    scores: Scores | None
    """None if the notes do not contain the answer; only ``declined`` is then meaningful."""
    declined: float


class Group(Record):
    """Mean scores of a group of questions.

    ``estimates``: keyed by the field names of :class:`Scores`, and ``declined``.
    """

    name: str
    n: int
    estimates: dict[str, Estimate]


class EvaluationReport(Record):
    """Scores per group of questions, latency per stage, and the rows of all questions."""

    k: int
    """Number of leading documents that ``recall`` and ``all_gold`` consider."""
    seed: int
    groups: tuple[Group, ...]
    latency_ms: dict[str, Percentiles]
    """Latency by field of :class:`~sanderling.records.Timings`; stages that never took time are left out."""
    errors: int
    rows: tuple[AnswerRow, ...]

    def to_markdown(self) -> str:
        """Return two Markdown tables: quality with intervals, and latency in milliseconds."""
        titles = (f"R@{self.k}", f"all@{self.k}", "EM", "F1", "contains", "declined")
        quality_rows = [
            [group.name, str(group.n), *(show(group.estimates.get(field)) for field in _MEASURES)]
            for group in self.groups
        ]
        latency_rows = [
            [stage, f"{p.p50:.1f}", f"{p.p90:.1f}", "" if p.p99 is None else f"{p.p99:.1f}"]
            for stage, p in self.latency_ms.items()
        ]
        parts = [table(["questions", "n", *titles], quality_rows)]
        if latency_rows:
            parts.append(table(["stage", "P50 ms", "P90 ms", "P99 ms"], latency_rows))
        if self.errors:
            first = next(row.error for row in self.rows if row.error)
            parts.append(f"{self.errors} of {len(self.rows)} requests failed and count as zero; the first: {first}\n")
        return "\n".join(parts)


_MEASURES = (*Scores.__struct_fields__, "declined")


def evaluate(
    questions: Iterable[Question],
    ask: Callable[[str], Outcome],
    *,
    seed: int,
    k: int = 5,
    on_row: Callable[[AnswerRow], None] | None = None,
) -> EvaluationReport:
    """Ask each question once, in order; return the scored answers with a summary.

    A SanderlingError of ``ask`` fails only that question; other exceptions propagate. ``on_row`` is called after each
    question, for progress. Raises ValueError without questions.
    """
    rows: list[AnswerRow] = []
    for question in questions:
        rows.append(ask_one(question, ask, k=k))
        if on_row is not None:
            on_row(rows[-1])
    return summary(rows, seed=seed, k=k)


def summary(rows: Sequence[AnswerRow], *, seed: int, k: int = 5) -> EvaluationReport:
    """Summarise scored answers by group of questions.

    ``k``: number of documents over which recall was computed. Raises ValueError without rows.
    """
    if not rows:
        raise ValueError("there is nothing to evaluate: the workload has no questions")

    answerable = [row for row in rows if row.scores is not None]
    parts = [("all", answerable)]
    for hops in sorted({row.question.hops for row in answerable}):
        label = "1 hop" if hops == 1 else f"{hops} hops"
        parts.append((label, [row for row in answerable if row.question.hops == hops]))
    parts.append(("unanswerable", [row for row in rows if row.scores is None]))
    return EvaluationReport(
        k=k,
        seed=seed,
        groups=tuple(_group(name, members, seed) for name, members in parts if members),
        latency_ms=_latency([row.outcome.timings_ms for row in rows if row.outcome is not None]),
        errors=sum(bool(row.error) for row in rows),
        rows=tuple(rows),
    )


def ask_one(question: Question, ask: Callable[[str], Outcome], *, k: int = 5) -> AnswerRow:
    """Ask one question and score the answer.

    If ``ask`` raises a SanderlingError, the row has zeros.
    """
    has_answer = bool(question.answers)
    try:
        outcome = ask(question.text)
    except SanderlingError as error:
        nothing = Scores(recall=0.0, all_gold=0.0, em=0.0, f1=0.0, contains=0.0) if has_answer else None
        message = f"{type(error).__name__}: {error}"
        return AnswerRow(question=question, outcome=None, error=message, scores=nothing, declined=0.0)
    scores = None
    if has_answer:
        scores = Scores(
            recall=quality.recall_at(k, outcome.sources, question.gold),
            all_gold=quality.all_at(k, outcome.sources, question.gold),
            em=quality.exact_match(outcome.text, question.answers),
            f1=quality.f1(outcome.text, question.answers),
            contains=quality.contains(outcome.text, question.answers),
        )
    declined = quality.declined(outcome.text)
    return AnswerRow(question=question, outcome=outcome, error="", scores=scores, declined=declined)


def _group(name: str, rows: Sequence[AnswerRow], seed: int) -> Group:
    columns: dict[str, list[float]] = {}
    for row in rows:
        measures: dict[str, float] = {} if row.scores is None else msgspec.structs.asdict(row.scores)
        for field, value in {**measures, "declined": row.declined}.items():
            columns.setdefault(field, []).append(value)
    return Group(name=name, n=len(rows), estimates={field: estimate(values, seed) for field, values in columns.items()})


def _latency(timings: Sequence[Timings]) -> dict[str, Percentiles]:
    stages = {stage: [getattr(one, stage) for one in timings] for stage in Timings.__struct_fields__}
    return {stage: percentiles(values) for stage, values in stages.items() if any(values)}


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return ``head`` and ``rows`` as a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
