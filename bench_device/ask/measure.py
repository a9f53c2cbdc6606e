"""Put a workload's one-note questions to one or two versions of Sanderling, in every setting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ...device import profiles
from ...device.machine import machine_block
from ...errors import SanderlingError, UsageError
from ..answers.open_workload import Progress, drawn
from ..interruptible import Interruptible
from ..matrix.matrix import LeftOut
from ..scenarios.target import TIERS, Target, Tier, target
from ..workloads import Question, Workload, load
from .busy import scheduling
from .compute import Computed, compute
from .options import BUSY_PROCESSES, AskOptions
from .report import AskReport, SettingReport
from .sample import Sample
from .setting import Results, ask_in_setting
from .subject import Subject, subjects
from .version import Version, other, this


def measure(wanted: AskOptions, on_progress: Progress = lambda done, total, what: None) -> AskReport:
    """Ask the questions in every setting of ``wanted``, and return the report.

    Raises UsageError for a workload without one-note questions and for no model; the errors of resolving a model; and
    SanderlingError if a version cannot be started, or if nothing could be asked.
    """
    work = load(wanted.workload)
    questions = drawn(one_note(work), wanted.questions, wanted.seed)
    if not questions:
        raise UsageError(f"{wanted.workload} has no question that one note answers: name another set")
    asked_of = list(subjects(wanted))
    if not asked_of:
        raise UsageError("there is nobody to ask: name a --model or a --ladder")
    machine = machine_block()  # before the work: it names the commit that is measured
    started = datetime.now(UTC).isoformat(timespec="seconds")
    results, left_out = Results(), list[LeftOut]()
    with TemporaryDirectory() as folder:
        versions = [this(Path(folder) / "this")]
        if wanted.against is not None:
            versions.append(other(wanted.against, Path(folder) / "before"))
        before = versions[1].describe() if len(versions) > 1 else None
        with Interruptible() as stop:
            _ingest(versions, work, on_progress)
            for subject in asked_of:
                for setting, busy in _settings(wanted):
                    try:
                        ask_in_setting(wanted, subject, setting, busy, versions, questions, results, on_progress)
                    except SanderlingError as error:
                        left_out.append(LeftOut(what=f"{subject.label} {setting}", why=str(error)))
    if not results.samples and left_out:
        raise SanderlingError(f"{left_out[0].what}: {left_out[0].why}")
    stop.require(results.samples)
    return AskReport(
        machine=machine,
        before=before,
        started=started,
        settings=_described(wanted),
        workload=work.name,
        questions=tuple(question.id for question in questions),
        targets=tuple(judged(results.settings, profiles.detect().profile.device_class)),
        computed=tuple(each for subject in asked_of for each in _computed(subject, results.samples)),
        results=tuple(results.settings),
        samples=tuple(results.samples),
        left_out=tuple(left_out),
        interrupted=stop.came,
    )


def one_note(work: Workload) -> tuple[Question, ...]:
    """Return the questions that can be answered from a single note."""
    return tuple(question for question in work.questions if question.hops == 1 and question.answers)


def judged(settings: Sequence[SettingReport], device_class: str) -> Iterator[Target]:
    """Judge the median latency of each warm or cold setting by the target for this device's class.

    A warm setting is judged by the other tier's target, too.

    ``device_class``: that of this device, whatever profile was named.
    """
    own = TIERS[device_class]
    others: tuple[Tier, ...] = ("B",) if own == "A" else ("A",)
    for each in settings:
        ours = each.versions[0]
        if each.setting not in ("warm", "cold") or ours.wall_ms is None:
            continue
        profile = "" if each.profile == profiles.AUTO else f", profile {each.profile}"
        for tier in (own, *others) if each.setting == "warm" else (own,):
            yield target(
                f"{each.label}, {each.setting}{profile}",
                device_class,
                median_ms=ours.wall_ms.p50,
                interval_ms=ours.p50_interval_ms,
                shares=ours.shares,
                verdict=each.verdict.name,
                tier=tier,
            )


def _ingest(versions: Sequence[Version], work: Workload, on_progress: Progress) -> None:
    for number, version in enumerate(versions):
        on_progress(number, len(versions), f"ingest by {version.name}")
        version.ingest(work.notes)


def _settings(wanted: AskOptions) -> Iterator[tuple[str, int]]:
    """Yield the name of each setting and its number of busy processes."""
    for way in wanted.ways:
        if way == "busy":
            yield from ((f"busy {count}", count) for count in BUSY_PROCESSES)
        else:
            yield way, 0


def _computed(subject: Subject, samples: Sequence[Sample]) -> tuple[Computed, ...]:
    """Return the computed times of a model; empty for a ladder, whose choice depends on the device."""
    if subject.model is None:
        return ()
    warm = [
        sample
        for sample in samples
        if (sample.label, sample.profile) == (subject.label, subject.profile)
        and (sample.setting, sample.version, sample.error) == ("warm", "this", "")
    ]
    return compute(subject.label, warm, subject.model_bytes, subject.parameters)


def _described(wanted: AskOptions) -> dict[str, object]:
    return {
        "profiles": list(wanted.profiles),
        "engine": wanted.engine,
        "threads": wanted.n_threads or "as the profile says",
        "ways": list(wanted.ways),
        "against": None if wanted.against is None else str(wanted.against),
        "max_tokens": wanted.max_tokens,
        "router": "rule",
        "scheduling": scheduling(),
        "seed": wanted.seed,
    }
