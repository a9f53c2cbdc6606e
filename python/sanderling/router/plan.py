"""Chooses whether a model or a quoted sentence of the notes answers.

The plan of a request is chosen in two places: how its notes are searched before the search
(:mod:`sanderling.stages.choose_search`), and whether a model answers after the routing, here.

::

    question, budget ─► searched ─► direct or graph ─► retrieval ─► router ─► quoting ─► as searched, or quote

``quote`` answers with a sentence of the notes and no model. It is chosen where no model can meet the budget, or where
the router's plan head prefers it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from ..records import Route
from .choices import Choice

SURE = 0.5
"""Least probability of ``quote`` at which a router that weighs plans takes it."""


def quoting(route: Route, allowed: Sequence[Choice], *, quote_share: float = 0.0) -> Route | None:
    """Return ``route`` with the plan ``quote`` if a sentence should answer, else None.

    Only for a question that has a sentence to quote. ``allowed``: the choices that the route was taken from.
    ``quote_share``: probability that a router gives to ``quote``; 0: it does not weigh plans.
    """
    within = any(
        choice.within_budget
        for choice in allowed
        if (choice.candidate.model_id, choice.context_bin) == (route.model_id, route.context_bin)
    )
    if not within:
        return replace(route, plan="quote", reason="no model is quick enough for the budget: a sentence of your notes")
    if quote_share > SURE:
        return replace(route, plan="quote", reason=f"p={quote_share:.2f} that a sentence of your notes is enough")
    return None
