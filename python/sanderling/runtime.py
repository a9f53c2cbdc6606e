"""The runtime: the memory, models and telemetry that outlive a request.

A question is taken through all its stages by :mod:`sanderling.answerer`. What lasts for a conversation is in
:mod:`sanderling.request.history`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from . import config as settings
from .answerer import Answerer
from .config import Config
from .constraints import Constraints
from .conversation import Conversation
from .conversations.kept import KeptConversations
from .conversations.turn import KeptConversation
from .engines import EngineName
from .engines.embedder import GgufEmbedder
from .engines.json_schema import checked as checked_schema
from .filter import Filter
from .listing import Page
from .memory import Embedder, IngestProgress, IngestReport, Memory
from .memory.upkeep.forget import Forgotten, forget_answer, forget_note
from .models.inventory import ModelState
from .models.task_choice import TaskKind, model_for
from .opening import Parts, open_parts
from .plain.model import PlainModel
from .plain.tier_model import PlainTierModel
from .quote import Quote
from .records import Answer, ContextBin, Node, NodeSource, NodeType, Privacy, SourceNote
from .request.admission import Admission
from .request.handle import Handle
from .request.history import History
from .response_cache.cache import ResponseCache
from .router.explain import Explanation
from .router.select import AUTO
from .stages.languages import with_note
from .stages.quote_notes import quote_notes
from .stages.record import Journal
from .stages.summarise import Summarised, summarise
from .stages.writeback import remember
from .telemetry.feedback import is_bad
from .telemetry.store import TelemetryStore
from .tiers.state import TierState, states

log = logging.getLogger(__name__)


class Runtime:
    """A memory, the models that answer from it, and the router that chooses among them.

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
        self._inventory, self._pool, self._router, self._tiers = inventory, parts.pool, parts.router, parts.tiers
        folder = folder or settings.home()
        rows = TelemetryStore(folder / "telemetry.sqlite", keep_days=config.log_days)
        self._journal = Journal(memory.embedder.id, config.log_query_text, rows, config.block_head)
        self._responses = ResponseCache(memory, inventory, config, folder / "responses.sqlite")
        routers = " ".join((parts.router.id, *(arm.router.id for arm in parts.arms.values())))
        self._kept = KeptConversations(memory, config, folder, routers, inventory.file_of)
        self._answerer = Answerer(parts, self._journal, self._responses)

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
        """Open the memory at ``path``, or create it there.

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
            self._kept.forget_lost()
        return with_note(report, self.memory.store)

    def ask(
        self,
        question: str,
        *,
        budget_ms: float | None = None,
        privacy: Privacy | None = None,
        max_tokens: int = 256,
        context: ContextBin | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        stop: Sequence[str] = (),
        model: str = "",
        filter: Filter | None = None,
        cache: bool = True,
        limit: int = 20,
        start: int = 1,
        json_schema: Mapping[str, object] | None = None,
        stream: Callable[[str], None] | None = None,
        on_quote: Callable[[Quote], None] | None = None,
        handle: Handle | None = None,
    ) -> Answer:
        """Answer one question from the memory.

        ``budget_ms``: desired time for the whole answer; None: any; where no model can meet it, a sentence of the notes
        is the answer, and ``route`` names no model. ``privacy``: ``local`` opens no socket, ``own`` lets the user's own
        machines answer, ``any`` every tier; None: as configured, which is ``local`` at first. ``max_tokens``: upper
        bound of generated tokens. ``context``, ``temperature`` and ``top_p`` None: chosen by the router. ``seed`` of
        the random draws; None: the model's own. ``stop``: texts that end the answer. ``model``: id of the only model to
        use; empty: chosen by the router. ``filter``: the notes to answer from; None: all. ``cache`` False: the response
        cache is neither read nor written. ``limit`` and ``start``: most notes of a list that the question asks for, and
        the number of the first, from 1; such a question is answered by a :class:`~sanderling.Listing`, without a model.
        ``json_schema``: a JSON schema that a model's answer, never a cached one, follows until ``max_tokens`` cuts it;
        ``{"type": "object"}`` is any object, None any text. ``stream``: called with each piece of text as it is
        generated; an exception from it ends the answer. ``on_quote``: called with the sentence of the notes that
        answers best, before a model begins, where one is good enough and no answer is kept. ``handle``: a new
        :class:`~sanderling.Handle`, by which another thread can cancel this question; None: none.

        Raises UsageError for an empty or oversized question, a filter that no note passes and a keyword of
        ``json_schema`` that cannot be enforced; EngineError, MissingExtra, OutOfMemory, ModelUnavailable,
        MemoryFileError; Busy when the model was not free in time; Cancelled when stopped before a model began;
        ValueError for a number out of its range.
        """
        constraints = Constraints(
            budget_ms=budget_ms,
            privacy=privacy,
            max_tokens=max_tokens,
            context_bin=context,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            stop=tuple(stop),
            model_id=model,
            cache=cache and json_schema is None,
        )
        page, schema = Page(limit, start), checked_schema(json_schema)
        return self._answerer.answer(question, constraints, History(), stream, filter, handle, page, schema, on_quote)

    def quote(self, question: str, *, filter: Filter | None = None, limit: int = 20, start: int = 1) -> Answer:
        """Answer one question by quoting the best sentence of the notes, in tens of milliseconds.

        No model is run, and no telemetry row is written. ``text`` is empty, and ``quote`` None, if no sentence is good
        enough. Arguments and errors as for :meth:`ask`; UsageError for an empty memory as well.
        """
        return quote_notes(self.memory, question, filter, Page(limit, start))

    def search(
        self, question: str, *, filter: Filter | None = None, warn: Callable[[str], None] = log.warning
    ) -> tuple[SourceNote, ...]:
        """Return the notes retrieved for a question, best first, without running a model.

        ``filter``: the notes to search; None: all. ``warn``: called with a text when the embedder read only the
        beginning of the question.

        Raises UsageError for an empty or oversized question, MemoryFileError.
        """
        return self._answerer.search(question, filter, warn)

    @property
    def models(self) -> tuple[str, ...]:
        """Ids of the available models, smallest first."""
        return tuple(model.entry.id for model in self._inventory.models)

    @property
    def loaded(self) -> tuple[str, ...]:
        """Ids of the loaded models."""
        return self._pool.model_ids

    def tier_states(self) -> tuple[TierState, ...]:
        """Return the state of each configured tier, and the data sent to it."""
        return states(self._tiers)

    def model(self, model_id: str = "", *, task: TaskKind = "answers") -> PlainModel:
        """Return a model to ask without notes, by id or as chosen for ``task`` (``bench tasks``). Raises UsageError."""
        return PlainModel(self._inventory, self._pool, model_id or model_for(task, self._inventory))

    def tier_model(self, model_id: str, privacy: Privacy | None = None) -> PlainTierModel:
        """Return a model on another machine, to be asked without notes. Raises UsageError, ModelUnavailable."""
        return PlainTierModel(self._tiers, model_id, privacy, self.config.privacy, self._journal.sent)

    def chat(
        self, *, filter: Filter | None = None, turns: Sequence[tuple[str, str]] = (), instructions: str = ""
    ) -> Conversation:
        """Begin a conversation about the notes that match ``filter``. None: all notes. The conversation is not kept.

        ``turns``: earlier questions with their answers, oldest first, if the conversation goes on from elsewhere.
        ``instructions``: what to heed in every answer, added to the system prompt.
        """
        history = History.of_turns(turns, instructions)
        return Conversation(self._answerer.answer, self.config.queue_timeout_s, filter, history)

    def conversation(self, id: str | None = None, *, filter: Filter | None = None) -> Conversation:
        """Begin a kept conversation, or resume one where it ended.

        ``id``: of one of :meth:`conversations`, or the beginning of it; None: begin. ``filter``: the notes to answer
        from; None: those of the conversation so far, which are all notes at first. Nothing is kept, and the new
        conversation has no id, if ``kept_conversations`` is 0 or ``log_query_text`` false.

        Raises UsageError if there is no such conversation, or it is about another memory; MemoryFileError.
        """
        kept = self._kept.begin() if id is None else self._kept.go_on(id)
        filter = kept.filter if kept is not None and filter is None else filter
        return Conversation(self._answerer.answer, self.config.queue_timeout_s, filter, None, kept, self._kept.begin)

    def conversations(self) -> tuple[KeptConversation, ...]:
        """Return the kept conversations about this memory, most recently used first. Raises MemoryFileError."""
        return self._kept.shown()

    def forget_conversation(self, id: str) -> None:
        """Erase a kept conversation and its telemetry. Raises UsageError if there is none; MemoryFileError."""
        self._kept.forget(id)

    def model_states(self) -> tuple[ModelState, ...]:
        """Return the state of each model in :attr:`models`."""
        return self._inventory.states(self._pool)

    def admit_by(self, admission: Admission) -> None:
        """Let ``admission`` decide when a routed question may use its model. Call it before the first question."""
        self._answerer.admission = admission

    def explain(
        self,
        question: str,
        *,
        budget_ms: float | None = None,
        privacy: Privacy | None = None,
        filter: Filter | None = None,
    ) -> Explanation:
        """Explain how a question would be routed, without running a model. Arguments and errors as for :meth:`ask`."""
        return self._answerer.explain(question, Constraints(budget_ms=budget_ms, privacy=privacy), filter)

    def summarise(
        self,
        *,
        limit: int | None = None,
        on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
        warn: Callable[[str], None] = log.warning,
    ) -> list[Summarised]:
        """Summarise each dense group of notes without a summary, largest first, by ``model(task="summaries")``.

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
        """Cancel all running answers within one token each; return whether there were any.

        Each call of :meth:`ask` returns the text generated so far, with ``finish_reason`` ``cancelled``. To cancel one
        question, see :class:`~sanderling.Handle`.
        """
        return self._pool.cancel()

    def rate(self, answer: Answer | str, score: float | Literal["up", "down"]) -> None:
        """Record a score for ``answer``, 1 to 5. ``up`` is 5 and ``down`` is 1.

        Below 3, what models wrote back or the response cache keeps for its question is deleted. ``answer``: that or its
        ``request_id``. Raises UsageError for another score or without a telemetry row; MemoryFileError, StorageFull.
        """
        request_id = answer if isinstance(answer, str) else answer.request_id
        question = self._journal.rate(request_id, score)
        if is_bad(score):
            self._responses.forget_question(question)
            forget_answer(self.memory.store, self.memory.index, request_id, question)

    def remember(self, question: str, answer: Answer) -> None:
        """Write an answer back into the memory, as a node that cites the notes it came from. Its type is ``memory``.

        Raises UsageError for an answer that may not be trusted, with the reason; MemoryFileError, StorageFull.
        """
        remember(self.memory, question, answer)

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
        """Store one note, such as a trace or a tool's output; return its node.

        Arguments and errors as for :meth:`sanderling.memory.memory.Memory.give`, whose ``source`` is the user.
        """
        return self.memory.give(
            text, type=type, source=source, title=title, tags=tags, domain=domain, date=date, relation=relation, to=to
        )

    def forget(self, node_id: str) -> Forgotten:
        """Delete a note and its whole document from the memory, and erase their words from the disk.

        A file itself is not touched, and the next ingest of its folder reads it again. Raises UsageError for an id that
        stands for none; MemoryFileError, StorageFull.
        """
        done = forget_note(self.memory.store, self.memory.index, node_id)
        self._responses.forget_stale()
        self._kept.forget_lost()
        return done

    def close(self, *, wait: bool = True) -> None:
        """End the worker processes, save the index and close all files, while no other thread asks a question.

        ``wait`` False: do not wait until the system has freed the memory of the models.
        """
        self._pool.close(wait=wait)
        if isinstance(self.memory.embedder, GgufEmbedder):
            self.memory.embedder.close()
        self.memory.close()
        self._responses.close()
        self._kept.close()
        self._journal.close()
        self._inventory.experience.close()

    def __enter__(self) -> Self:
        """Return the runtime itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Close the runtime."""
        self.close()
