"""Asks one system one question."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec.structs import replace

from ...errors import SanderlingError
from ...records import Answer
from ..answers.measure import MAX_TOKENS
from ..answers.open_workload import asking
from ..routing.sets import Item
from ..run.questions import WARM_UP
from .open_system import Opened
from .row import SystemRow, blank, scored, worth_of
from .subject import Subject


def warm_up(opened: Sequence[Opened], subject: Subject) -> None:
    """Load every model of every system, and let it keep its system prompt, as after a first question."""
    for each in opened:
        with asking(each.runtime, subject.memories[each.system.way]):
            for model in each.files:
                each.runtime.ask(WARM_UP, temperature=0, max_tokens=1, context=each.context, model=model, cache=False)


def ask(opened: Opened, subject: Subject, item: Item, turn: int) -> SystemRow:
    """Ask one system a question about the notes of ``subject``. An answer that fails is a row with the error."""
    system, row = opened.system, blank(item, opened.system.name, opened.router_id, turn, time.time())
    opened.work.begin()
    try:
        with asking(opened.runtime, subject.memories[system.way]):
            answer: Answer = opened.runtime.ask(
                item.question.text,
                temperature=0,
                max_tokens=MAX_TOKENS,
                context=opened.context,
                model=next(iter(opened.files)) if opened.context is not None else "",
                cache=False,
            )
    except SanderlingError as error:
        row = replace(row, error=f"{type(error).__name__}: {error}")
    else:
        row = scored(row, item, answer, subject.shown(answer))
    work = opened.work
    if work.first_text is not None and not row.liked:
        row = replace(row, first_quality=worth_of(work.first_text, item), first_ms=work.first_ms)
    return replace(row, drafts=work.drafts, computed_tokens=work.tokens, tflop=work.tflop, cpu_ms=work.cpu_ms)
