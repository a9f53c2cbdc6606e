"""The choices for a request: every pair of model and context bin, its predicted time and, if excluded, the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ..errors import ModelUnavailable, OutOfMemory
from ..models.candidate import EXPECTED_COMPLETION_TOKENS, PROMPT_OVERHEAD_TOKENS, Candidate
from ..records import CONTEXT_BINS, Constraints, ContextBin, Record, Route, Sampling

OVER_BUDGET = "over the budget"


class Choice(Record):
    """One model with one context bin, and its predicted time."""

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
    candidates: Sequence[Candidate], context_tokens: Mapping[ContextBin, int], constraints: Constraints
) -> Choices:
    """Build all choices, and mask those excluded by RAM, privacy, the requested context or the budget.

    When no choice meets the budget, the cheapest one is allowed and marked as over budget: a late answer that is
    labelled late is worth more than none.

    Raises ModelUnavailable without candidates, and OutOfMemory when none fits the free RAM.
    """
    private = [candidate for candidate in candidates if not (candidate.remote and constraints.privacy == "local")]
    if not private:
        raise ModelUnavailable("no model to choose from: run  sanderling models pull MODEL")
    if not any(candidate.fits_ram for candidate in private):
        names = ", ".join(candidate.model_id for candidate in private)
        raise OutOfMemory(f"none of the installed models ({names}) fits the RAM that is free: close other programs")
    everything = [
        _choice(candidate, name, context_tokens[name], constraints) for candidate in candidates for name in CONTEXT_BINS
    ]
    if all(choice.masked for choice in everything):
        late = [choice for choice in everything if choice.masked == OVER_BUDGET]
        cheapest = min(late, key=lambda choice: choice.predicted_ms)
        everything[everything.index(cheapest)] = msgspec.structs.replace(cheapest, masked="")
    return Choices(every=tuple(everything))


def _choice(candidate: Candidate, name: ContextBin, wanted_tokens: int, constraints: Constraints) -> Choice:
    tokens = min(wanted_tokens, candidate.n_ctx - PROMPT_OVERHEAD_TOKENS - EXPECTED_COMPLETION_TOKENS)
    cost = candidate.predicted_ms(tokens)
    within = constraints.budget_ms is None or cost <= constraints.budget_ms
    masked = ""
    if candidate.remote and constraints.privacy == "local":
        masked = "privacy is local"
    elif not candidate.fits_ram:
        masked = "does not fit the RAM that is free"
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
