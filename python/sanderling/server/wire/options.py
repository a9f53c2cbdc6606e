"""Sanderling's own request options.

They stand in the field ``sanderling`` of a body and in the headers ``X-Sanderling-*``.
"""

from __future__ import annotations

import msgspec
from starlette.datastructures import Headers

from ... import ranges
from ...filter import Filter
from ...privacy import LEVELS, strictest
from ...records import ContextBin, Privacy
from ..admission import Priority
from ..refusal import Refused

MARGIN = 0.05
MARGIN_MS = 500.0
"""Milliseconds of a client's read timeout reserved for sending the reply."""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of one request. None or empty: the service's default."""

    budget_ms: float | None = None
    """Time for the whole answer, waiting included, in milliseconds."""
    privacy: Privacy | None = None
    context: ContextBin | None = None
    filter: Filter | None = None
    """Filter for the notes to answer from."""
    cache: bool = True
    """Whether the request accepts a stored answer or joins a running one."""
    router: str | None = None
    """Name of the router that the client expects.

    It is only compared, since a service's router is chosen at its start.
    """
    limit: int = 20
    start: int = 1
    priority: Priority = "interactive"
    conversation: str = ""
    """Id of a kept conversation to resume, or ``new`` to begin one. Empty: the client sends the earlier turns."""
    quote: bool = True
    """Whether a stream begins with the sentence that best answers the question.

    It is quoted from the notes before a model begins. An error after it is an event of the stream.
    """


def merged(given: Options | None, headers: Headers, *, streamed: bool) -> Options:
    """Combine the options of body and headers; the stricter value wins.

    Without a budget, a request that is not streamed has the time that its client waits. Raises Refused.
    """
    options = given or Options()
    budgets = [] if options.budget_ms is None else [options.budget_ms]
    if (text := headers.get("x-sanderling-budget-ms")) is not None:
        budget = ranges.BUDGET_MS.read(text)
        if budget is None:
            refuse_number("x-sanderling-budget-ms", text, ranges.BUDGET_MS)
        budgets.append(float(budget or 0.0))
    privacies: set[str | None] = {options.privacy, *map(str.strip, headers.getlist("x-sanderling-privacy"))}
    named = [level for level in LEVELS if level in privacies]
    if unknown := privacies - {None, *LEVELS}:
        wrong = str(unknown.pop())[:80]
        known = ", ".join(LEVELS)
        raise Refused(400, "invalid_value", f"privacy {wrong}: must be one of {known}", param="x-sanderling-privacy")
    wait = ranges.STALL_S.read(headers.get("x-stainless-read-timeout", ""))
    if not budgets and wait is not None and not streamed:
        budgets.append(max(1e3 * wait * (1 - MARGIN) - MARGIN_MS, ranges.BUDGET_MS.low))
    privacy = strictest(*named) if named else None
    return msgspec.structs.replace(options, budget_ms=min(budgets, default=None), privacy=privacy)


def refuse_number(param: str, value: object, bounds: ranges.Range) -> None:
    """Raise Refused if ``value`` is outside ``bounds``. None passes."""
    if value is not None and not bounds.has(value):
        raise Refused(400, "invalid_value", bounds.refusal(param, value), param=param)
