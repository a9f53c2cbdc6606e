"""Warnings about what was cut: notes that were shown in part or not at all, and answers that ended early."""

from __future__ import annotations

from ..records import Draft, Dropped
from ..request.request import Request
from ..text.questions.notes_asked import counts_in_texts


def warn_of_cut_notes(request: Request, dropped: Dropped, shown: int) -> None:
    """Add a warning to ``request`` if any of the ``shown`` notes in its prompt was cut."""
    if dropped.cut_notes:
        request.warn(f"of {dropped.cut_notes} of the {shown} notes shown the model saw only some sentences")


def warn_of_count(request: Request, draft: Draft) -> None:
    """Add a warning to ``request`` if it counts or lists things in texts and not all the notes found were shown."""
    shown, dropped = len(draft.prompt.blocks), draft.prompt.dropped
    if (dropped.notes or dropped.cut_notes) and counts_in_texts(request.query):
        request.warn(
            f"a count or a list is over the {shown} notes shown, not over all: a larger --context shows more;"
            " notes themselves are counted exactly, as in 'How many notes mention ...?'"
        )


def warn_of_cut_answer(request: Request, draft: Draft) -> None:
    """Add a warning to ``request`` if its answer was cancelled, or cut by ``max_tokens`` or the end of the context."""
    generation = draft.generation
    tokens = len(generation.tokens)
    if generation.finish_reason == "cancelled":
        request.warn(f"the answer was stopped after {tokens} tokens")
    elif generation.finish_reason == "length" and tokens >= request.constraints.max_tokens:
        request.warn(f"the answer was cut at {tokens} tokens: raise --max-tokens (max_tokens)")
    elif generation.finish_reason == "length":
        request.warn(
            f"the answer was cut at {tokens} tokens, where the context of {draft.n_ctx} ended after a prompt of"
            f" {generation.prompt_tokens}: ask for a smaller context, or begin a new conversation"
        )
