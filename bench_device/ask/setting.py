"""Ask every version of Sanderling all questions, in one setting with one model or one ladder of models.

Every version is asked a question before the next one, and they take turns at being first, so whatever else happens on
the device concerns all. A setting starts its processes anew: otherwise a question would find its prompt kept from the
setting before.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from msgspec.structs import replace

from ...device import profiles
from ...errors import SanderlingError
from ..answers.open_workload import Progress
from ..metrics import quality
from ..run.questions import WARM_UP
from ..sensors import Watch
from ..sensors.reading import Reading
from ..sensors.verdict import judge
from ..workloads import Question
from .busy import Busy
from .cold import Cold
from .options import AskOptions
from .report import SettingReport, compared, version_report
from .resident import Resident
from .sample import Sample
from .subject import Subject
from .version import Version


@dataclass
class Results:
    """The measurements so far."""

    settings: list[SettingReport] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


def ask_in_setting(
    wanted: AskOptions,
    subject: Subject,
    setting: str,
    busy: int,
    versions: Sequence[Version],
    questions: Sequence[Question],
    results: Results,
    on_progress: Progress,
) -> None:
    """Ask all questions in one setting, and add the measurements to ``results``.

    If Ctrl-C ends the run, the questions that every version was asked by then are added.

    ``busy``: number of busy processes beside. Raises SanderlingError if a version cannot be asked at all.
    """
    asked: list[Sample] = []
    readings: list[Reading] = []
    beside = Busy(busy)
    children_s = _children_s()
    try:
        with Watch(None, readings), beside, ExitStack() as stack:
            askers = [stack.enter_context(closing(_asker(wanted, subject, setting, each))) for each in versions]
            for number, question in enumerate(questions):
                for asker in askers if number % 2 == 0 else reversed(askers):
                    asked.append(_ask(asker, subject, setting, question, wanted.max_tokens))
                on_progress(number + 1, len(questions), f"{subject.label} {setting}")
    finally:
        samples = _asked_of_all(asked, len(versions))
        if samples:
            # All processes of this setting have ended, so what they used is known, and is not the use of others.
            readings[-1] = replace(readings[-1], own_s=readings[-1].own_s + _children_s() - children_s)
            results.samples += samples
            by_version = [[each for each in samples if each.version == version.name] for version in versions]
            n_threads = wanted.n_threads or profiles.choose(subject.profile).profile.threads_prefill
            results.settings.append(
                SettingReport(
                    label=subject.label,
                    profile=subject.profile,
                    setting=setting,
                    busy_share=beside.share,
                    verdict=judge(readings, [], n_threads),
                    versions=tuple(version_report(each, wanted.seed) for each in by_version),
                    comparison=compared(by_version[0], by_version[1], wanted.seed) if len(by_version) > 1 else None,
                )
            )


def _asker(wanted: AskOptions, subject: Subject, setting: str, version: Version) -> Cold | Resident:
    options = {**subject.options, "engine": wanted.engine}
    if setting == "cold":
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        words += ["--threads", str(wanted.n_threads)] if wanted.n_threads is not None else []
        cold = Cold(version, words)
        cold.ask(WARM_UP, 8)  # from then on its files are in the page cache
        return cold
    arguments = {**options, "n_threads": wanted.n_threads}
    return Resident(version, arguments, WARM_UP, ordinary=setting.startswith("busy"))


def _ask(asker: Cold | Resident, subject: Subject, setting: str, question: Question, max_tokens: int) -> Sample:
    blank = Sample(
        label=subject.label,
        profile=subject.profile,
        setting=setting,
        version=asker.version.name,
        question_id=question.id,
        began_s=time.time(),
    )
    try:
        asked = asker.ask(question.text, max_tokens)
    except SanderlingError as error:
        return replace(blank, error=str(error))
    return replace(
        blank,
        wall_ms=asked.wall_ms,
        said=asked.said,
        engine=asked.engine,
        f1=quality.f1(asked.said.text, question.answers),
    )


def _asked_of_all(asked: Sequence[Sample], versions: int) -> list[Sample]:
    """Return the samples of the questions that every version was asked."""
    times = Counter(sample.question_id for sample in asked)
    return [sample for sample in asked if times[sample.question_id] == versions]


def _children_s() -> float:
    """Return the CPU seconds of this process's ended children, including those of their own ended children."""
    times = os.times()
    return times.children_user + times.children_system
