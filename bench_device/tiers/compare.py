"""Asks the questions of a workload on this device alone, then with the tiers of ``config.toml``.

A question is asked both ways before the next one, so that whatever else the machine does meets both. The local models,
the router and the notes are the same. Notes of the workload are sent to the tiers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ...config import Config
from ...device.machine import machine_block
from ...device.profiles import choose
from ...errors import SanderlingError, UsageError
from ...models import configured
from ...privacy import PrivacySettings
from ...records import Privacy, Record
from ...runtime import Runtime
from ..interruptible import Interruptible
from ..isolated import open_isolated
from ..metrics import quality
from ..metrics.percentiles import Percentiles, percentiles
from ..workloads import Question, load

MAX_TOKENS = 48
SEED = 0


class Asked(Record):
    """One question asked one way: on this device alone, or with tiers."""

    question_id: str
    way: str
    model_id: str
    wall_ms: float
    f1: float
    contains: float
    left_device: bool
    sent_bytes: int
    error: str = ""


class Way(Record):
    """Results of all questions asked one way."""

    name: str
    n: int
    wall_ms: Percentiles
    f1: float
    contains: float
    left_share: float
    """Share of the questions of which anything left the device."""
    sent_bytes: float
    """Mean bytes sent per question."""
    failed: int
    models: dict[str, int]
    """How many questions each model answered."""


class TiersReport(Record):
    """Results with tiers and on this device alone."""

    machine: dict[str, object]
    workload: str
    settings: dict[str, object]
    ways: tuple[Way, ...]
    asked: tuple[Asked, ...]
    interrupted: bool = False


def tiered_config(privacy: Privacy) -> Config:
    """Return default settings with the user's tiers, and ``always_largest``. Raises UsageError if there are none."""
    own = configured.load()
    if not own.tier:
        raise UsageError("config.toml names no other machine: add a [[tier]], see docs/tiers.md")
    kept = msgspec.structs.replace(own.privacy, limit=privacy)
    return Config(
        tier=own.tier,
        always_largest=own.always_largest,
        state_disk_bytes=0,
        privacy=PrivacySettings(limit=kept.limit, never_leave=kept.never_leave),
    )


def compare(
    workload: str,
    *,
    ladder: str | None = None,
    model: str | None = None,
    privacy: Privacy = "own",
    budget_ms: float | None = None,
    limit: int | None = None,
    profile: str = "auto",
    n_threads: int | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> TiersReport:
    """Ask each question twice: with the privacy ``local``, and with ``privacy``.

    ``limit``: number of leading questions; None: all. Raises UsageError without tiers, and the errors of opening the
    runtime.
    """
    work, config = load(workload), tiered_config(privacy)
    questions = work.questions[:limit]
    detected = choose(profile)
    machine = machine_block(detected.device)
    asked: list[Asked] = []
    with (
        TemporaryDirectory() as folder,
        Interruptible() as stop,
        open_isolated(
            Path(folder) / "bench.sanderling",
            model,
            profile=profile,
            n_threads=n_threads,
            ladder=ladder,
            config=config,
        ) as runtime,
    ):
        runtime.add(work.notes)
        runtime.ask(questions[0].text, max_tokens=1)  # the first question loads the local model
        for number, question in enumerate(questions):
            ways: tuple[Privacy, ...] = ("local", privacy)
            # In turns, because the second finds the prompt's state where both are answered here.
            asked += [_ask(runtime, question, way, budget_ms) for way in (ways if number % 2 else reversed(ways))]
            on_progress(number + 1, len(questions), question.id)
    stop.require(asked)
    return TiersReport(
        machine=machine,
        workload=work.name,
        settings={
            "privacy": privacy,
            "budget_ms": budget_ms,
            "always_largest": config.always_largest,
            "tiers": [tier.name for tier in config.tier],
            "max_tokens": MAX_TOKENS,
            "profile": detected.profile.name,
        },
        ways=tuple(_way(way, [each for each in asked if each.way == way]) for way in ("local", privacy)),
        asked=tuple(asked),
        interrupted=stop.came,
    )


def _ask(runtime: Runtime, question: Question, way: Privacy, budget_ms: float | None) -> Asked:
    before = sum(tier.sent_bytes for tier in runtime.tier_states())
    began = time.perf_counter()
    text, model_id, left, error = "", "", False, ""
    try:
        answer = runtime.ask(
            question.text, privacy=way, temperature=0, max_tokens=MAX_TOKENS, cache=False, budget_ms=budget_ms
        )
        text, model_id, left = answer.text, answer.route.model_id, answer.left_device
    except SanderlingError as failed:
        error = type(failed).__name__
    sent = sum(tier.sent_bytes for tier in runtime.tier_states()) - before
    return Asked(
        question_id=question.id,
        way=way,
        model_id=model_id,
        wall_ms=1e3 * (time.perf_counter() - began),
        f1=quality.f1(text, question.answers),
        contains=quality.contains(text, question.answers),
        left_device=left or sent > 0,
        sent_bytes=sent,
        error=error,
    )


def _way(name: str, asked: Sequence[Asked]) -> Way:
    n = len(asked)
    models = [each.model_id for each in asked if each.model_id]
    return Way(
        name=name,
        n=n,
        wall_ms=percentiles([each.wall_ms for each in asked]),
        f1=sum(each.f1 for each in asked) / n,
        contains=sum(each.contains for each in asked) / n,
        left_share=sum(each.left_device for each in asked) / n,
        sent_bytes=sum(each.sent_bytes for each in asked) / n,
        failed=sum(bool(each.error) for each in asked),
        models={model: models.count(model) for model in dict.fromkeys(models)},
    )
