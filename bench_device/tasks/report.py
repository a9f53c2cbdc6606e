"""Summarise the rows of all models and templates by kind of task, and write the summary as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...models.task_choice import TaskChoice, TaskKind, Template
from ...records import Record
from ..answers.evaluate import table
from ..metrics.estimate import Estimate, estimate, show
from .choose import MARGIN, Candidate, choose, viable
from .row import TaskRow

LEAST_TASKS = 10
"""Fewer tasks of a kind decide nothing: an interval of two or three values is no wider than they happen to be apart."""


class TaskCell(Record):
    """One model with one template on the tasks of one kind."""

    kind: TaskKind
    model_id: str
    quant: str
    bytes: int
    template: Template
    n: int
    score: Estimate
    median_ms: float
    prompt_tokens: float
    """Mean length of the prompt."""
    viable: bool
    """Whether it is as good as the best, within the margin."""
    chosen: bool


class TasksReport(Record):
    """The rows of all tasks, and the cells and choices computed from the rows."""

    machine: dict[str, object]
    engine: str
    n_threads: int | None
    """None: as the profile says."""
    seed: int
    margin: float
    cells: tuple[TaskCell, ...]
    choices: tuple[TaskChoice, ...]
    unfit: tuple[TaskKind, ...]
    """Kinds for which no model scored above 0 for certain, so that none was chosen."""
    undecided: tuple[TaskKind, ...]
    """Kinds with fewer than :data:`LEAST_TASKS` tasks, so that nothing was chosen."""
    rows: tuple[TaskRow, ...]
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""

    def to_markdown(self) -> str:
        """Return one table of all cells, by kind, and one line for each choice."""
        lines = [
            [
                cell.kind,
                f"{cell.model_id} {cell.quant}",
                f"{cell.bytes / 1e6:,.0f}",
                cell.template,
                str(cell.n),
                show(cell.score),
                f"{cell.median_ms / 1e3:.2f}",
                f"{cell.prompt_tokens:.0f}",
                "chosen" if cell.chosen else "viable" if cell.viable else "",
            ]
            for cell in self.cells
        ]
        head = ["kind", "model", "MB", "template", "n", "score", "P50 s", "prompt tokens", ""]
        said = [
            f"{each.kind}: {each.model_id} {each.quant} with the {each.template} template, the smallest within"
            f" {self.margin:g} of the best"
            for each in self.choices
        ]
        said += [f"{kind}: no model here scores above 0 for certain, so none is chosen" for kind in self.unfit]
        said += [f"{kind}: fewer than {LEAST_TASKS} tasks, which decide nothing" for kind in self.undecided]
        return table(head, lines) + "\n" + "".join(f"{line}\n" for line in said)


def report(
    rows: Sequence[TaskRow],
    *,
    machine: dict[str, object],
    engine: str,
    n_threads: int | None,
    seed: int,
    timestamp: str,
    interrupted: bool = False,
) -> TasksReport:
    """Summarise rows. Of each kind only the tasks count that every model was given with every template.

    A kind that some model was not given at all is left out of the cells.
    """
    cells: list[TaskCell] = []
    choices: list[TaskChoice] = []
    unfit: list[TaskKind] = []
    undecided: list[TaskKind] = []
    subjects = dict.fromkeys((row.model_id, row.template) for row in rows)
    for kind in dict.fromkeys(row.kind for row in rows):
        of_kind = {(row.model_id, row.template, row.task): row for row in rows if row.kind == kind}
        names = dict.fromkeys(task for _, _, task in of_kind)
        common = [task for task in names if all((*subject, task) in of_kind for subject in subjects)]
        if not common:
            continue
        whole = {subject: [of_kind[*subject, task] for task in common] for subject in subjects}
        candidates = {subject: _candidate(those) for subject, those in whole.items()}
        good = viable([*candidates.values()], seed)
        enough = len(common) >= LEAST_TASKS
        taken = choose([*candidates.values()], seed) if enough else None
        for subject, those in whole.items():
            candidate = candidates[subject]
            cells.append(_cell(those, candidate, candidate in good, candidate is taken, seed))
        if not enough:
            undecided.append(kind)
        elif taken is None:
            unfit.append(kind)
        else:
            choices.append(
                _choice(next(cell for cell in cells if cell.chosen and cell.kind == kind), engine, timestamp)
            )
    return TasksReport(
        machine=machine,
        engine=engine,
        n_threads=n_threads,
        seed=seed,
        margin=MARGIN,
        cells=tuple(cells),
        choices=tuple(choices),
        unfit=tuple(unfit),
        undecided=tuple(undecided),
        rows=tuple(rows),
        interrupted=interrupted,
    )


def _candidate(rows: Sequence[TaskRow]) -> Candidate:
    first = rows[0]
    return Candidate(
        model_id=first.model_id,
        bytes=first.bytes,
        template=first.template,
        scores=tuple(row.score for row in rows),
        times_ms=tuple(row.ms for row in rows),
    )


def _cell(rows: Sequence[TaskRow], candidate: Candidate, good: bool, taken: bool, seed: int) -> TaskCell:
    first = rows[0]
    return TaskCell(
        kind=first.kind,
        model_id=first.model_id,
        quant=first.quant,
        bytes=first.bytes,
        template=first.template,
        n=len(rows),
        score=estimate(candidate.scores, seed),
        median_ms=candidate.median_ms,
        prompt_tokens=float(np.mean([row.prompt_tokens for row in rows])),
        viable=good,
        chosen=taken,
    )


def _choice(cell: TaskCell, engine: str, timestamp: str) -> TaskChoice:
    return TaskChoice(
        kind=cell.kind,
        model_id=cell.model_id,
        quant=cell.quant,
        template=cell.template,
        score=cell.score.mean,
        low=cell.score.low,
        high=cell.score.high,
        median_ms=cell.median_ms,
        tasks=cell.n,
        engine=engine,
        timestamp=timestamp,
    )
