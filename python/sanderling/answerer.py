"""Answers a question in stages, and times each stage.

::

    embed ─► retrieve ─► route ─► cache ─┬─► quote ─► wait ─► draft ─► review ─┬──► answer ─► write back ─► record
                                         │     │                               └─► larger draft ─►
                                         │     └─► the sentence quoted, where no model meets the budget ─►
                                         └─► an answer kept earlier ─────────────────────────────────────►

A question about the notes themselves ends at the first stage, ``list_notes``: its answer is counted in the memory. The
other verbs are functions of :mod:`sanderling.stages`; the cache is :mod:`sanderling.response_cache`, the router
:mod:`sanderling.router`, and who waits is decided by :mod:`sanderling.request.admission`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from .config import Config
from .constraints import Constraints
from .errors import SanderlingError, TierFailed
from .filter import Filter
from .listing import Page
from .memory import Memory
from .memory.never_leave import NeverLeave
from .opening import Parts, begin_load
from .privacy import strictest
from .quote import Quote
from .records import Answer, Draft, Node, RetrievalResult, Route, SourceNote
from .request.admission import Admission, AtOnce
from .request.handle import Handle, OutOfTime
from .request.history import History
from .request.lateness import Lateness
from .request.request import Request
from .response_cache.cache import ResponseCache
from .router.choices import Choice
from .router.clearance import Clearance
from .router.contract import Decision
from .router.explain import Explanation, explain
from .router.explore import explore
from .router.two_step import RouterSession, RoutingInput
from .stages.answer import answer_without_model, make_answer, ranked_sources, sources
from .stages.cuts import out_of_time, warn_of_count, warn_of_cut_answer
from .stages.draft import make_draft
from .stages.embed import checked
from .stages.find_notes import Found, find_notes, require_notes
from .stages.list_notes import list_notes
from .stages.parcel import pack_parcel
from .stages.quote import quote
from .stages.quote_notes import quoted_answer
from .stages.record import Journal
from .stages.review import Reviewed, reviewed_draft
from .stages.send import draft_anywhere
from .stages.writeback import try_write_back
from .verdict import borne_out

log = logging.getLogger(__name__)


class Way(NamedTuple):
    """A request's input to the router, the router's decision, and what the request may send to other machines."""

    routing: RoutingInput
    decision: Decision
    clearance: Clearance

    @property
    def route(self) -> Route:
        """The chosen route."""
        return self.decision.route

    @property
    def allowed(self) -> tuple[Choice, ...]:
        """The choices that the router's masks allow."""
        return self.routing.guarded.allowed


class Answerer:
    """Answers questions from one memory with the models of one inventory. Any number of threads may call it."""

    admission: Admission
    """Decides when a routed question may use its model."""
    memory: Memory
    """Memory from which the next question is answered."""

    def __init__(self, parts: Parts, journal: Journal, responses: ResponseCache) -> None:
        """Use the memory, models and router of ``parts``."""
        self.memory, self._config = parts.memory, parts.config
        self._inventory, self._pool = parts.inventory, parts.pool
        self._router, self._journal, self._responses = parts.router, journal, responses
        profile, embedder_id = parts.detected.profile, parts.memory.embedder.id
        self._session = RouterSession(
            parts.router, parts.inventory, parts.pool, profile, parts.config, embedder_id, parts.tiers
        )
        self._arms = {
            name: (
                RouterSession(arm.router, parts.inventory, parts.pool, profile, arm.config, embedder_id, parts.tiers),
                arm.config,
            )
            for name, arm in parts.arms.items()
        }
        self._tiers = parts.tiers
        self._begin_load = partial(begin_load, parts.router, parts.inventory, parts.pool, parts.detected, parts.config)
        self._random = Random()  # one for all threads: each draw is a single step
        self.admission = AtOnce()
        self._lateness = Lateness()

    def answer(
        self,
        question: str,
        constraints: Constraints,
        history: History,
        stream: Callable[[str], None] | None,
        filter: Filter | None,
        handle: Handle | None,
        page: Page,
        json_schema: str = "",
        on_quote: Callable[[Quote], None] | None = None,
    ) -> Answer:
        """Answer a question and append the turn to ``history``. ``history`` is empty for a single question.

        ``on_quote``: called with the sentence of the notes that is shown until a model has answered, if there is one.
        """
        constraints = self._bounded(constraints)
        page.check()
        handle = handle or Handle()
        handle.begin()
        request = Request(checked(question), handle.id, constraints, history, filter, json_schema, handle=handle)
        request.generation = self.memory.store.generation()
        self._inventory.experience.rivals.look()
        left_ms, reserve_ms = request.left_ms(), self._lateness.reserve_ms(constraints.budget_ms or 0.0)
        with handle.within(None if left_ms is None else left_ms - reserve_ms):
            answer = self._answered(request, stream, on_quote, page)
        if constraints.budget_ms is not None and answer.finish_reason == "budget":
            self._lateness.note(request.watch.elapsed_ms() - constraints.budget_ms + reserve_ms)
        return answer

    def _answered(
        self,
        request: Request,
        stream: Callable[[str], None] | None,
        on_quote: Callable[[Quote], None] | None,
        page: Page,
    ) -> Answer:
        watch, handle, constraints = request.watch, request.handle, request.constraints
        if not request.json_schema and (listing := list_notes(self.memory, request, page, stream)) is not None:
            return listing
        if not constraints.model_id and constraints.budget_ms is None:  # a budget may call for a smaller model
            self._begin_load()  # while the memory is searched
        with self.admission.preparing(handle):
            found, nodes = self._retrieve(request)
        require_notes(self.memory, found)
        session, config = self._arm(request)
        with watch("router"), request.expecting(self.admission.wait_ms(handle)):
            way = self._way(session, config, request, found, nodes)
        with watch("cache"):
            cached = self._responses.find(request, found, way.route)
        self.admission.routed(handle, way.route)
        quoted = None if cached is not None or request.json_schema else self._quoted(request, found, nodes)
        if quoted is not None:
            if (instead := session.quoting(way.routing, request, way.decision)) is not None:
                return self._answer_with(quoted, request, found, nodes, stream, instead.reason)
            if on_quote is not None:
                on_quote(quoted)
        try:
            with self._journal.failures(request, found, way.route, way.routing.raw, way.allowed):
                way, (draft, assessment, review) = self._drafted(
                    session, config, request, found, nodes, way, cached, stream
                )
        except OutOfTime:
            return self._too_late(request, found, nodes, way.route, quoted, stream)
        decision, allowed = way.decision, way.allowed
        warn_of_cut_answer(request, draft)
        warn_of_count(request, draft)
        with watch("cache"):
            self._responses.keep(request, found, decision.route, draft)
        notes = sources(draft.prompt, nodes)
        request.history.append(draft, request.query, review.hidden, [note.title for note in notes])
        if self._config.write_back == "always" and draft.generation.finish_reason == "stop":
            with watch("writeback"):
                try_write_back(self.memory, request, draft.generation.text, notes, borne_out(draft.verdict))
        answer = make_answer(request, draft, assessment, notes, quoted)
        if not draft.sent_to:
            self._inventory.learn(self._pool, draft, answer.timings_ms)
        return self._journal.record(answer, request, found, draft.engine, review.raw, allowed)

    def _too_late(
        self,
        request: Request,
        found: RetrievalResult,
        nodes: Mapping[int, Node],
        route: Route,
        quoted: Quote | None,
        stream: Callable[[str], None] | None,
    ) -> Answer:
        """Answer with the sentence quoted, or with the notes found.

        A model that was not loaded yet is loaded for later questions meanwhile.
        """
        request.warn(out_of_time(request, 0))
        reason = f"{route.model_id} could not begin in time"
        if quoted is None:
            answer = answer_without_model(request, found, nodes, route, reason)
            request.history.remember(request.query, "", [note.title for note in answer.sources])
        else:
            late = self._answer_with(quoted, request, found, nodes, stream, reason)
            answer = replace(late, finish_reason="budget")
        if route.tier:
            return answer
        with suppress(SanderlingError):  # a question with more time meets the same error
            self._pool.preload(self._inventory.load_spec(route.model_id), self._inventory.needed_bytes(route.model_id))
        return answer

    def search(self, question: str, filter: Filter | None, warn: Callable[[str], None]) -> tuple[SourceNote, ...]:
        """Return the notes retrieved for a question, as :meth:`sanderling.Runtime.search` does."""
        request = Request(query=checked(question), filter=filter)
        found, nodes = self._retrieve(request)
        for warning in request.warnings:
            warn(warning)
        return ranked_sources(found, nodes)

    def explain(self, question: str, constraints: Constraints, filter: Filter | None) -> Explanation:
        """Explain how a question would be routed, as :meth:`sanderling.Runtime.explain` does."""
        constraints = self._bounded(constraints)
        request = Request(query=checked(question), constraints=constraints, filter=filter)
        found, nodes = self._retrieve(request)
        for warning in request.warnings:
            log.warning(warning)
        clearance = self._clearance(request, found, nodes, learn=False)
        session, _ = self._arm(request)
        routing_input = session.observe(request, found, nodes, self._journal.requests, clearance)
        route, guarded = session.route(routing_input, request, found).route, routing_input.guarded
        return explain(session.router, routing_input.raw, guarded.choices, guarded.reason, found.attended, route, None)

    def _quoted(self, request: Request, found: RetrievalResult, nodes: Mapping[int, Node]) -> Quote | None:
        """Return the sentence of the notes to show before a model begins."""
        with self.admission.preparing(request.handle), request.watch("quote"):
            return quote(self.memory.embedder, request, found, nodes)

    def _answer_with(
        self,
        quoted: Quote,
        request: Request,
        found: RetrievalResult,
        nodes: Mapping[int, Node],
        stream: Callable[[str], None] | None,
        reason: str,
    ) -> Answer:
        """Return the sentence quoted as the whole answer. ``reason``: why no model gives it."""
        if stream is not None:
            stream(quoted.text)
        request.history.hear(request.query, quoted.text)
        return quoted_answer(request, quoted, found, nodes, reason)

    def _bounded(self, constraints: Constraints) -> Constraints:
        """Return the constraints, checked, with a privacy within the configured limit."""
        constraints.check()
        settings = self._config.privacy
        return replace(constraints, privacy=strictest(constraints.privacy or settings.default, settings.limit))

    def _clearance(
        self,
        request: Request,
        found: RetrievalResult,
        nodes: dict[int, Node],
        without: frozenset[str] = frozenset(),
        *,
        learn: bool = True,
    ) -> Clearance:
        """Return the :class:`Clearance` of a request: what may leave this device.

        ``without``: tiers that have failed it.
        """
        pack = partial(pack_parcel, request, found, nodes, self._config.block_head)
        withheld = NeverLeave(self.memory, self._config.privacy.never_leave).among
        return Clearance(self._tiers, request, pack, withheld, without, learn=learn)

    def _way(
        self,
        session: RouterSession,
        config: Config,
        request: Request,
        found: RetrievalResult,
        nodes: dict[int, Node],
        without: frozenset[str] = frozenset(),
    ) -> Way:
        """Choose how to answer a request, without sending anything."""
        clearance = self._clearance(request, found, nodes, without)
        routing = session.observe(request, found, nodes, self._journal.requests, clearance)
        return Way(routing, self._decide(session, config, routing, request, found), clearance)

    def _drafted(
        self,
        session: RouterSession,
        config: Config,
        request: Request,
        found: RetrievalResult,
        nodes: dict[int, Node],
        way: Way,
        cached: Draft | None,
        stream: Callable[[str], None] | None,
    ) -> tuple[Way, Reviewed]:
        """Return the reviewed draft, and how it was made.

        A tier that fails before its first word is replaced by another choice.
        """
        here = partial(make_draft, self._inventory, self._pool, request, found, nodes, head=self._config.block_head)
        failed: frozenset[str] = frozenset()
        while True:
            draft_on = partial(draft_anywhere, here, self.admission, self._tiers, request, nodes, way.clearance)
            try:
                with ExitStack() as place:
                    if cached is None:
                        with request.watch("wait"):
                            place.enter_context(self.admission.place(request.handle, way.route))
                    return way, reviewed_draft(session, way.routing, way.decision, request, cached, draft_on, stream)
            except TierFailed as error:
                if error.begun or request.constraints.model_id:
                    raise
                failed |= {way.route.tier}
                with request.watch("router"):
                    way = self._way(session, config, request, found, nodes, failed)
                request.warn(f"{error}: answered by {way.route.model_id}")

    def _retrieve(self, request: Request) -> Found:
        """Return the notes retrieved for a request.

        Every question searches the memory through this method.
        """
        return find_notes(self.memory, self.memory.embedder, request)

    def _arm(self, request: Request) -> tuple[RouterSession, Config]:
        """Return the session and settings that route a request: those of its arm, or the default ones.

        Arms exist only during a live comparison.
        """
        experiment = self._config.ab
        if experiment is None or not self._arms:
            return self._session, self._config
        user = ""
        with suppress(OSError, SanderlingError):  # without a salt, telemetry cannot be kept: that costs no answer
            user = self._journal.user
        arm = experiment.arm_of(user, request.history.first_question or request.query)
        request.experiment = experiment.recorded(arm)
        return self._arms[arm]

    def _decide(
        self, session: RouterSession, config: Config, routing: RoutingInput, request: Request, found: RetrievalResult
    ) -> Decision:
        """Return the router's decision or, with probability ``config.explore``, a random decision."""
        decision, sampling = session.route(routing, request, found), session.sampling
        return explore(decision, routing.guarded, request.query, sampling, config.explore, self._random)
