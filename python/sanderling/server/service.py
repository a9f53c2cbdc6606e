"""The state that all requests of a service share.

It starts a generation for each question, or finds a running one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from msgspec.structs import replace

from .. import cycles
from ..conversation import Conversation
from ..errors import MemoryFileError, SanderlingError
from ..plain.model import PlainModel
from ..plain.tier_model import PlainTierModel
from ..plain.tools import call_schema, description
from ..privacy import allows
from ..records import Answer, Privacy, Route
from ..request.handle import Handle, OutOfTime
from ..runtime import Runtime
from .admission import AdmissionQueue, Priority
from .desk import Desk
from .generation import Generation, Tell, Work
from .histories import Histories
from .metrics import Metrics
from .question import Question
from .refusal import QueueFull, QueueTimeout, ServiceEnded
from .settings import Settings
from .state_metrics import State
from .targets import TIER, tier_of

T = TypeVar("T")
M = TypeVar("M", PlainModel, PlainTierModel)

_NAMED = Route(
    model_id="",
    context_bin="tiny",
    context_tokens=0,
    temperature=0.0,
    top_p=1.0,
    escalate=0.0,
    router="",
    reason="the client named this model",
    predicted_ms=0.0,
)
READERS = 4
"""Number of threads for requests without a model: searches, notes and embeddings."""


class Service:
    """A running service: a runtime, an admission queue, and the running generations.

    Its methods run on the event loop.
    """

    def __init__(self, runtime: Runtime, settings: Settings) -> None:
        """Build a service around ``runtime``, with a queue before its models.

        The caller closes ``runtime`` after :meth:`close`.
        """
        cycles.collect_as_usual()
        self.runtime, self.settings = runtime, settings
        self.created = int(time.time())
        self._requests, self._idle_since_s = 0, time.monotonic()
        self._ending = False
        self.queue = AdmissionQueue(
            lambda: runtime.loaded,
            max_queue=settings.max_queue,
            max_wait_s=settings.max_wait_s,
            generations=settings.generations,
        )
        runtime.admit_by(self.queue)
        self.metrics = Metrics(State(runtime, self.queue))
        self.histories = Histories()
        self.desk = Desk()
        self.document = b""
        """The OpenAPI document, built by the application."""
        self._shared: dict[bytes, Generation[Any]] = {}
        self.generations: set[Generation[Any]] = set()
        """The running generations."""
        self._answering = ThreadPoolExecutor(settings.max_queue + settings.generations, "answer")
        self._reading = ThreadPoolExecutor(READERS, "read")
        self._writing = ThreadPoolExecutor(1, "write")
        self._tokenizing = ThreadPoolExecutor(2, "tokenize")

    def ask(self, question: Question, client: str, conversation: Conversation | None = None) -> Generation[Answer]:
        """Start the answer to a question, or join the generation of an equal question.

        Raises QueueFull. ``conversation``: the kept one whose next turn this is, which nobody shares; None: none.
        """
        # The index's generation, not the file's, which would have to be read: what another process adds is known here
        # once a question has searched, so that only answers that are in the making then are shared across it.
        shared = question.constraints.cache and conversation is None
        key = question.key(self.runtime.memory.index.generation) if shared else None

        def work(handle: Handle, piece: Tell) -> Answer:
            return answered(self.runtime, self.histories, question, handle, piece, conversation)

        return self.generate(work, client, question.priority, key)

    @property
    def remote(self) -> dict[str, int]:
        """Models of tiers that the configuration lets any request ask, each with its longest context."""
        limit = self.runtime.config.privacy.limit
        return {
            name: context
            for tier in self.runtime.tier_states()
            if allows(limit, tier.trust)
            for name, context in tier.models.items()
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of all models that a chat may name."""
        return (*self.runtime.models, *self.remote)

    def complete(
        self,
        model_id: str,
        work: Callable[[PlainModel, Handle, Callable[[str], None]], T],
        client: str,
        priority: Priority,
        key: bytes | None = None,
        budget_ms: float | None = None,
    ) -> Generation[T]:
        """Start ``work`` with a model and without notes.

        ``key``: as for :meth:`generate`. ``budget_ms``: time for all of it; None: any. Raises QueueFull.
        """
        return self._placed(self.runtime.model(model_id), work, client, priority, key, budget_ms)

    def complete_there(
        self,
        model_id: str,
        privacy: Privacy | None,
        work: Callable[[PlainTierModel, Handle, Callable[[str], None]], T],
        client: str,
        priority: Priority,
        key: bytes | None = None,
        budget_ms: float | None = None,
    ) -> Generation[T]:
        """Start ``work`` with a model of another machine. Raises ModelUnavailable if privacy forbids it; QueueFull."""
        return self._placed(self.runtime.tier_model(model_id, privacy), work, client, priority, key, budget_ms)

    def _placed(
        self,
        model: M,
        work: Callable[[M, Handle, Callable[[str], None]], T],
        client: str,
        priority: Priority,
        key: bytes | None,
        budget_ms: float | None,
    ) -> Generation[T]:
        tier = tier_of(model.id)
        route = replace(_NAMED, model_id=model.id, tier="" if tier == TIER else tier)

        def placed(handle: Handle, piece: Tell) -> T:
            try:
                with handle.within(budget_ms), self.queue.place(handle, route):
                    return work(model, handle, piece)
            except OutOfTime as error:
                wait_s = self.queue.wait_ms(handle) / 1e3
                raise QueueTimeout("no model began within the budget: ask again, or give more time", wait_s) from error

        return self.generate(placed, client, priority, key)

    def generate(
        self, work: Work[T], client: str, priority: Priority = "interactive", key: bytes | None = None
    ) -> Generation[T]:
        """Start ``work``, or return the running generation with the same ``key``.

        ``key``: None: never shared. Raises QueueFull.
        """
        if key is not None and (running := self._shared.get(key)) is not None:
            return running
        handle = Handle()
        try:
            ticket = self.queue.enter(handle, client, priority)
        except QueueFull as error:
            self.metrics.refused(error)
            raise

        def unshare() -> None:
            if key is not None and self._shared.get(key) is generation:
                del self._shared[key]

        generation: Generation[T] = Generation(handle, ticket, unshare)
        if key is not None:
            self._shared[key] = generation
        self.generations.add(generation)
        loop = asyncio.get_running_loop()

        generation.begin(work, lambda call: loop.run_in_executor(self._answering, call), self._ended)
        return generation

    async def read(self, call: Callable[[], T]) -> T:
        """Run ``call``, which uses no model, in a thread. Returns its result."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, call)

    async def tokenizer(self, call: Callable[[], T]) -> T:
        """Run ``call``, which uses a model's tokenizer, in a thread. It waits for the model's generation to end."""
        return await asyncio.get_running_loop().run_in_executor(self._tokenizing, call)

    async def write(self, call: Callable[[], T]) -> T:
        """Run ``call``, which writes to the memory, in a thread. Such calls run one at a time. Returns its result."""
        return await asyncio.get_running_loop().run_in_executor(self._writing, call)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count one more running request during the block."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1
            self._idle_since_s = time.monotonic()

    def check_memory(self) -> None:
        """Raise MemoryFileError if the memory's file was replaced since it was opened."""
        store = self.runtime.memory.store
        if store.database.lost():
            raise MemoryFileError(f"{store.path} was moved away or replaced while it was served: restart the service")

    def idle_s(self) -> float:
        """Return the time since the last request, in seconds."""
        return 0.0 if self._requests else time.monotonic() - self._idle_since_s

    def end(self) -> None:
        """Tell the clients whose answers are not finished that the service ends, and cancel what runs for them."""
        self._ending = True
        for generation in tuple(self.generations):
            generation.fail(ServiceEnded())

    def check_running(self) -> None:
        """Raise ServiceEnded if the service ends, for long work in a thread."""
        if self._ending:
            raise ServiceEnded

    def close(self) -> None:
        """Cancel all running answers, and wait for their threads."""
        self._ending = True
        for generation in self.generations:
            generation.handle.cancel()
        for pool in (self._answering, self._reading, self._writing, self._tokenizing):
            pool.shutdown()

    def _ended(self, generation: Generation[Any]) -> None:
        self.queue.leave(generation.handle)
        self.generations.discard(generation)
        self.metrics.generated(generation)


def answered(
    runtime: Runtime,
    histories: Histories,
    question: Question,
    handle: Handle,
    piece: Tell,
    kept: Conversation | None = None,
) -> Answer:
    """Answer a question as the next turn of its conversation.

    The conversation is kept for the following turn. ``kept``: a conversation on the disk, of which this is the next
    turn; None: the client has the turns.
    """
    constraints, turns = question.constraints, question.turns
    instructions = question.instructions
    schema: Mapping[str, object] | None = question.schema
    if question.tools:
        instructions, schema = f"{instructions}\n\n{description(question.tools)}".strip(), call_schema(question.tools)
    limits: dict[str, Any] = {
        "budget_ms": constraints.budget_ms,
        "privacy": constraints.privacy,
        "max_tokens": constraints.max_tokens,
        "context": constraints.context_bin,
        "temperature": constraints.temperature,
        "top_p": constraints.top_p,
        "seed": constraints.seed,
        "stop": constraints.stop,
        "model": constraints.model_id,
        "limit": question.limit,
        "start": question.start,
        "json_schema": schema,
        "stream": piece,
        "on_quote": piece.quote,
        "handle": handle,
    }
    if kept is not None:
        return kept.ask(question.text, **limits)
    alone = not turns and not instructions
    if alone and constraints.cache and runtime.config.response_cache_bytes:  # a conversation's turns are never cached
        return runtime.ask(question.text, filter=question.filter, **limits)
    where = (instructions, question.filter)
    conversation = histories.take(turns, *where) or runtime.chat(
        filter=question.filter, turns=turns, instructions=instructions
    )
    try:
        answer = conversation.ask(question.text, **limits)
    except SanderlingError:
        histories.keep(conversation, turns, *where)  # as it was: the client may ask again
        raise
    if answer.finish_reason != "cancelled":
        histories.keep(conversation, (*turns, (question.text, answer.text)), *where)
    return answer
