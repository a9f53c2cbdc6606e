"""Summarise the results of models and search methods: means, differences, and Markdown tables.

Two methods are compared by the mean difference per question and its interval over questions (paired bootstrap, Efron
and Tibshirani 1993, chapter 8), which cancels the difficulty of the questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from ...models.gguf import SYNTHETIC
from ...records import ContextBin, Record
from ..metrics.estimate import Estimate, estimate, show
from .evaluate import AnswerRow, EvaluationReport, Scores, summary, table

_TITLES = {"recall": "R@5", "all_gold": "all@5", "em": "EM", "f1": "F1", "contains": "contains"}


class Asked(Record):
    """One question put to one model with one search method, and the scored answer."""

    model_id: str
    quant: str
    synthetic: bool
    """Whether weights are random, which makes quality meaningless."""
    engine: str
    router: str
    way: str
    context: ContextBin | None
    """Context size used; None: the request failed."""
    context_tokens: int
    row: AnswerRow


class WayReport(Record):
    """Results of one model with one search method."""

    model_id: str
    quant: str
    synthetic: bool
    engine: str
    router: str
    way: str
    contexts: dict[str, int]
    """Number of questions per context size, by its name and tokens."""
    prompt_tokens: float
    """Mean length of the prompt, including system prompt and question."""
    report: EvaluationReport


class Difference(Record):
    """Mean gain in each score from search method ``way`` over search method ``over``, with the same model.

    A way is a search method, and a context where several are compared; ``over`` is the one measured first.
    """

    model_id: str
    way: str
    over: str
    notes: str
    """How many notes the questions need: ``all``, or ``1`` and ``2+`` where there are both."""
    n: int
    estimates: dict[str, Estimate]


class AnswersReport(Record):
    """Results of all models and search methods on one workload, with the settings needed to repeat the run."""

    machine: dict[str, object]
    workload: str
    questions: int
    settings: dict[str, object]
    ways: tuple[WayReport, ...]
    differences: tuple[Difference, ...]
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""

    def to_markdown(self) -> str:
        """Return the tables of all models and methods, preceded by the settings and followed by the differences."""
        settings = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        parts = [f"\nworkload {self.workload}, {self.questions} questions; {settings}"]
        for each in self.ways:
            contexts = ", ".join(f"{name} {count}" for name, count in each.contexts.items())
            quant = f"{each.quant} ({SYNTHETIC})" if each.synthetic else each.quant
            parts.append(
                f"\n{each.model_id} {quant}, {each.engine}, router {each.router}, search: {each.way}; "
                f"contexts: {contexts}; {each.prompt_tokens:.0f} prompt tokens on average\n"
            )
            parts.append(each.report.to_markdown())
        if self.differences:
            parts.append("\ndifferences over the same questions, with 95 per cent intervals\n")
            rows = [
                [each.model_id, f"{each.way} - {each.over}", each.notes, str(each.n)]
                + [show(each.estimates[field], "+.3f") for field in _TITLES]
                for each in self.differences
            ]
            parts.append(table(["model", "search", "notes", "n", *_TITLES.values()], rows))
        return "\n".join(parts)


def way_reports(asked: Sequence[Asked], seed: int) -> tuple[WayReport, ...]:
    """Return one summary for each pair of model and search method, in the order of ``asked``.

    Rows of the same pair must be adjacent.
    """
    return tuple(_way(list(rows), seed) for _, rows in groupby(asked, key=lambda each: (each.model_id, each.way)))


def _way(asked: list[Asked], seed: int) -> WayReport:
    first = asked[0]
    contexts = [f"{each.context} ({each.context_tokens} tokens)" for each in asked if each.context]
    prompts = [each.row.outcome.prompt_tokens for each in asked if each.row.outcome is not None]
    return WayReport(
        model_id=first.model_id,
        quant=first.quant,
        synthetic=first.synthetic,
        engine=first.engine,
        router=first.router,
        way=first.way,
        contexts={name: contexts.count(name) for name in dict.fromkeys(contexts)},
        prompt_tokens=float(np.mean(prompts)) if prompts else 0.0,
        report=summary([each.row for each in asked], seed=seed),
    )


def differences(reports: Sequence[WayReport], seed: int) -> tuple[Difference, ...]:
    """Return, for each model, the gain of each search method over the method measured first.

    Only answerable questions count.
    """
    found = []
    for _, of_model in groupby(reports, key=lambda each: each.model_id):
        first, *others = of_model
        for notes in _kinds(first):
            base = _scores(first, notes)
            for other in others:
                pairs = [(base[name], scores) for name, scores in _scores(other, notes).items() if name in base]
                if pairs:
                    estimates = {
                        field: estimate([getattr(b, field) - getattr(a, field) for a, b in pairs], seed)
                        for field in Scores.__struct_fields__
                    }
                    found.append(
                        Difference(
                            model_id=first.model_id,
                            way=other.way,
                            over=first.way,
                            notes=notes,
                            n=len(pairs),
                            estimates=estimates,
                        )
                    )
    return tuple(found)


def _kinds(report: WayReport) -> tuple[str, ...]:
    hops = {row.question.hops > 1 for row in report.report.rows if row.scores is not None}
    return ("all", "1", "2+") if len(hops) > 1 else ("all",)


def _scores(report: WayReport, notes: str) -> dict[str, Scores]:
    rows = ((row.question, row.scores) for row in report.report.rows)
    return {
        question.id: scores
        for question, scores in rows
        if scores is not None and notes in ("all", "1" if question.hops == 1 else "2+")
    }
