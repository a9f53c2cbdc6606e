"""Warnings that an answer was cut short, or that a count covers only the notes shown.

That notes are shown in part is no warning, since nearly every answer has it; ``Answer.dropped`` counts them.
"""

from __future__ import annotations

from ..records import Draft
from ..request.request import Request
from ..text.questions.notes_asked import counts_in_texts


def warn_of_count(request: Request, draft: Draft) -> None:
    """Warn if ``request`` asks for a count or a list, and some notes found were not shown.

    This concerns things in the texts of notes. The warning is added to ``request``.
    """
    shown, dropped = len(draft.prompt.blocks), draft.prompt.dropped
    if (dropped.notes or dropped.cut_notes) and counts_in_texts(request.query):
        request.warn(
            f"a count or a list is over the {shown} notes shown, not over all: a larger --context shows more;"
            " notes themselves are counted exactly, as in 'How many notes mention ...?'"
        )


def out_of_time(request: Request, tokens: int) -> str:
    """Return the warning that the budget ended an answer after ``tokens`` tokens.

    The budget is that of ``request``.
    """
    budget = f"{request.constraints.budget_ms:,.0f} ms"
    if tokens:
        return f"the answer was cut at {tokens} tokens, when its {budget} were over: raise --budget-ms (budget_ms)"
    return f"no model could begin an answer within {budget}: read the notes, or raise --budget-ms (budget_ms)"


def warn_of_cut_answer(request: Request, draft: Draft) -> None:
    """Add a warning to ``request`` if its answer was cut short.

    The answer was cancelled, or cut by its budget, ``max_tokens`` or the context.
    """
    generation = draft.generation
    tokens = len(generation.tokens)
    if generation.finish_reason == "cancelled":
        request.warn(f"the answer was stopped after {tokens} tokens")
    elif generation.finish_reason == "budget":
        request.warn(out_of_time(request, tokens))
    elif generation.finish_reason == "length" and tokens >= request.constraints.max_tokens:
        request.warn(f"the answer was cut at {tokens} tokens: raise --max-tokens (max_tokens)")
    elif generation.finish_reason == "length":
        request.warn(
            f"the answer was cut at {tokens} tokens, where the context of {draft.n_ctx} ended after a prompt of"
            f" {generation.prompt_tokens}: ask for a smaller context, or begin a new conversation"
        )
