"""One request from question to answer: a line per verb, each timed.

``embed → search + attend → features → route → cache → context → generate → assess → write back → telemetry``. What a
verb does is in :mod:`sanderling.stages`, and of the cache, which leads past the next two, in
:mod:`sanderling.response_cache`; what lasts longer than a request (the memory, the loaded model, the telemetry file) is
held by the :class:`Runtime`; what lasts for a conversation is in :mod:`sanderling.conversation`.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

import msgspec

from . import config as settings
from . import profiles
from .config import Config
from .conversation import Conversation, History
from .device import available_ram_bytes
from .device.strain import Gauge
from .engines import EngineName
from .engines.chat_format import stop_texts
from .engines.resident import Resident
from .errors import UsageError
from .filter import Filter
from .memory import Embedder, IngestProgress, IngestReport, Memory
from .models import fit, pick_quant
from .models.gguf import SYNTHETIC
from .models.shelf import Shelf
from .profiles import Detected
from .records import Answer, Constraints, ContextBin, Draft, Found, Node, Privacy, Route, SourceNote
from .request import Request
from .response_cache.cache import ResponseCache
from .router.candidates import all_choices
from .router.contract import Decision, Router
from .router.explain import Explanation, explain
from .router.explore import explore
from .router.guard import Guarded, guard
from .stages import features
from .stages.assess import assess
from .stages.context import compose, source_note, sources
from .stages.embed import checked, embed
from .stages.generate import cut, generate
from .stages.retrieve import retrieve
from .stages.route import AUTO, next_larger, router_for, router_named
from .stages.writeback import write_back
from .telemetry.journal import Journal

log = logging.getLogger(__name__)


class Runtime:
    """A memory, the models that can answer from it, and the router that chooses. One question at a time."""

    def __init__(
        self,
        memory: Memory,
        embedder: Embedder,
        shelf: Shelf,
        resident: Resident,
        router: Router,
        detected: Detected,
        config: Config,
    ) -> None:
        """Put the parts together; :meth:`open` chooses them."""
        self.memory, self.embedder, self.shelf, self.resident = memory, embedder, shelf, resident
        self.router, self.detected, self.config = router, detected, config
        self._gauge = Gauge()
        self._random = Random()
        self._journal = Journal(embedder.id, config.log_query_text)
        self._responses = ResponseCache(memory, shelf, config)

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
    ) -> Self:
        """Open the memory at ``path``, making it if it is absent.

        ``profile``: a device profile, or ``auto``. ``ladder``: models to choose from; None: as configured. ``model``:
        the only model to use, an id or a ``.gguf`` file; None: the ladder. ``engine`` None: as configured.
        ``router``: ``auto``, ``rule``, ``learned`` (what ``sanderling router train`` installed), or the path of
        FastGRNN weights; see :func:`~.stages.route.router_for`. ``n_threads`` None: as configured, else as the profile
        says. ``embedder`` None: as configured.

        Raises MemoryFileError, ModelUnavailable, MissingExtra, OutOfMemory (only for a ``model`` that does not fit) or
        UsageError; each says what to do.
        """
        config = settings.load()
        detected = profiles.choose(profile)
        router_named(router)  # a wrong name is told before models are looked for
        threads = n_threads or config.n_threads
        if model is None:
            shelf = Shelf.of_ladder(ladder or config.ladder, detected, threads)
        else:
            only = pick_quant.resolve(model, detected)
            shelf = Shelf((only,), detected, threads)
            spec = shelf.load_spec(only.entry.id)
            fit.require(only.path, spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
        chosen = router_for(router, shelf)
        if embedder is None:
            from .engines.onnx_embedder import OnnxEmbedder

            embedder = OnnxEmbedder.open(config.embedder, n_threads=threads or detected.profile.threads_prefill)
        resident = Resident(engine or config.engine, config)
        return cls(Memory.open(Path(path), embedder), embedder, shelf, resident, chosen, detected, config)

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
        return self.memory.ingest(paths, prune=prune, domain=domain, tags=tags, on_progress=on_progress)

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
    ) -> Answer:
        """Answer one question from the memory.

        ``budget_ms``: wish for the whole answer; None: no wish. ``privacy``: ``local`` opens no socket. ``context`` and
        ``temperature`` None: the router chooses. ``filter``: the notes to answer from; None: all. ``cache`` False: the
        answer is made anew, and not kept. ``stream``: is handed each piece of text as it is generated.

        Raises UsageError for an empty or oversized question and a filter that no note passes; EngineError, OutOfMemory
        or ModelUnavailable.
        """
        constraints = Constraints(
            budget_ms=budget_ms,
            privacy=privacy,
            max_tokens=max_tokens,
            context_bin=context,
            temperature=temperature,
            cache=cache,
        )
        return self.answer(question, constraints, History(), stream, filter)

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
        return Conversation(self, filter)

    def answer(
        self,
        question: str,
        constraints: Constraints,
        history: History,
        stream: Callable[[str], None] | None,
        filter: Filter | None,
    ) -> Answer:
        """Answer within a history; :meth:`ask` and :class:`Conversation` are the ways to call this."""
        request = Request(
            id=str(uuid.uuid4()),
            query=checked(question),
            constraints=constraints,
            history=history,
            filter=filter,
            generation=self.memory.store.generation(),
        )
        watch, budget_ms = request.watch, constraints.budget_ms
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
            guarded, raw = self._choices(request, found, nodes)
            allowed, sampling = guarded.allowed, self.shelf.sampling
            decision = self._decide(guarded, raw, found, history)
            decision = explore(decision, guarded, request.query, sampling, self.config.explore, self._random)
        with watch("cache"):
            kept = self._responses.find(request, found, decision.route)
        held_back = kept or self.router.may_escalate
        draft = kept or self._draft(request, found, nodes, decision.route, None if held_back else stream)
        with watch("router"):
            raw |= features.of_draft(draft.generation, [block.text for block in draft.prompt.blocks])
            left_ms = None if budget_ms is None else budget_ms - watch.elapsed_ms()
            second = raw | features.of_second_step(decision.rung, left_ms)
            verdict = self.router.assess(features.vector(second), draft.generation, decision.hidden)
            larger = None if kept else next_larger(draft.route, allowed, sampling, watch.elapsed_ms(), budget_ms)
            if draft.generation.finish_reason == "cancelled":
                larger = None  # who stops an answer does not wish for another
            assessment = assess(draft.generation, verdict, larger)
        if not assessment.accept and larger is not None:
            draft = self._draft(request, found, nodes, larger, stream)
            assessment = assess(draft.generation, verdict, larger=None)
        elif held_back and stream:
            stream(draft.generation.text)
        if ending := cut(draft.generation, constraints.max_tokens, draft.n_ctx):
            request.warn(ending)
        with watch("cache"):
            self._responses.keep(request, found, decision.route, draft)
        history.append(draft, request.query, verdict.hidden)
        notes = sources(draft.prompt, nodes)
        if self.config.write_back == "always":
            with watch("writeback"):
                write_back(self.memory, request.query, draft.generation.text, notes)
        return self._journal.answer(request, found, draft, assessment, raw, notes, allowed)

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
        history = History()
        request = Request(id="", query=checked(question), constraints=constraints, history=history, filter=filter)
        found = retrieve(self.memory, request.query, embed(self.embedder, request.query, log.warning), filter)
        nodes = {node.key: node for node in self.memory.nodes(found.attended.keys)}
        guarded, raw = self._choices(request, found, nodes)
        route = self._decide(guarded, raw, found, history).route
        return explain(self.router, raw, guarded.choices, guarded.reason, found.attended, route, None)

    def _decide(self, guarded: Guarded, raw: dict[str, float], found: Found, history: History) -> Decision:
        decision = self.router.decide(
            features.vector(raw), guarded.allowed, found.attended, self.shelf.sampling, history.hidden
        )
        if not guarded.reason:
            return decision
        reason = f"{guarded.reason}; {decision.route.reason}"
        return msgspec.structs.replace(decision, route=msgspec.structs.replace(decision.route, reason=reason))

    def _choices(self, request: Request, found: Found, nodes: dict[int, Node]) -> tuple[Guarded, dict[str, float]]:
        """Return what may answer, after the masks, and everything known about the request."""
        profile, history, constraints = self.detected.profile, request.history, request.constraints
        candidates = self.shelf.candidates(self.resident)
        rungs = {candidate.model_id: candidate.rung for candidate in candidates}
        raw = (
            features.of_query(request.query, self._journal.requests)
            | features.of_embedding(found.vector, self.embedder.id)
            | features.of_retrieval(found)
            | features.of_request(constraints, profile.device_class, available_ram_bytes(), self._gauge.now())
            | features.of_candidates(candidates, profile.context_tokens["medium"])
            | features.of_conversation(history.turns, rungs.get(history.model_id), history.held_tokens)
        )
        everything = all_choices(candidates, profile.context_tokens, constraints)
        heaviest = [nodes[key] for key in found.attended.keys[:3].tolist() if key in nodes]
        domains = {node.metadata.domain for node in heaviest} | set(request.filter.domains if request.filter else ())
        config = self.config
        return guard(everything, request.query, domains, config.largest_for, config.always_largest), raw

    def _draft(
        self,
        request: Request,
        found: Found,
        nodes: dict[int, Node],
        chosen: Route,
        stream: Callable[[str], None] | None,
    ) -> Draft:
        """Load the chosen model if need be, build its prompt, generate."""
        if request.constraints.temperature is not None:
            chosen = msgspec.structs.replace(chosen, temperature=request.constraints.temperature)
        spec, model = self.shelf.load_spec(chosen.model_id), self.shelf[chosen.model_id]
        entry = model.entry
        if model.synthetic:
            request.warn(f"{chosen.model_id} has {SYNTHETIC}: this text means nothing")
        with request.watch("load"):
            worker, info = self.resident.worker(spec, self.shelf.needed_bytes(chosen.model_id))
        with request.watch("context"):
            message, prompt = compose(request, found, nodes, chosen, worker.tokenize, entry.chat_format, info.n_ctx)
        with request.watch("llm"):
            generation = generate(
                worker,
                prompt,
                chosen,
                entry.sampling,
                n_ctx=info.n_ctx,
                max_tokens=request.constraints.max_tokens,
                stop=stop_texts(entry.chat_format),
                stream=stream,
            )
        return Draft(
            route=chosen, message=message, prompt=prompt, generation=generation, engine=info.engine, n_ctx=info.n_ctx
        )

    @property
    def generating(self) -> bool:
        """Whether an answer is being generated now."""
        return self.resident.generating

    def cancel(self) -> bool:
        """End the answer that is being generated, within a token; return whether there was one.

        May be called from another thread. The answer returns with what had been said, ``finish_reason`` "cancelled".
        """
        return self.resident.cancel()

    def remember(self, question: str, answer: Answer) -> None:
        """Write an answer back into the memory as a node of type ``memory`` that cites the notes it was made from."""
        write_back(self.memory, question, answer.text, answer.sources)

    def close(self) -> None:
        """End the worker, save the index, close all files."""
        self.resident.close()
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
