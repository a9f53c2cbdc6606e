"""One request from question to answer: a line per verb, each timed.

``embed → search + attend → features → route → cache → context → generate → assess → write back → telemetry``. What a
verb does is in :mod:`sanderling.stages`, and of the cache, which leads past the next two, in
:mod:`sanderling.response_cache`; what lasts longer than a request (the memory, the loaded model, the telemetry file) is
held by the :class:`Runtime`; what lasts for a conversation is in :mod:`sanderling.request.history`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Literal, Self

from . import config as settings
from . import ranges
from .config import Config
from .conversation import Conversation
from .device import profiles
from .device.profiles import Detected
from .engines import EngineName
from .engines.model_pool import ModelPool
from .errors import SanderlingError, UsageError
from .filter import Filter
from .memory import Embedder, IngestProgress, IngestReport, Memory
from .models import configured, fit, pick_quant
from .models.inventory import ModelInventory
from .records import Answer, Constraints, ContextBin, Privacy, SourceNote
from .request.handle import Handle
from .request.history import History
from .request.request import Request
from .response_cache.cache import ResponseCache
from .router.contract import Router
from .router.explain import Explanation, explain
from .router.explore import explore
from .router.select import AUTO, router_for, router_named
from .router.two_step import RouterSession
from .stages.draft import make_draft
from .stages.embed import checked, embed
from .stages.generate import cut
from .stages.prompt import source_note, sources
from .stages.record import Journal
from .stages.retrieve import retrieve
from .stages.writeback import write_back
from .telemetry.store import TelemetryStore

log = logging.getLogger(__name__)


class Runtime:
    """A memory, the models that can answer from it, and the router that chooses.

    Any number of threads may call everything but :meth:`close`. A model answers one question at a time, first come
    first served; a question that does not get its turn within ``queue_timeout_s`` of ``config.toml`` raises Busy.
    """

    def __init__(
        self,
        memory: Memory,
        embedder: Embedder,
        inventory: ModelInventory,
        pool: ModelPool,
        router: Router,
        detected: Detected,
        config: Config,
        folder: Path | None = None,
    ) -> None:
        """Put the parts together; :meth:`open` chooses them."""
        self.memory, self.embedder, self.inventory, self.pool = memory, embedder, inventory, pool
        self.router, self.detected, self.config = router, detected, config
        self._session = RouterSession(router, inventory, pool, detected.profile, config, embedder.id)
        self._random = Random()  # one for all threads: each draw is a single step
        folder = folder or settings.home()
        rows = TelemetryStore(folder / "telemetry.sqlite", keep_days=config.log_days)
        self._journal = Journal(embedder.id, config.log_query_text, rows)
        self._responses = ResponseCache(memory, inventory, config, folder / "responses.sqlite")

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        profile: str = "auto",
        ladder: str | None = None,
        model: str | None = None,
        engine: EngineName | None = None,
        router: str = AUTO,
        n_threads: int | None = None,
        embedder: Embedder | None = None,
        config: Config | None = None,
        folder: Path | None = None,
    ) -> Self:
        """Open the memory at ``path``, making it if it is absent.

        ``profile``: a device profile, or ``auto``. ``ladder``: models to choose from; None: as configured. ``model``:
        the only model to use, an id or a ``.gguf`` file; None: the ladder. ``engine`` None: as configured.
        ``router``: ``auto``, ``rule``, ``learned`` (what ``sanderling router train`` installed), ``shipped``, or the
        path of FastGRNN weights; see :func:`~.router.select.router_for`. ``n_threads`` None: as configured, else as the
        profile says. ``embedder`` None: as configured. ``config`` None: what ``config.toml`` says. ``folder``: of the
        telemetry and of kept answers; None: the data folder.

        Raises MemoryFileError, ModelUnavailable, MissingExtra, OutOfMemory (only for a ``model`` that does not fit) or
        UsageError; each says what to do. ValueError for a number out of range.
        """
        ranges.THREADS.check("n_threads", n_threads)
        config = config or configured.load()
        detected = profiles.choose(profile)
        chosen = router_named(router)  # a wrong name is told before models are looked for
        threads = n_threads or config.n_threads
        if model is None:
            inventory = ModelInventory.of_ladder(ladder or config.ladder, detected, threads)
        else:
            only = pick_quant.resolve(model, detected)
            inventory = ModelInventory((only,), detected, threads)
            spec = inventory.load_spec(only.entry.id)
            fit.require(only.path, spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
        chosen = chosen or router_for(router, inventory)
        if embedder is None:
            from .models.embedder import open_embedder

            embedder = open_embedder(config.embedder, n_threads=threads or detected.profile.threads_prefill)
        pool = ModelPool(engine or config.engine, config)
        memory = Memory.open(Path(path), embedder)
        return cls(memory, embedder, inventory, pool, chosen, detected, config, folder)

    def add(
        self,
        *paths: str | Path,
        prune: bool = False,
        domain: str = "",
        tags: Sequence[str] = (),
        on_progress: Callable[[IngestProgress], None] | None = None,
    ) -> IngestReport:
        """Read files and folders into the memory; unchanged ones are passed over, changed ones replaced.

        ``prune``: forget documents under the given folders whose file is gone. ``domain``: of documents that name none
        themselves. ``tags``: given to all, beside their own.
        """
        report = self.memory.ingest(paths, prune=prune, domain=domain, tags=tags, on_progress=on_progress)
        if report.changed or report.removed:
            self._responses.forget_stale()
        return report

    def ask(
        self,
        question: str,
        *,
        budget_ms: float | None = None,
        privacy: Privacy = "local",
        max_tokens: int = 256,
        context: ContextBin | None = None,
        temperature: float | None = None,
        filter: Filter | None = None,
        cache: bool = True,
        stream: Callable[[str], None] | None = None,
        handle: Handle | None = None,
    ) -> Answer:
        """Answer one question from the memory.

        ``budget_ms``: wish for the whole answer; None: no wish. ``privacy``: ``local`` opens no socket. ``context`` and
        ``temperature`` None: the router chooses. ``filter``: the notes to answer from; None: all. ``cache`` False: the
        answer is made anew, and not kept. ``stream``: is handed each piece of text as it is generated; what it raises
        ends the answer. ``handle``: a new one, by which another thread can end this question.

        Raises UsageError for an empty or oversized question and a filter that no note passes; EngineError, OutOfMemory,
        ModelUnavailable; Busy when others were answered for too long, Cancelled when the question was ended before a
        model began to answer it; ValueError for a number out of range.
        """
        constraints = Constraints(
            budget_ms=budget_ms,
            privacy=privacy,
            max_tokens=max_tokens,
            context_bin=context,
            temperature=temperature,
            cache=cache,
        )
        return self.answer(question, constraints, History(), stream, filter, handle)

    def search(
        self, question: str, *, filter: Filter | None = None, warn: Callable[[str], None] = log.warning
    ) -> tuple[SourceNote, ...]:
        """Return the notes the memory finds for a question, best first, without asking a model.

        ``filter`` None: among all notes. ``warn`` is told when only the beginning of the question was read.
        """
        text = checked(question)
        found = retrieve(self.memory, text, embed(self.embedder, text, warn), filter)
        weights = dict(zip(found.attended.keys.tolist(), found.attended.weights.tolist(), strict=True))
        return tuple(source_note(node, weights[node.key]) for node in self.memory.nodes(found.attended.keys))

    def chat(self, *, filter: Filter | None = None) -> Conversation:
        """Begin a conversation about the notes that pass ``filter``; None: about all."""
        return Conversation(self.answer, self.config.queue_timeout_s, filter)

    def answer(
        self,
        question: str,
        constraints: Constraints,
        history: History,
        stream: Callable[[str], None] | None,
        filter: Filter | None,
        handle: Handle | None,
    ) -> Answer:
        """Answer within a history; :meth:`ask` and :class:`Conversation` are the ways to call this."""
        constraints.check()
        handle = handle or Handle()
        handle.begin()
        request = Request(
            id=handle.id,
            query=checked(question),
            constraints=constraints,
            history=history,
            filter=filter,
            generation=self.memory.store.generation(),
            handle=handle,
        )
        watch = request.watch
        with watch("embed"):
            text = history.search_text(request.query)
            vector = embed(self.embedder, text, request.warn)
        with watch("retrieval"):
            found = retrieve(self.memory, text, vector, filter)
            if len(self.memory) and not len(found.hits.keys):
                # A model that is shown nothing may make something up.
                raise UsageError("no notes match the filter: widen it, or ask without one")
            nodes = {node.key: node for node in self.memory.nodes(found.attended.keys)}
        with watch("router"):
            routing_input = self._session.observe(request, found, nodes, self._journal.requests)
            allowed, sampling = routing_input.guarded.allowed, self.inventory.sampling
            decision = self._session.route(routing_input, request, found)
            decision = explore(
                decision, routing_input.guarded, request.query, sampling, self.config.explore, self._random
            )
        with watch("cache"):
            kept = self._responses.find(request, found, decision.route)
        held_back = kept or self.router.may_escalate
        draft_with = partial(make_draft, self.inventory, self.pool, request, found, nodes)
        draft = kept or draft_with(decision.route, None if held_back else stream)
        with watch("router"):
            review = self._session.review(routing_input, request, decision, draft, final=kept is not None)
            assessment = review.assessment
        if review.larger is not None:
            draft = draft_with(review.larger, stream)
            assessment = review.final(draft)
        elif held_back and stream:
            stream(draft.generation.text)
        if ending := cut(draft.generation, constraints.max_tokens, draft.n_ctx):
            request.warn(ending)
        with watch("cache"):
            self._responses.keep(request, found, decision.route, draft)
        history.append(draft, request.query, review.hidden)
        notes = sources(draft.prompt, nodes)
        if self.config.write_back == "always":
            with watch("writeback"):
                try:
                    write_back(self.memory, request.query, draft.generation.text, notes)
                except SanderlingError as error:  # the answer is there all the same
                    request.warn(f"the answer was not remembered ({error})")
        return self._journal.answer(request, found, draft, assessment, review.raw, notes, allowed)

    def explain(
        self,
        question: str,
        *,
        budget_ms: float | None = None,
        privacy: Privacy = "local",
        filter: Filter | None = None,
    ) -> Explanation:
        """Tell where a question would go and why, without asking any model; arguments and errors as :meth:`ask`."""
        constraints = Constraints(budget_ms=budget_ms, privacy=privacy)
        constraints.check()
        history = History()
        request = Request(id="", query=checked(question), constraints=constraints, history=history, filter=filter)
        found = retrieve(self.memory, request.query, embed(self.embedder, request.query, log.warning), filter)
        nodes = {node.key: node for node in self.memory.nodes(found.attended.keys)}
        routing_input = self._session.observe(request, found, nodes, self._journal.requests)
        route, guarded = self._session.route(routing_input, request, found).route, routing_input.guarded
        return explain(self.router, routing_input.raw, guarded.choices, guarded.reason, found.attended, route, None)

    @property
    def generating(self) -> bool:
        """Whether any answer is being generated now."""
        return self.pool.generating

    def cancel(self) -> bool:
        """End all answers that are being generated, within a token; return whether there was one.

        Each returns with what had been draft_with, ``finish_reason`` "cancelled". For one of them see :class:`Handle`.
        """
        return self.pool.cancel()

    def rate(self, answer: Answer, score: float | Literal["up", "down"]) -> None:
        """Keep in the telemetry how good ``answer`` was, 1 to 5; ``up`` is 5 and ``down`` 1.

        Raises UsageError for anything else, and when the request is not in the telemetry of this device.
        """
        self._journal.rate(answer.request_id, score)

    def remember(self, question: str, answer: Answer) -> None:
        """Write an answer back into the memory as a node of type ``memory`` that cites the notes it was made from."""
        write_back(self.memory, question, answer.text, answer.sources)

    def close(self) -> None:
        """End the workers, save the index, close all files. No question may be under way in another thread."""
        self.pool.close()
        self.memory.close()
        self._responses.close()
        self._journal.close()

    def __enter__(self) -> Self:
        """Return the runtime itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
