"""The choices for a request: every pair of a model and a context bin.

Each has a predicted time and, if it is excluded, the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from ..constraints import Constraints
from ..errors import ModelUnavailable, OutOfMemory
from ..models.candidate import EXPECTED_COMPLETION_TOKENS, PROMPT_OVERHEAD_TOKENS, Candidate
from ..privacy import allows
from ..records import CONTEXT_BINS, ContextBin, Record, Route, Sampling

OVER_BUDGET = "over the budget"
UNSEEN = "what would be sent was not looked at"
Refusal = Callable[[Candidate, ContextBin, int], str]
"""Returns why a message for a model may not leave this device; empty if it may. Arguments: model, context, and the
context's tokens."""


class Choice(Record):
    """A pair of a model and a context bin, with the predicted time of a request."""

    candidate: Candidate
    context_bin: ContextBin
    context_tokens: int
    predicted_ms: float
    within_budget: bool
    masked: str = ""
    """Why this choice is excluded; empty when it is allowed."""

    def taken(self, route: Route, own: Sampling) -> Route:
        """Return a copy of ``route`` with this choice's model and context. ``own``: the model's default sampling."""
        return msgspec.structs.replace(
            route,
            model_id=self.candidate.model_id,
            context_bin=self.context_bin,
            context_tokens=self.context_tokens,
            temperature=own.temperature,
            top_p=own.top_p,
            predicted_ms=self.predicted_ms,
            tier=self.candidate.tier,
        )


class Choices(Record):
    """All choices for a request, in the order of the candidates. At least one is allowed."""

    every: tuple[Choice, ...]

    @property
    def allowed(self) -> tuple[Choice, ...]:
        """Return the choices that no mask excludes."""
        return tuple(choice for choice in self.every if not choice.masked)

    @property
    def masked(self) -> tuple[Choice, ...]:
        """Return the choices that a mask excludes, each with its reason."""
        return tuple(choice for choice in self.every if choice.masked)


def choices_for(
    candidates: Sequence[Candidate],
    context_tokens: Mapping[ContextBin, int],
    constraints: Constraints,
    refusal: Refusal | None = None,
) -> Choices:
    """Build all choices, and mask the choices that may not be taken.

    RAM, privacy, the budget, and the model or context asked for exclude choices. When no choice meets the budget,
    the cheapest one is allowed and marked as over budget: a late answer that is labelled late is worth more than
    none. ``refusal``: see :mod:`sanderling.router.clearance`; None: nothing may leave.

    Raises ModelUnavailable without candidates and where none may be asked, OutOfMemory when none fits the free RAM.
    """
    wanted = constraints.model_id
    private = [
        candidate
        for candidate in candidates
        if allows(constraints.privacy, candidate.trust) and wanted in ("", candidate.model_id)
    ]
    if not private:
        raise ModelUnavailable("no model to choose from: run  sanderling models pull MODEL")
    if not any(candidate.fits_ram for candidate in private):
        names = ", ".join(candidate.model_id for candidate in private)
        raise OutOfMemory(f"none of the installed models ({names}) fits the RAM that is free: close other programs")
    everything = [
        _choice(candidate, name, context_tokens[name], constraints, refusal)
        for candidate in candidates
        for name in CONTEXT_BINS
    ]
    if all(choice.masked for choice in everything):
        late = [choice for choice in everything if choice.masked == OVER_BUDGET]
        if not late:
            why = next(choice.masked for choice in everything if wanted in ("", choice.candidate.model_id))
            raise ModelUnavailable(f"{wanted} may not be asked: {why}" if wanted else f"no model may be asked: {why}")
        cheapest = min(late, key=lambda choice: choice.predicted_ms)
        everything[everything.index(cheapest)] = msgspec.structs.replace(cheapest, masked="")
    return Choices(every=tuple(everything))


def _choice(
    candidate: Candidate, name: ContextBin, wanted_tokens: int, constraints: Constraints, refusal: Refusal | None
) -> Choice:
    tokens = min(wanted_tokens, candidate.n_ctx - PROMPT_OVERHEAD_TOKENS - EXPECTED_COMPLETION_TOKENS)
    cost = candidate.predicted_ms(tokens, constraints.max_tokens)
    within = constraints.budget_ms is None or cost <= constraints.budget_ms
    masked = ""
    if not allows(constraints.privacy, candidate.trust):
        masked = f"privacy is {constraints.privacy or 'local'}"
    elif candidate.remote and (why := refusal(candidate, name, tokens) if refusal else UNSEEN):
        masked = why
    elif not candidate.fits_ram:
        masked = "does not fit the RAM that is free"
    elif constraints.model_id not in ("", candidate.model_id):
        masked = "another model was asked for"
    elif constraints.context_bin not in (None, name):
        masked = "another context was asked for"
    elif not within:
        masked = OVER_BUDGET
    return Choice(
        candidate=candidate,
        context_bin=name,
        context_tokens=tokens,
        predicted_ms=cost,
        within_budget=within,
        masked=masked,
    )
