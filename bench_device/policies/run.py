"""Run the whole evaluation: read a collection, evaluate the policies, report, and write weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from msgspec.structs import replace

from ...device import profiles
from ...device.machine import machine_block
from ...errors import UsageError
from ...records import Record
from ...router.contract import CONFIDENT
from ...router.features import INDEX, VERSION
from ...router.labels.rows import Rows, read
from ...router.labels.settings import COUNT
from ...router.labels.table import Table, tabulate
from ...router.training.settings import Settings
from ...router.training.sweep import sweep
from ...router.training.train import Trained
from . import from_rows, shipping, tables
from .cells import KINDS, TEXT, kinds, sets
from .evaluate import BIG, Evaluation, Played, apart, evaluate, play
from .fixed import Rule
from .line_up import line_up
from .naive import beside
from .network import ONE_STEP, TWO_STEPS
from .targets import targets

ELSEWHERE = 24
"""Number of evaluation settings when not evaluating on this device alone."""
LEAST_QUESTIONS = 10


class EvaluationOptions(Record):
    """Options of an evaluation."""

    rows: Path | None = None
    """File of collected answers; None: the shipped collection."""
    naive: Path | None = None
    """The naive system's answers to the same questions; None: no comparison."""
    full: Path | None = None
    """Answers of the largest model with its full context to some of the questions; None: no comparison."""
    by_set: bool = False
    """Judge each set of questions by training on the other sets, instead of in ``folds``."""
    settings: int = COUNT
    """Number of training settings."""
    folds: int = 5
    everywhere: bool = False
    """Evaluate in other settings of all profiles instead of on this device."""
    budget_ms: float | None = None
    profile: str = profiles.AUTO
    n_threads: int | None = None
    training: Settings = Settings()
    """Training settings. Their seed is also that of the folds, the settings and the bootstrap."""


class Run:
    """One collection, and the evaluation of policies on it."""

    def __init__(self, wanted: EvaluationOptions) -> None:
        """Read the rows. Raises UsageError when they cannot be read, or are too few to split."""
        self._wanted = wanted
        self._rows: Rows = read(wanted.rows or shipping.COLLECTED)
        self._table: Table = tabulate(self._rows)
        if len(self._table) < LEAST_QUESTIONS:
            raise UsageError(
                f"{wanted.rows} holds {len(self._table)} questions, too few to split:"
                " let  sanderling router collect  run"
            )
        self._naive = tabulate(read(wanted.naive)) if wanted.naive is not None else None
        self._full = tabulate(read(wanted.full)) if wanted.full is not None else None
        if wanted.by_set and len(np.unique(sets(self._table))) < 2:
            raise UsageError("the questions are of one set, so none can be left out: collect of several with --data")
        if wanted.naive is not None and wanted.everywhere:
            raise UsageError("the naive system is compared on this device: leave out --everywhere")
        for path, other in ((wanted.naive, self._naive), (wanted.full, self._full)):
            if other is not None and other.ladder != self._table.ladder:
                raise UsageError(f"{path} is of {', '.join(other.ladder)}: collect with the ladder of the rows")
        self._detected = profiles.choose(wanted.profile)
        profile = self._detected.profile
        here = replace(profile, threads_decode=wanted.n_threads or profile.threads_decode)
        self._home = from_rows.at_home(self._table, here, wanted.budget_ms)
        self.machine = machine_block(self._detected.device)

    def play(self) -> Played:
        """Train every policy and let it choose, fold by fold; return all choices."""
        wanted, seed = self._wanted, self._wanted.training.seed
        parts = sets(self._table) if wanted.by_set else wanted.folds
        judged_in = from_rows.elsewhere(self._table, ELSEWHERE, seed) if wanted.everywhere else [self._home]
        return play(
            list(from_rows.folds(self._table, judged_in, parts, wanted.settings, seed)),
            confidence_feature=INDEX["draft_mean_logprob"],
            others=line_up(self._table),
            settings=wanted.training,
            confident=CONFIDENT,
            seed=seed,
        )

    def evaluate(self, played: Played) -> Evaluation:
        """Return the results of all policies, with a comparison to the naive system if that system's answers are given.

        Only questions that ask for a text count, unless there are none; sums and questions that ask for yes or no are
        reported apart.
        """
        seed = self._wanted.training.seed
        of_kind = kinds(self._table)[played.board.question]
        text, others = played.take(of_kind == TEXT), [kind for kind in KINDS if kind != TEXT and kind in of_kind]
        separate = tuple(line for kind in others for line in apart(played.take(of_kind == kind), kind, seed))
        played = text if len(text.board) else played
        found = replace(evaluate(played, seed), apart=separate)
        if not self._wanted.everywhere:
            sources = self._table, self._home, self._naive, self._full
            found = replace(found, targets=targets(played.chosen, played.chosen[BIG], played.board, *sources, seed))
        if self._naive is None:
            return found
        names = (Rule.name, ONE_STEP, TWO_STEPS)
        compared = [
            beside(name, played.chosen[name], played.board, self._table, self._naive, self._home, seed)
            for name in names
        ]
        return replace(found, beside=tuple(compared))

    def markdown(self, found: Evaluation) -> str:
        """Return the results as Markdown tables, preceded by the settings."""
        here = f"this device by the profile {self._home.name}"
        where = f"{ELSEWHERE} settings of all profiles" if self._wanted.everywhere else here
        return f"ladder {', '.join(self._table.ladder)}; {where}\n\n{tables.markdown(found)}"

    def sizes(self) -> tuple[Trained, ...]:
        """Train networks of several hidden sizes, and return them for comparison."""
        training = self._wanted.training
        examples = shipping.everything(self._table, training, self._wanted.settings)
        return sweep(examples, self._table.ladder, VERSION, settings=training)

    def ship(self, found: Evaluation, out: Path) -> None:
        """Train the weights to ship, and write them to the file ``out``.

        A note about them is written beside it.
        """
        wanted, training = self._wanted, self._wanted.training
        out.write_bytes(shipping.ship(self._rows, self._table, found, training, wanted.settings))
        options = (
            f"--settings {wanted.settings} --folds {wanted.folds} --hidden {training.hidden}"
            f" --epochs {training.epochs} --seed {training.seed}"
        )
        options += f" --threads {wanted.n_threads}" if wanted.n_threads else ""
        options += f" --budget-ms {wanted.budget_ms:.0f}" if wanted.budget_ms else ""
        options += " --everywhere" * wanted.everywhere
        told = shipping.note(
            f"sanderling bench router {options} --ship {out.name}",
            str(self.machine["commit"]),
            shipping.source(self._rows, self._table),
            found,
            self.markdown(found),
        )
        out.with_suffix(".md").write_text(told, encoding="utf-8")
