"""Draft an answer, review the draft, and draft again with a larger model if the review refuses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..records import Assessment, Draft, Route
from ..request.request import Request
from ..router.contract import Decision
from ..router.two_step import DraftReview, RouterSession, RoutingInput

Stream = Callable[[str], None]
MakeDraft = Callable[[Route, Stream | None], Draft]
"""Generates a draft on the model of a route, streaming it unless the stream is None."""


class Reviewed(NamedTuple):
    """The draft to show, with its assessment and the review of the first draft."""

    draft: Draft
    assessment: Assessment
    """Of the draft shown."""
    review: DraftReview
    """Of the first draft."""


def reviewed_draft(
    session: RouterSession,
    routing_input: RoutingInput,
    decision: Decision,
    request: Request,
    cached: Draft | None,
    make_draft: MakeDraft,
    stream: Stream | None,
) -> Reviewed:
    """Return ``cached`` if given, else a new draft, redone by a larger model if the review refuses it.

    Only text that will be shown reaches ``stream``: a draft that may be replaced is held back until it is reviewed.
    """
    held_back = cached is not None or session.router.may_escalate
    draft = cached or make_draft(decision.route, None if held_back else stream)
    with request.watch("router"):
        review = session.review(routing_input, request, decision, draft, final=cached is not None)
    if review.larger is not None:
        draft = make_draft(review.larger, stream)
        return Reviewed(draft, review.final(draft), review)
    if held_back and stream:
        stream(draft.generation.text)
    return Reviewed(draft, review.assessment, review)
