"""The report on verifiers as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..metrics.estimate import show
from .report import COVERAGES, Report


def markdown(found: Report) -> str:
    """Return three tables: areas under the curve, selective accuracy, and the worth of verifiers.

    The areas are by model and set.
    """
    drafts = found.drafts
    questions = len(np.unique(drafts.question))
    sets = [drafts.sets[at] for at in np.unique(drafts.set).tolist()]
    curves: list[Sequence[str]] = [
        (
            *(each.name, of.model_id, str(of.drafts), f"{of.right:.2f}", show(of.auroc)),
            *(f"{of.by_set.get(name, float('nan')):.2f}" for name in sets),
        )
        for each in found.judged
        for of in each.models
    ]
    surest: list[Sequence[str]] = [
        (each.name, of.model_id, *(f"{value:.2f}" for value in of.selective))
        for each in found.judged
        for of in each.models
    ]
    worth: list[Sequence[str]] = [
        (
            each.name,
            f"{each.calibration_error:.3f}",
            f"{each.not_sure:.2f}",
            show(each.not_sure_wrong),
            show(each.wrong_not_sure),
            show(each.utility, "+.3f"),
            show(found.differences.get(each.name), "+.3f"),
            "yes" if each is found.best else "",
        )
        for each in found.judged
    ]
    return "\n\n".join(
        (
            f"{len(drafts)} drafts of {questions} questions; each set is judged by a fit to the others",
            _table(("verifier", "model", "drafts", "right", "AUROC, pooled", *sets), curves),
            "Accuracy of the surest drafts\n\n"
            + _table(("verifier", "model", *(f"{coverage:.0%}" for coverage in COVERAGES)), surest),
            _table(
                (
                    "verifier",
                    "calibration error",
                    "not sure",
                    "of these wrong",
                    "of the wrong not sure",
                    "utility of going on",
                    "less the first",
                    "best",
                ),
                worth,
            ),
        )
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
