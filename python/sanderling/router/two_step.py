"""The router's two steps for one request: choose a route, then accept the draft or choose a larger model.

This module gathers the input of both steps: the models that fit now, the features of request and device, the masks, and
the remaining budget.
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
    """A router's input: the choices and the features."""

    guarded: Guarded
    raw: dict[str, float]
    """The features by name, not normalised."""


class DraftReview(NamedTuple):
    """The review of a draft: accepted, or escalated to a larger model."""

    verdict: Verdict
    assessment: Assessment
    larger: Route | None
    """The route to escalate to. None: the draft is accepted, or no larger model is left."""
    raw: dict[str, float]
    """The features by name, not normalised, including the draft's."""

    @property
    def hidden(self) -> Features | None:
        """Return the router's state for the next turn."""
        return self.verdict.hidden

    def final(self, second: Draft) -> Assessment:
        """Return the assessment of the larger model's draft, which is always accepted."""
        return assess(second.generation, self.verdict, larger=None)


class RouterSession:
    """A router with the models, profile and settings of this device."""

    def __init__(
        self,
        router: Router,
        inventory: ModelInventory,
        pool: ModelPool,
        profile: Profile,
        config: Config,
        embedder_id: str,
    ) -> None:
        """Keep the arguments, which are the same for every request."""
        self.router = router
        self._inventory, self._pool, self._profile, self._config = inventory, pool, profile, config
        self._embedder_id = embedder_id
        self._gauge = Gauge()

    def observe(
        self, request: Request, found: RetrievalResult, nodes: Mapping[int, Node], requests: int
    ) -> RoutingInput:
        """Return the masked choices and the features of a request. ``requests``: how many were answered before it."""
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
        """Run the first step: choose a route."""
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
        """Run the second step: accept or escalate. ``final`` True: accept this draft whatever the router's verdict."""
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
