"""Request and what was found in, decision out; then the draft in, accepted or the route to a larger model out.

The two recurrent steps of the router with all that surrounds them: which models fit now, what is known of the request
and the device, the masks, and what is left of the budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from ..config import Config
from ..device import available_ram_bytes
from ..device.profiles import Profile
from ..device.strain import Gauge
from ..engines.model_pool import ModelPool
from ..models.inventory import ModelInventory
from ..records import Assessment, Draft, Node, RetrievalResult, Route
from ..request.request import Request
from . import features
from .assess import assess
from .choices import choices_for
from .contract import Decision, Features, Router, Verdict
from .guard import Guarded, guard
from .select import next_larger


class RoutingInput(NamedTuple):
    """What a router chooses from, and what it knows."""

    guarded: Guarded
    raw: dict[str, float]
    """Named values of the features."""


class DraftReview(NamedTuple):
    """What became of a draft."""

    verdict: Verdict
    assessment: Assessment
    larger: Route | None
    """Where to go on; None: nowhere, or the draft is accepted."""
    raw: dict[str, float]
    """Named values of the features, the draft's among them."""

    @property
    def hidden(self) -> Features | None:
        """State of the router for the next turn."""
        return self.verdict.hidden

    def final(self, second: Draft) -> Assessment:
        """Return the assessment of what the larger model said, which is final."""
        return assess(second.generation, self.verdict, larger=None)


class RouterSession:
    """One router among the models of this device."""

    def __init__(
        self,
        router: Router,
        inventory: ModelInventory,
        pool: ModelPool,
        profile: Profile,
        config: Config,
        embedder_id: str,
    ) -> None:
        """Keep what lasts longer than a request."""
        self.router = router
        self._inventory, self._pool, self._profile, self._config = inventory, pool, profile, config
        self._embedder_id = embedder_id
        self._gauge = Gauge()

    def observe(
        self, request: Request, found: RetrievalResult, nodes: Mapping[int, Node], requests: int
    ) -> RoutingInput:
        """Return what may answer, after the masks, and everything known. ``requests``: answered so far."""
        profile, history, constraints = self._profile, request.history, request.constraints
        candidates = self._inventory.candidates(self._pool)
        rungs = {candidate.model_id: candidate.rung for candidate in candidates}
        raw = (
            features.of_query(request.query, requests)
            | features.of_embedding(found.vector, self._embedder_id)
            | features.of_retrieval(found)
            | features.of_request(constraints, profile.device_class, available_ram_bytes(), self._gauge.now())
            | features.of_candidates(candidates, profile.context_tokens["medium"])
            | features.of_conversation(history.turns, rungs.get(history.model_id), history.held_tokens)
        )
        choices = choices_for(candidates, profile.context_tokens, constraints)
        heaviest = [nodes[key] for key in found.attended.keys[:3].tolist() if key in nodes]
        domains = {node.metadata.domain for node in heaviest} | set(request.filter.domains if request.filter else ())
        config = self._config
        return RoutingInput(guard(choices, request.query, domains, config.largest_for, config.always_largest), raw)

    def route(self, routing_input: RoutingInput, request: Request, found: RetrievalResult) -> Decision:
        """Take the first step."""
        guarded, raw = routing_input
        decision = self.router.decide(
            features.vector(raw), guarded.allowed, found.attended, self._inventory.sampling, request.history.hidden
        )
        if not guarded.reason:
            return decision
        return replace(decision, route=replace(decision.route, reason=f"{guarded.reason}; {decision.route.reason}"))

    def review(
        self, routing_input: RoutingInput, request: Request, decision: Decision, draft: Draft, *, final: bool
    ) -> DraftReview:
        """Take the second step. ``final``: this draft is the answer, whatever the router says of it."""
        budget_ms, spent_ms = request.constraints.budget_ms, request.watch.elapsed_ms()
        left_ms = None if budget_ms is None else budget_ms - spent_ms
        raw = routing_input.raw | features.of_draft(draft.generation, [block.text for block in draft.prompt.blocks])
        second = raw | features.of_second_step(decision.rung, left_ms)
        verdict = self.router.assess(features.vector(second), draft.generation, decision.hidden)
        larger = None
        if not final and draft.generation.finish_reason != "cancelled":  # who stops an answer wishes for no other
            larger = next_larger(
                draft.route, routing_input.guarded.allowed, self._inventory.sampling, spent_ms, budget_ms
            )
        assessment = assess(draft.generation, verdict, larger)
        return DraftReview(verdict, assessment, None if assessment.accept else larger, raw)
