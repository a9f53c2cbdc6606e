"""Lets a judge mark the logged answers whose text is stored.

The marks are stored as ratings by the judge.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from ...config import Config, home
from ...departure import Departure
from ...errors import UsageError
from ...privacy import Trust
from ...records import Record
from ...telemetry.row import Row
from ...telemetry.store import TelemetryStore
from ..answers.open_workload import Progress
from ..interruptible import Interruptible
from ..systems.logged import LIKED
from .agreement import Agreement, agreement
from .kept_texts import KeptText, kept_texts
from .marks import Mark, Marks
from .opened import OpenJudge
from .remote import RemoteJudge
from .rubric import Judged, asked
from .withheld import withheld

TIER = "judge"
"""Name under which ``log --left-device`` shows what a judge was sent."""


class LogMark(Record):
    """The mark of one answer."""

    request_id: str
    question: str
    model_id: str
    score: float
    rated: float | None
    """Rating by a person, which the mark does not replace; None: there is none."""


class LogJudgement(Record):
    """The marks of all answers that were judged."""

    judge: str
    marks: tuple[LogMark, ...]
    mean: float | None
    stored: int
    """Marks written into the telemetry."""
    left_out: dict[str, int]
    """Number of answers that were not judged, by the reason."""
    agreement: Agreement | None
    """Agreement with a person's ratings; None: no answer has both."""
    interrupted: bool = False


class _Due(NamedTuple):
    row: Row
    text: KeptText
    judged: Judged


def judge_log(
    opened: OpenJudge,
    config: Config,
    *,
    limit: int | None = None,
    again: bool = False,
    dry_run: bool = False,
    seed: int = 0,
    on_progress: Progress = lambda done, total, what: None,
) -> LogJudgement:
    """Judge the newest answers of the telemetry, and store each mark at once.

    A person's rating is compared with the mark and never replaced. ``limit``: most answers; None: all. ``again``: also
    those that a judge has marked before. ``dry_run``: store no mark. Raises UsageError if no answer can be judged;
    StorageFull, MemoryFileError.
    """
    marks, left_out, stored, failed = list[LogMark](), Counter[str](), 0, ""
    stop = Interruptible()
    with ExitStack() as stack:
        store = stack.enter_context(TelemetryStore())
        due = _due(store, opened, config, again, left_out, stack)[-limit if limit else None :]
        with Marks(None, opened.judge) as asking, stop:
            for number, each in enumerate(due, start=1):
                mark = asking.of(each.judged)
                _record_departure(store, opened, each, mark)
                if mark.score is None:
                    left_out["the judge gave no mark"] += 1
                    failed = failed or mark.error
                else:
                    quality = each.row.quality
                    by_person = quality.score if quality.judge_model is None else None
                    if not dry_run and by_person is None:
                        store.rate(each.row.request_id, score=mark.score, judge_model=opened.judge.id)
                        stored += 1
                    marks.append(
                        LogMark(
                            request_id=each.row.request_id,
                            question=each.judged.question,
                            model_id=each.row.router_decision.model_id,
                            score=mark.score,
                            rated=by_person,
                        )
                    )
                on_progress(number, len(due), "answers")
    if not marks and not stop.came:
        reasons = "; ".join(f"{count}: {why}" for why, count in left_out.items()) or "the log is empty"
        raise UsageError(f"no answer can be judged ({reasons}){f'; {failed}' if failed else ''}")
    both = [(each.score, each.rated) for each in marks if each.rated is not None]
    return LogJudgement(
        judge=opened.judge.id,
        marks=tuple(marks),
        mean=float(np.mean([each.score for each in marks])) if marks else None,
        stored=stored,
        left_out=dict(left_out),
        agreement=agreement("rating", [mark for mark, _ in both], [rated for _, rated in both], LIKED, seed)
        if both
        else None,
        interrupted=stop.came,
    )


def _due(
    store: TelemetryStore, opened: OpenJudge, config: Config, again: bool, left_out: Counter[str], stack: ExitStack
) -> list[_Due]:
    """Return the answers to judge, oldest first, and count the others by reason in ``left_out``."""
    texts, found = kept_texts(home()), list[_Due]()
    remote = isinstance(opened.judge, RemoteJudge)
    why = withheld(opened.trust, config, stack)
    for row in store.rows():
        if row.error:
            continue
        text = texts.get(row.request_id)
        if text is None:
            left_out["its text was not kept: only conversations keep them"] += 1
        elif row.quality.judge_model is not None and not again:
            left_out["judged before: give --again"] += 1
        elif remote and (reason := why(row, text)):
            left_out[reason] += 1
        else:
            judged = Judged(question=text.question, said=text.said, answers=None, notes=text.sentences)
            found.append(_Due(row, text, judged))
    return found


def _record_departure(store: TelemetryStore, opened: OpenJudge, each: _Due, mark: Mark) -> None:
    """Record what was sent to another machine, as for a question to a tier."""
    trust: Trust = opened.trust
    if trust == "" or not isinstance(opened.judge, RemoteJudge):
        return
    store.depart(
        each.row.request_id,
        Departure(
            timestamp=datetime.now(UTC).isoformat(timespec="milliseconds"),
            tier=TIER,
            address=opened.judge.place,
            model_id=opened.judge.model,
            trust=trust,
            sent_bytes=len(asked(each.judged).encode()),
            notes=tuple(node_id for _, node_id in each.text.notes),
            outcome="answered" if mark.score is not None else mark.error[:200],
        ),
    )
