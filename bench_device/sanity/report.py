"""Accuracy of each model on each suite, and the differences of each pair of models.

Pairs are compared over the questions that both were asked, by the mean difference per question with its bootstrap
interval (Efron and Tibshirani 1993, chapter 8), which cancels how hard the questions are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from ...records import Record
from ..answers.evaluate import table
from ..metrics.estimate import Estimate, estimate, show
from .instructions import LeftOut
from .row import SanityRow
from .suites import SuiteName


class SuiteResult(Record):
    """Results of one model on one suite."""

    suite: SuiteName
    model: str
    n: int
    accuracy: Estimate
    """For IFEval, of whole prompts, strictly."""
    loose: Estimate | None
    """The same with IFEval's rules taken loosely; None for the other suites."""
    rules: Estimate | None
    """Share of single rules followed, over prompts; None for the other suites."""
    chance: float
    """Accuracy of guessing."""
    by_kind: dict[str, tuple[int, float]]
    """Number of questions and accuracy by kind; for IFEval by rule."""
    generated: int
    """Answers read from generated text, not by likelihood."""
    cut: int
    """Texts that ended at the greatest number of tokens."""
    failed: int
    mean_tokens: float
    mean_ms: float


class PairDifference(Record):
    """Accuracy of one model minus that of another on the same questions."""

    suite: SuiteName
    model: str
    over: str
    n: int
    difference: Estimate
    differs: bool
    """Whether the interval excludes 0."""
    agree: float
    """Share of questions on which both are right or both wrong."""


class SanityReport(Record):
    """Results of all models on all suites, with the settings needed to repeat the run."""

    machine: dict[str, object]
    settings: dict[str, object]
    results: tuple[SuiteResult, ...]
    pairs: tuple[PairDifference, ...]
    left_out: tuple[LeftOut, ...]
    rows: tuple[SanityRow, ...]
    interrupted: bool = False

    def to_markdown(self) -> str:
        """Return the tables of accuracies and of differences, and the rules that are not checked."""
        parts = [f"\n{', '.join(f'{name} {value}' for name, value in self.settings.items() if name != 'files')}\n"]
        parts.append(
            table(
                ["suite", "model", "n", "accuracy", "guessing", "loose", "rules", "cut off", "failed", "tokens", "s"],
                [
                    [
                        *(each.suite, each.model, str(each.n), show(each.accuracy), f"{each.chance:.2f}"),
                        *(show(each.loose), show(each.rules), str(each.cut), str(each.failed)),
                        *(f"{each.mean_tokens:.0f}", f"{each.mean_ms / 1e3:.1f}"),
                    ]
                    for each in self.results
                ],
            )
        )
        if self.pairs:
            parts.append(
                "\ndifferences over the same questions, with 95 per cent intervals; * leaves out 0, as one pair of"
                " twenty does by chance\n"
            )
            rows = [
                [
                    *(each.suite, f"{each.model} - {each.over}", str(each.n)),
                    *(show(each.difference, "+.3f") + (" *" if each.differs else ""), f"{each.agree:.2f}"),
                ]
                for each in self.pairs
            ]
            parts.append(table(["suite", "models", "n", "difference", "agree"], rows))
        if generated := sum(each.generated for each in self.results if each.suite in ("mmlu", "boolq")):
            parts.append(f"\n{generated} options were read from generated text: the engine tells no likelihoods\n")
        if self.left_out:
            parts.append("\nleft out, because the rule cannot be verified here:\n")
            parts += [f"- {each.rule}: {each.questions} questions\n" for each in self.left_out]
        return "\n".join(parts)


def report(
    found: Mapping[SuiteName, Mapping[str, Sequence[SanityRow]]],
    *,
    machine: dict[str, object],
    settings: dict[str, object],
    left_out: tuple[LeftOut, ...],
    chances: Mapping[SuiteName, float],
    seed: int,
    interrupted: bool,
) -> SanityReport:
    """Summarise rows by suite and model. ``chances``: accuracy of guessing in each suite."""
    results, pairs = [], []
    for suite, by_model in found.items():
        asked = {model: rows for model, rows in by_model.items() if rows}
        results += [_result(rows, chances[suite], seed) for rows in asked.values()]
        for over, model in combinations(asked, 2):
            pair = _pair(asked[model], asked[over], seed)
            pairs += [pair] if pair is not None else []
    return SanityReport(
        machine=machine,
        settings=settings,
        results=tuple(results),
        pairs=tuple(pairs),
        left_out=left_out,
        rows=tuple(row for by_model in found.values() for rows in by_model.values() for row in rows),
        interrupted=interrupted,
    )


def _result(rows: Sequence[SanityRow], chance: float, seed: int) -> SuiteResult:
    n, checked = len(rows), rows[0].suite == "ifeval"
    kinds: dict[str, list[float]] = {}
    for row in rows:
        # Of an answer that failed no rule is followed.
        parts = zip(row.rules, row.followed or (False,) * len(row.rules), strict=True)
        for kind, value in parts if checked else ((row.kind, row.score),):
            kinds.setdefault(kind, []).append(float(value))
    shares = [sum(row.followed) / len(row.rules) for row in rows if row.rules]
    return SuiteResult(
        suite=rows[0].suite,
        model=rows[0].model,
        n=n,
        accuracy=estimate([row.score for row in rows], seed),
        loose=estimate([row.loose for row in rows], seed) if checked else None,
        rules=estimate(shares, seed) if checked else None,
        chance=chance,
        by_kind={kind: (len(values), sum(values) / len(values)) for kind, values in sorted(kinds.items())},
        generated=sum(row.how == "generated" for row in rows),
        cut=sum(row.cut for row in rows),
        failed=sum(bool(row.error) for row in rows),
        mean_tokens=sum(row.tokens for row in rows) / n,
        mean_ms=sum(row.took_ms for row in rows) / n,
    )


def _pair(rows: Sequence[SanityRow], over: Sequence[SanityRow], seed: int) -> PairDifference | None:
    """Return the difference of two models over the questions of both; None if there are none."""
    base = {row.digest: row for row in over}
    both = [(row.score, base[row.digest].score) for row in rows if row.digest in base]
    if not both:
        return None
    difference = estimate([mine - its for mine, its in both], seed)
    return PairDifference(
        suite=rows[0].suite,
        model=rows[0].model,
        over=over[0].model,
        n=len(both),
        difference=difference,
        differs=not difference.low <= 0.0 <= difference.high,
        agree=sum(mine == its for mine, its in both) / len(both),
    )
