"""The runtime, which takes a request through all stages from question to answer and times each stage.

::

    embed ─► retrieve ─► route ─► cache ─┬─► draft ─► review ─┬────────────────► answer ─► write back ─► record
                                         │                    └─► larger draft ─►
                                         └─► an answer kept earlier ───────────►

A question about the notes themselves ends at the first stage, ``list_notes``: its answer is counted in the memory. The
other verbs are functions of :mod:`sanderling.stages`; the cache is :mod:`sanderling.response_cache`, the router
:mod:`sanderling.router`. A :class:`Runtime` holds what outlives a request: the memory, the loaded models, the telemetry
file. What lasts for a conversation is in :mod:`sanderling.request.history`.
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
from .config import Config
from .conversation import Conversation
from .engines import EngineName
from .engines.embedder import GgufEmbedder
from .filter import Filter
from .listing import Page
from .memory import Embedder, IngestProgress, IngestReport, Memory
from .opening import Parts, open_parts
from .records import (
    Answer,
    Constraints,
    ContextBin,
    Node,
    NodeSource,
    NodeType,
    Privacy,
    RetrievalResult,
    SourceNote,
)
from .request.handle import Handle
from .request.history import History
from .request.request import Request
from .response_cache.cache import ResponseCache
from .router.contract import Decision
from .router.explain import Explanation, explain
from .router.explore import explore
from .router.select import AUTO
from .router.two_step import RouterSession, RoutingInput
from .stages.answer import make_answer, ranked_sources, sources
from .stages.cuts import warn_of_count, warn_of_cut_answer
from .stages.draft import make_draft
from .stages.embed import checked
from .stages.find_notes import Found, find_notes, require_notes
from .stages.languages import with_note
from .stages.list_notes import list_notes
from .stages.record import Journal
from .stages.review import reviewed_draft
from .stages.summarise import Summarised, summarise
from .stages.writeback import try_write_back, write_back
from .telemetry.store import TelemetryStore

log = logging.getLogger(__name__)


class Runtime:
    """A memory, the models that can answer from it, and the router that chooses among them.

    Any number of threads may call everything but :meth:`close`. A model answers one question at a time, in the order in
    which they came; a question that waits longer than ``queue_timeout_s`` of ``config.toml`` raises Busy.
    """

    memory: Memory
    """The notes. Use it to add a text, read nodes, or search without a runtime's defaults."""
    config: Config
    """The settings this runtime was opened with."""

    def __init__(self, parts: Parts, folder: Path | None = None) -> None:
        """Make a runtime from ``parts``, which :meth:`open` chooses. ``folder`` None: the data folder."""
        memory, inventory, config = parts.memory, parts.inventory, parts.config
        self.memory, self.config = memory, config
        self._inventory, self._pool, self._router = inventory, parts.pool, parts.router
        profile, embedder_id = parts.detected.profile, memory.embedder.id
        self._session = RouterSession(parts.router, inventory, parts.pool, profile, config, embedder_id)
        self._random = Random()  # one for all threads: each draw is a single step
        folder = folder or settings.home()
        rows = TelemetryStore(folder / "telemetry.sqlite", keep_days=config.log_days)
        self._journal = Journal(embedder_id, config.log_query_text, rows, config.block_head)
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
        preload: bool = False,
    ) -> Self:
        """Open the memory at ``path``; create it if it does not exist.

        ``profile``: name of a device profile; ``auto`` detects it. ``ladder``: name of the models to choose from; None:
        as configured. ``model``: the only model to use, an id or a ``.gguf`` file; None: the ladder. ``engine`` None:
        as configured. ``router``: ``auto`` (an installed one, else the rule), ``rule``, ``learned`` (the installed
        one), ``shipped``, or the path of FastGRNN weights. ``n_threads`` None: as configured, else as the profile says.
        ``embedder`` None: as configured. ``config`` None: read from ``config.toml``. ``folder``: where telemetry and
        cached answers are kept; None: the data folder. ``preload``: begin to load the model that the first question
        will probably need while the rest is opened; it is ended if another one is needed.

        Raises MemoryFileError, ModelUnavailable, MissingExtra, UsageError; OutOfMemory for a ``model`` that does not
        fit; ValueError for a number out of its range.
        """
        parts = open_parts(
            Path(path),
            profile=profile,
            ladder=ladder,
            model=model,
            engine=engine,
            router=router,
            n_threads=n_threads,
            embedder=embedder,
            config=config,
            preload=preload,
        )
        return cls(parts, folder)

    def add(
        self,
        *paths: str | Path,
        prune: bool = False,
        exclude: Sequence[str] = (),
        confirm: Callable[[str], bool] | None = None,
        domain: str = "",
        tags: Sequence[str] = (),
        on_progress: Callable[[IngestProgress], None] | None = None,
    ) -> IngestReport:
        """Read files and folders into the memory.

        Unchanged files are skipped, changed ones replaced. ``prune`` True: documents under the given folders whose file
        is gone are forgotten; where that looks like a card that is not mounted, ``confirm`` is asked first, and None
        keeps them. ``exclude``: patterns of what to leave out, as in ``.gitignore``. ``domain``: for documents that
        name none themselves. ``tags``: added to those of every document. ``on_progress``: called after each document;
        None: not called.

        Raises UsageError for a path that does not exist and for what a prune kept, MemoryFileError, StorageFull.
        """
        report = self.memory.ingest(
            paths, prune=prune, exclude=exclude, confirm=confirm, domain=domain, tags=tags, on_progress=on_progress
        )
        if report.changed or report.removed:
            self._responses.forget_stale()
        return with_note(report, self.memory.store)

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
        limit: int = 20,
        start: int = 1,
        stream: Callable[[str], None] | None = None,
        handle: Handle | None = None,
    ) -> Answer:
        """Answer one question from the memory.

        ``budget_ms``: desired time for the whole answer; None: any. ``privacy``: ``local`` opens no socket.
        ``max_tokens``: upper bound of generated tokens. ``context`` and ``temperature`` None: chosen by the router.
        ``filter``: the notes to answer from; None: all. ``cache`` False: the response cache is neither read nor
        written. ``limit`` and ``start``: most notes of a list that the question asks for, and the number of the first,
        from 1; such a question is answered by a :class:`~sanderling.Listing`, without a model. ``stream``: called with
        each piece of text as it is generated; an exception from it ends the answer. ``handle``: a new
        :class:`~sanderling.Handle`, by which another thread can cancel this question; None: none.

        Raises UsageError for an empty or oversized question and for a filter that no note passes; EngineError,
        OutOfMemory, ModelUnavailable, MemoryFileError; Busy when the model was not free in time; Cancelled when the
        question was cancelled before a model began to answer it; ValueError for a number out of its range.
        """
        constraints = Constraints(
            budget_ms=budget_ms,
            privacy=privacy,
            max_tokens=max_tokens,
            context_bin=context,
            temperature=temperature,
            cache=cache,
        )
        return self._answer(question, constraints, History(), stream, filter, handle, Page(limit, start))

    def search(
        self, question: str, *, filter: Filter | None = None, warn: Callable[[str], None] = log.warning
    ) -> tuple[SourceNote, ...]:
        """Return the notes retrieved for a question, best first; no model is run.

        ``filter``: the notes to search; None: all. ``warn``: called with a text when the embedder read only the
        beginning of the question.

        Raises UsageError for an empty or oversized question, MemoryFileError.
        """
        request = Request(query=checked(question), filter=filter)
        found, nodes = self._retrieve(request)
        for warning in request.warnings:
            warn(warning)
        return ranked_sources(found, nodes)

    def chat(self, *, filter: Filter | None = None) -> Conversation:
        """Begin a conversation about the notes that pass ``filter``, or about all notes if it is None."""
        return Conversation(self._answer, self.config.queue_timeout_s, filter)

    def explain(
        self,
        question: str,
        *,
        budget_ms: float | None = None,
        privacy: Privacy = "local",
        filter: Filter | None = None,
    ) -> Explanation:
        """Explain how a question would be routed; no model is run. Arguments and errors as for :meth:`ask`."""
        constraints = Constraints(budget_ms=budget_ms, privacy=privacy)
        constraints.check()
        request = Request(query=checked(question), constraints=constraints, filter=filter)
        found, nodes = self._retrieve(request)
        for warning in request.warnings:
            log.warning(warning)
        routing_input = self._session.observe(request, found, nodes, self._journal.requests)
        route, guarded = self._session.route(routing_input, request, found).route, routing_input.guarded
        return explain(self._router, routing_input.raw, guarded.choices, guarded.reason, found.attended, route, None)

    def summarise(
        self,
        *,
        limit: int | None = None,
        on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
        warn: Callable[[str], None] = log.warning,
    ) -> list[Summarised]:
        """Let the smallest model summarise each dense group of notes that has no summary yet, the largest group first.

        ``limit``: number of groups; None: all. ``on_progress``: called before each group with the number done and the
        total. ``warn``: called with a text for each group about which the model wrote nothing.

        Raises EngineError, OutOfMemory, ModelUnavailable, Busy, MemoryFileError; summaries written before are kept.
        """
        return summarise(self.memory, self._inventory, self._pool, limit=limit, on_progress=on_progress, warn=warn)

    @property
    def generating(self) -> bool:
        """Whether any answer is being generated now."""
        return self._pool.generating

    def cancel(self) -> bool:
        """Cancel all answers that are being generated, each within one token; return whether there were any.

        Each call of :meth:`ask` returns the text generated so far, with ``finish_reason`` ``cancelled``. To cancel one
        question, see :class:`~sanderling.Handle`.
        """
        return self._pool.cancel()

    def rate(self, answer: Answer, score: float | Literal["up", "down"]) -> None:
        """Record a score of ``answer`` from 1 to 5 in the telemetry; ``up`` is 5 and ``down`` is 1.

        Raises UsageError for any other score and for an answer without a row in the telemetry; MemoryFileError,
        StorageFull.
        """
        self._journal.rate(answer.request_id, score)

    def remember(self, question: str, answer: Answer) -> None:
        """Write an answer back into the memory as a node of type ``memory`` that cites the notes it was made from.

        Raises MemoryFileError, StorageFull.
        """
        write_back(self.memory, question, answer.text, answer.sources)

    def give(
        self,
        text: str,
        *,
        type: NodeType = "memory",
        source: NodeSource = "agent",
        title: str = "",
        tags: Sequence[str] = (),
        domain: str = "",
        date: str = "",
        relation: str = "cites",
        to: Sequence[str] = (),
    ) -> Node:
        """Store one note, such as a trace or what a tool returned, and return its node.

        Arguments and errors as for :meth:`sanderling.memory.memory.Memory.give`, whose ``source`` is the user.
        """
        return self.memory.give(
            text, type=type, source=source, title=title, tags=tags, domain=domain, date=date, relation=relation, to=to
        )

    def close(self) -> None:
        """End the worker processes, save the index, and close all files. No other thread may be asking a question."""
        self._pool.close()
        if isinstance(self.memory.embedder, GgufEmbedder):
            self.memory.embedder.close()
        self.memory.close()
        self._responses.close()
        self._journal.close()

    def __enter__(self) -> Self:
        """Return the runtime itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the runtime."""
        self.close()

    def _retrieve(self, request: Request) -> Found:
        """Return the notes retrieved for a request.

        Every question searches the memory through this method.
        """
        return find_notes(self.memory, self.memory.embedder, request)

    def _answer(
        self,
        question: str,
        constraints: Constraints,
        history: History,
        stream: Callable[[str], None] | None,
        filter: Filter | None,
        handle: Handle | None,
        page: Page,
    ) -> Answer:
        """Answer a question and append the turn to ``history``, which is empty for a single question."""
        constraints.check()
        page.check()
        handle = handle or Handle()
        handle.begin()
        request = Request(checked(question), handle.id, constraints, history, filter, handle=handle)
        request.generation = self.memory.store.generation()
        watch = request.watch
        if (listing := list_notes(self.memory, request, page, stream)) is not None:
            return listing
        found, nodes = self._retrieve(request)
        require_notes(self.memory, found)
        with watch("router"):
            routing = self._session.observe(request, found, nodes, self._journal.requests)
            decision = self._decide(routing, request, found)
        with watch("cache"):
            cached = self._responses.find(request, found, decision.route)
        draft_on = partial(make_draft, self._inventory, self._pool, request, found, nodes, head=self.config.block_head)
        draft, assessment, review = reviewed_draft(self._session, routing, decision, request, cached, draft_on, stream)
        warn_of_cut_answer(request, draft)
        warn_of_count(request, draft)
        with watch("cache"):
            self._responses.keep(request, found, decision.route, draft)
        notes = sources(draft.prompt, nodes)
        history.append(draft, request.query, review.hidden, [note.title for note in notes])
        if self.config.write_back == "always":
            with watch("writeback"):
                try_write_back(self.memory, request, draft.generation.text, notes)
        answer = make_answer(request, draft, assessment, notes)
        return self._journal.record(answer, request, found, draft.engine, review.raw, routing.guarded.allowed)

    def _decide(self, routing: RoutingInput, request: Request, found: RetrievalResult) -> Decision:
        """Return the router's decision or, with probability ``config.explore``, a random decision."""
        decision, sampling = self._session.route(routing, request, found), self._inventory.sampling
        return explore(decision, routing.guarded, request.query, sampling, self.config.explore, self._random)
