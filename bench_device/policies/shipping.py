"""Train the shipped weights, and write the note about their origin.

Shipped weights are trained on all questions. The figures in the note come from weights trained the same way but
evaluated on held-out questions.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...router.fastgrnn import to_bytes
from ...router.features import VERSION
from ...router.labels.rows import Rows
from ...router.labels.table import Table
from ...router.training.examples import Examples
from ...router.training.settings import Settings
from ...router.training.train import accepting, train
from .evaluate import Evaluation
from .from_rows import in_many_settings

COLLECTED = Path(__file__).parents[1] / "routing" / "open-small.jsonl.gz"
"""The collected answers in the package; ``open-small.md`` beside them documents how they were made."""


def ship(rows: Rows, table: Table, found: Evaluation, settings: Settings, drawn: int) -> bytes:
    """Train a network on all questions of ``table``, and return it as an int8 weights file.

    ``drawn``: number of random device settings in which the questions are trained. The weights refuse drafts only if
    ``found`` shows that to be significantly better than accepting all.
    """
    trained = train(
        everything(table, settings, drawn), table.ladder, VERSION, settings=settings, source=source(rows, table)
    ).weights
    return to_bytes(trained if found.escalating_pays else accepting(trained), int8=True)


def everything(table: Table, settings: Settings, drawn: int) -> Examples:
    """Return training examples made from the questions of ``table`` in random device settings.

    ``drawn``: number of settings.
    """
    return in_many_settings(table, np.arange(len(table)), drawn, settings.seed).examples(settings.seed)


def source(rows: Rows, table: Table) -> str:
    """Return one line that describes the training data."""
    sets = ", ".join(sorted({each.set for each in table.asked}))
    answers = sum(tried.same_as is None for tried in rows.tried.values())
    return f"{len(table)} questions of {sets} with {answers:,} answers, collected {rows.collections[0].began[:10]}"


def note(command: str, commit: str, of: str, found: Evaluation, report: str) -> str:
    """Return a note in Markdown on the origin and quality of the weights."""
    drafts = (
        "They refuse drafts, because judging drafts was worth more than accepting them all, beyond chance."
        if found.escalating_pays
        else "They accept every draft: judging drafts was not worth more, beyond chance."
    )
    return (
        f"# Where shipped.grnn comes from\n\nMade by `{command}` at commit {commit}, from {of}; it holds nothing of"
        f" them but numbers learned over all. {drafts}\n\nThe figures are of networks trained in the same way on other"
        f" questions than they were judged on; intervals are 95 per cent bootstrap over the questions.\n\n{report}"
    )
