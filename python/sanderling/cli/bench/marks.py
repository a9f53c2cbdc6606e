"""Marks the answers of ``bench answers`` with the judge of ``--judge``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import UsageError

if TYPE_CHECKING:
    from ...bench_device.answers.report import AnswersReport
    from ...bench_device.judge.of_answers import JudgeReport
    from ...engines import EngineName
    from ...records import Privacy


def require_allowed(judge: str, model: str, privacy: Privacy | None) -> None:
    """Raise UsageError unless ``judge`` is ``local`` or a permitted address, or empty with the other two not given.

    Called before any question is asked.
    """
    if not judge:
        if model or privacy:
            raise UsageError("--judge-model and --privacy need --judge, such as --judge local")
        return
    from ...bench_device.judge.opened import require_judge
    from ...models import configured

    require_judge(judge, configured.load(), privacy)


def marked(
    report: AnswersReport,
    judge: str,
    judge_model: str,
    privacy: Privacy | None,
    engine: EngineName,
    profile: str,
    threads: int | None,
    seed: int,
    raw: Path | None,
) -> JudgeReport:
    """Let the judge mark a report's answers, and return the marks.

    ``raw``: file of the answers; the marks go beside it.
    """
    from ...bench_device.judge.of_answers import mark_answers
    from ...bench_device.judge.opened import open_judge
    from ...models import configured
    from ..progress import bar

    beside = None if raw is None else raw.with_name(f"{raw.name}.marks")
    with (
        open_judge(
            judge,
            configured.load(),
            model=judge_model,
            privacy=privacy,
            engine=engine,
            profile=profile,
            n_threads=threads,
        ) as opened,
        bar("marks") as advance,
    ):
        return mark_answers(report, opened.judge, raw=beside, seed=seed, on_progress=advance)
