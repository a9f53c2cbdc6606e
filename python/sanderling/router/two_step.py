"""The router's two steps for one request: choose a route, then accept the draft or choose another route.

This module gathers the input of both steps: the models that fit now, the features of request and device, the masks, and
the remaining budget. What a draft is worth tells the verifier (:mod:`sanderling.router.verifier`), for every router
alike, unless the router has a second step of its own that tells it.
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
from ..records import Assessment, Draft, Node, RetrievalResult, Route, Sampling
from ..request.request import Request
from ..tiers.tiers import Tiers
from ..verdict import Verdict
from . import features
from .assess import assess
from .choices import choices_for
from .clearance import Clearance
from .contest import contested, standing
from .contract import Decision, Features, Router, SecondStep
from .guard import Guarded, guard
from .plan import quoting
from .select import further, next_larger
from .task_model import task_model
from .verifier import signals, weights
from .verifier.crowding import crowding
from .verifier.gains import Gains
from .verifier.going_on import FEW_TOKENS, best_step
from .verifier.judge import judge


class RoutingInput(NamedTuple):
    """A router's input: the choices and the features."""

    guarded: Guarded
    raw: dict[str, float]
    """The features by name, not normalised."""


class DraftReview(NamedTuple):
    """The review of a draft: it accepts the draft or asks for a second draft."""

    step: SecondStep
    assessment: Assessment
    further: Route | None
    """The route of a second draft. None: the draft is accepted, or no other is worth its price."""
    verdict: Verdict | None
    """Whether the notes bear the draft out; None: there is nothing to judge it by."""
    raw: dict[str, float]
    """The features by name, not normalised, including the draft's."""

    @property
    def hidden(self) -> Features | None:
        """Return the router's state for the next turn."""
        return self.step.hidden

    def final(self, second: Draft) -> Assessment:
        """Return the assessment of a second draft, which is always accepted."""
        return assess(second.generation, self.step, further=None)


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
        tiers: Tiers | None = None,
    ) -> None:
        """Keep the arguments, which are the same for every request. ``tiers`` None: there are none."""
        self.router, self._tiers = router, tiers or Tiers()
        self._inventory, self._pool, self._profile, self._config = inventory, pool, profile, config
        self._embedder_id = embedder_id
        self._gauge = Gauge()
        fitted = weights.active()
        self._verifier, self._gains = fitted.verifier, Gains(fitted.gains)
        self._parameters = {model.entry.id: model.entry.parameters for model in inventory.models}

    @property
    def sampling(self) -> Mapping[str, Sampling]:
        """Default sampling parameters of every model, on this device and on tiers."""
        return {**self._inventory.sampling, **self._tiers.sampling}

    def observe(
        self,
        request: Request,
        found: RetrievalResult,
        nodes: Mapping[int, Node],
        requests: int,
        clearance: Clearance | None = None,
    ) -> RoutingInput:
        """Return the masked choices and the features of a request. ``requests``: how many were answered before it.

        ``clearance``: what may leave this device; None: nothing.
        """
        profile, history, constraints = self._profile, request.history, request.constraints
        self._inventory.experience.rivals.look()
        here = self._inventory.candidates(self._pool, history.model_id, history.held_tokens)
        candidates = here if clearance is None else (*here, *clearance.candidates())
        priced = profile.context_tokens[features.PRICED]
        choices = choices_for(candidates, profile.context_tokens, constraints, clearance.refusal if clearance else None)
        if len(candidates) > len(here):
            choices = contested(choices)
        rungs = {candidate.model_id: candidate.rung for candidate in candidates}
        raw = (
            features.of_query(request.query, requests)
            | features.of_embedding(found.vector, self._embedder_id)
            | features.of_retrieval(found)
            | features.of_request(constraints, profile.device_class, available_ram_bytes(), self._gauge.now())
            | features.of_candidates(standing(candidates, choices, priced), priced)
            | features.of_conversation(history.turns, rungs.get(history.model_id), history.held_tokens)
        )
        heaviest = [nodes[key] for key in found.attended.keys[:3].tolist() if key in nodes]
        domains = {node.metadata.domain for node in heaviest} | set(request.filter.domains if request.filter else ())
        config = self._config
        guarded = guard(choices, request.query, domains, config.largest_for, config.always_largest)
        return RoutingInput(task_model(guarded, request, self._inventory), raw)

    def route(self, routing_input: RoutingInput, request: Request, found: RetrievalResult) -> Decision:
        """Run the first step: choose a route.

        The plan of the route is how the notes were searched.
        """
        guarded, raw = routing_input
        decision = self.router.decide(
            features.vector(raw), guarded.allowed, found.attended, self.sampling, request.history.hidden
        )
        tiers = {choice.candidate.model_id: choice.candidate.tier for choice in guarded.allowed}
        route = replace(decision.route, plan=request.plan, tier=tiers.get(decision.route.model_id, ""))
        if guarded.reason:
            route = replace(route, reason=f"{guarded.reason}; {route.reason}")
        return replace(decision, route=route)

    def quoting(self, routing_input: RoutingInput, request: Request, decision: Decision) -> Route | None:
        """Return the route for answering with a quote, or None if a model should answer.

        The first step decides. Only for a question that has a sentence to quote. A model that the caller asked
        for always answers.
        """
        if request.constraints.model_id:
            return None
        return quoting(decision.route, routing_input.guarded.allowed, quote_share=decision.quote_share)

    def may_go_on(self, routing_input: RoutingInput, request: Request, route: Route) -> bool:
        """Whether a second draft may replace a draft on ``route``.

        If so, the first cannot be shown while it is written.
        """
        if self.router.may_escalate:
            return True
        if request.json_schema or not routing_input.raw.get("has_hits"):
            return False
        return self._worth(routing_input, request, route, 0.0, more=True) is not None

    def review(
        self, routing_input: RoutingInput, request: Request, decision: Decision, draft: Draft, *, final: bool
    ) -> DraftReview:
        """Run the second step: accept the draft, or choose a route for a second draft.

        ``final`` True: accept this draft whatever the router and the verifier make of it.
        """
        budget_ms, spent_ms = request.constraints.budget_ms, request.watch.elapsed_ms()
        left_ms = None if budget_ms is None else budget_ms - spent_ms
        raw = routing_input.raw | features.of_draft(draft.generation, [block.text for block in draft.prompt.blocks])
        second = raw | features.of_second_step(decision.rung, left_ms)
        step = self.router.assess(features.vector(second), draft.generation, decision.hidden)
        verdict = draft.verdict if draft.cached else self.verdict(request, draft, raw, step)
        route = None
        # Who stops an answer wishes for no other, and there is no time left for one after a budget.
        if not final and draft.generation.finish_reason not in ("cancelled", "budget"):
            if step.escalate:
                route = next_larger(draft.route, routing_input.guarded.allowed, self.sampling, spent_ms, budget_ms)
            elif verdict is not None:
                # A second draft from the same notes would only say the same again.
                more = draft.prompt.dropped.notes + draft.prompt.dropped.cut_notes > 0
                tokens = len(draft.generation.tokens)
                route = self._worth(routing_input, request, draft.route, verdict.confidence, more=more, tokens=tokens)
        return DraftReview(step, assess(draft.generation, step, route), route, verdict, raw)

    def verdict(
        self, request: Request, draft: Draft, raw: Mapping[str, float], step: SecondStep | None = None
    ) -> Verdict | None:
        """Return the verdict on ``draft``.

        ``raw``: the features of its question by name, not normalised. ``step``: the router's second step about this
        draft, whose confidence counts if it has one. None for an answer without notes, one in JSON, and one that was
        stopped or is empty.
        """
        generation, blocks = draft.generation, draft.prompt.blocks
        if request.json_schema or not blocks or not generation.text.strip() or generation.finish_reason == "cancelled":
            return None
        found, bearing = signals.of_draft(
            generation,
            ["" if block.by_model else block.text for block in blocks],
            request.query,
            [message.content for message in request.history.messages if message.role == "assistant"],
            self._parameters.get(draft.route.model_id, 0),
            crowding(raw, draft.route.context_tokens),
        )
        own = None if step is None else step.confidence
        confidence = self._verifier.confidence(found) if own is None else own
        return judge(found, bearing, confidence, self._verifier.not_sure_below)

    def _worth(
        self,
        routing_input: RoutingInput,
        request: Request,
        route: Route,
        confidence: float,
        *,
        more: bool,
        tokens: int = FEW_TOKENS,
    ) -> Route | None:
        """Return the route of a second draft that is worth its price; None if none is."""
        step = best_step(
            route,
            confidence,
            routing_input.guarded.allowed,
            self._gains,
            self._parameters,
            spent_ms=request.watch.elapsed_ms(),
            budget_ms=request.constraints.budget_ms,
            more=more,
            tokens=tokens,
        )
        return None if step is None else further(route, step.choice, self.sampling, confidence)
