"""Drafts an answer, reviews the draft, and drafts again if the expected gain is worth the price."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from ..errors import TierFailed
from ..records import Assessment, Draft, Route
from ..request.handle import OutOfTime
from ..request.request import Request
from ..router.contract import Decision
from ..router.two_step import DraftReview, RouterSession, RoutingInput

Stream = Callable[[str], None]
MakeDraft = Callable[[Route, Stream | None], Draft]
"""Generates a draft on the model of a route, streaming it unless the stream is None."""


HELD_TOKENS = 48
"""Most tokens of a draft that are held back. A longer one is shown as it goes on, and no other replaces it: nobody
should wait for a long answer to end before its first word."""


class HeldBack:
    """A stream that holds a draft's text back until the text is longer than :data:`HELD_TOKENS`."""

    def __init__(self, stream: Stream) -> None:
        """Pass the text on to ``stream`` once there is enough of it."""
        self._stream, self._kept = stream, list[str]()
        self.shown = False
        """Whether the text is passed on."""

    def __call__(self, text: str) -> None:
        """Keep a piece of text, or pass it on."""
        if self.shown:
            self._stream(text)
            return
        self._kept.append(text)
        if len(self._kept) > HELD_TOKENS:
            self.shown = True
            self._stream("".join(self._kept))


class Reviewed(NamedTuple):
    """The draft to show, with its assessment and the review of the first draft."""

    draft: Draft
    assessment: Assessment
    """Assessment of the draft shown."""
    review: DraftReview
    """Review of the first draft."""


def reviewed_draft(
    session: RouterSession,
    routing_input: RoutingInput,
    decision: Decision,
    request: Request,
    cached: Draft | None,
    make_draft: MakeDraft,
    stream: Stream | None,
) -> Reviewed:
    """Return the draft to show: the cached one, a new one, or a second one.

    A second draft is made where it is worth its price. Only text that will be shown reaches ``stream``: a draft
    that may be replaced is held back until it is reviewed. Where nothing can follow, the first is shown as it is
    written, and so is the rest of a long one.
    """
    held_back = HeldBack(stream) if stream and session.may_go_on(routing_input, request, decision.route) else None
    try:
        draft = cached or make_draft(decision.route, held_back or stream)
    except TierFailed as error:
        if held_back is not None:  # what was not shown has not begun: another may answer instead
            error.begun = held_back.shown
        raise
    streamed = stream is not None and cached is None and (held_back is None or held_back.shown)
    shown = cached is not None or (streamed and bool(draft.generation.text))
    with request.watch("router"):
        review = session.review(routing_input, request, decision, draft, final=shown)
    if review.further is not None:
        try:
            second = make_draft(review.further, stream)
        except OutOfTime:
            pass  # the first draft is what there is
        except TierFailed as error:
            if error.begun:
                raise
            request.warn(f"{error}: the draft of {draft.route.model_id} stays")
        else:
            with request.watch("router"):
                second = replace(second, verdict=session.verdict(request, second, routing_input.raw))
            return Reviewed(second, review.final(second), review)
    if stream and not streamed:
        stream(draft.generation.text)
    return Reviewed(replace(draft, verdict=review.verdict), review.assessment, review)
