"""Mark the answers that ``bench answers`` collected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...records import Record
from ..answers.evaluate import AnswerRow, table
from ..answers.open_workload import Progress
from ..answers.report import AnswersReport
from ..interruptible import Interruptible
from ..metrics.estimate import Estimate, estimate, show
from .agreement import Agreement, agreement
from .marks import Mark, Marks
from .rubric import Judge, Judged


class MarkedAnswers(Record):
    """Marks of one model's answers with one search method."""

    model_id: str
    way: str
    mark: Estimate | None
    """Mean mark, from 1 to 5; None: no answer has one."""
    marks: dict[str, float]
    """Marks by question."""
    failed: int
    """Answers without a mark."""
    why: str
    """Why the first of these has none; empty: all have one."""
    agreement: tuple[Agreement, ...]


class JudgeReport(Record):
    """Marks of all answers of a report."""

    judge: str
    marked: tuple[MarkedAnswers, ...]
    interrupted: bool = False

    def to_markdown(self) -> str:
        """Return the mean marks, and their agreement with EM, F1 and "contains", as tables."""
        rows = [
            [each.model_id, each.way, str(len(each.marks)), show(each.mark), str(each.failed)] for each in self.marked
        ]
        parts = [f"\nmarks from 1 to 5 by {self.judge}\n", table(["model", "search", "n", "mark", "no mark"], rows)]
        found = [
            [each.model_id, each.way, one.measure, str(one.n), show(one.spearman), show(one.auroc)]
            for each in self.marked
            for one in each.agreement
        ]
        if found:
            parts.append("\nagreement of the marks with other measures, with 95 per cent intervals\n")
            parts.append(table(["model", "search", "measure", "n", "Spearman", "AUROC"], found))
        parts += [
            f"\n{each.failed} answers of {each.model_id} have no mark: {each.why}\n" for each in self.marked if each.why
        ]
        return "\n".join(parts)


def mark_answers(
    report: AnswersReport,
    judge: Judge,
    *,
    raw: Path | None = None,
    seed: int = 0,
    on_progress: Progress = lambda done, total, what: None,
) -> JudgeReport:
    """Mark each answer of ``report``; the judge also sees the accepted answers.

    ``raw``: file of the marks, to go on from. An answer that failed is not judged. Raises UsageError for the file of
    another judge.
    """
    total, done, stop = sum(len(way.report.rows) for way in report.ways), 0, Interruptible()
    found: dict[tuple[str, str], list[tuple[AnswerRow, Mark]]] = {}
    with Marks(raw, judge) as marks, stop:
        for way in report.ways:
            of_way = found.setdefault((way.model_id, way.way), [])
            for row, judged in _judgeable(way.report.rows):
                of_way.append((row, marks.of(judged)))
                done += 1
                on_progress(done, total, f"marks {way.model_id}")
    stop.require([each for of_way in found.values() for each in of_way])
    return JudgeReport(
        judge=judge.id,
        marked=tuple(_summary(model, way, rows, seed) for (model, way), rows in found.items() if rows),
        interrupted=stop.came,
    )


def _judgeable(rows: tuple[AnswerRow, ...]) -> Iterator[tuple[AnswerRow, Judged]]:
    for row in rows:
        if row.outcome is not None:
            question = row.question
            yield row, Judged(question=question.text, answers=question.answers, said=row.outcome.text)


def _summary(model: str, way: str, rows: list[tuple[AnswerRow, Mark]], seed: int) -> MarkedAnswers:
    marked = [(row, mark.score) for row, mark in rows if mark.score is not None]
    scored = [(row.scores, score) for row, score in marked if row.scores is not None]
    scores = [score for _, score in scored]
    return MarkedAnswers(
        model_id=model,
        way=way,
        mark=estimate([score for _, score in marked], seed) if marked else None,
        marks={row.question.id: score for row, score in marked},
        failed=len(rows) - len(marked),
        why=next((mark.error for _, mark in rows if mark.score is None), ""),
        agreement=tuple(
            agreement(name, scores, values, right_from, seed)
            for name, values, right_from in (
                ("EM", [each.em for each, _ in scored], 1.0),
                ("F1", [each.f1 for each, _ in scored], 0.5),
                ("contains", [each.contains for each, _ in scored], 1.0),
            )
            if scored
        ),
    )
