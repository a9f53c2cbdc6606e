"""Look up and keep model answers made from one memory.

The key covers everything that determines the text of an answer: memory, models to choose from, the chosen one and its
file, form of the prompt, context size, sampling with its seed, limits, budget, privacy and filter. Because sampling
starts from the seed, the model would generate the same text again for the same prompt.

A failing cache costs no answer: the first failure is a warning of its answer, later ones are logged.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from ..config import Config
from ..errors import SanderlingError
from ..memory import Memory
from ..memory.upkeep.blame import blamed
from ..models.inventory import ModelInventory
from ..records import Draft, Generation, Message, Prompt, Record, RetrievalResult, Route, Sampling
from ..request.history import SYSTEM
from ..request.request import Request
from ..stages.draft import as_asked, sampling_of
from ..stages.heads import PROMPT_VERSION, render
from ..text.dates.asked import asked_dates
from ..verdict import Verdict
from . import dependencies
from .answers import Answers, Kept
from .dependencies import dependencies_of, forget_stale
from .question import NEAR, normalised, telling
from .rating import forget_question

log = logging.getLogger(__name__)


class _Made(Record):
    """A draft as cached: with the generated text, without the notes' texts.

    The notes' text is kept in the memory only.
    """

    route: Route
    prompt: Prompt
    generation: Generation
    engine: str
    n_ctx: int
    verdict: Verdict | None = None
    """Judgement of the draft; None also from an older version."""


_decoded = msgspec.msgpack.Decoder(_Made).decode


class ResponseCache:
    """Cache of the answers that one set of models gave from one memory."""

    def __init__(self, memory: Memory, inventory: ModelInventory, config: Config, path: Path | None = None) -> None:
        """Open the cache, or disable it as ``config`` says.

        It is off at 0 bytes, or where the words of questions may not be stored.

        ``path``: the file; None: in the data folder.
        """
        from .._core import __version__

        self._memory, self._inventory, self._version = memory, inventory, __version__
        self._max_bytes, self._max_age_days = config.response_cache_bytes, config.response_cache_days
        self._block_head, self._tiers = config.block_head, config.tier
        self._warned = False
        self._path = path
        answers = Answers(path, max_age_days=config.response_cache_days)
        self._answers = answers if config.response_cache_bytes > 0 and config.log_query_text else None
        if self._answers is None:
            # Answers kept while the cache was on expire all the same.
            try:
                answers.expire()
            except SanderlingError as error:
                log.warning("kept answers that are too old could not be forgotten: %s", error)
            answers.close()

    def forget_stale(self) -> None:
        """Delete the answers based on deleted or changed notes, even while the cache is off."""
        forget_stale(self._memory.store, self._path)

    def forget_question(self, question: str) -> None:
        """Delete the kept answers to ``question``, even while the cache is off. Empty: not known, and none is."""
        forget_question(question, self._path)

    def find(self, request: Request, found: RetrievalResult, route: Route) -> Draft | None:
        """Return a cached draft for ``request`` and ``route``; None if no draft is cached.

        Also returns None for a turn of a conversation, and, with a warning to the request, if the file cannot be read.
        """
        if (
            self._answers is None
            or not request.constraints.cache
            or request.history.turns
            or not len(found.attended.keys)
        ):
            return None
        try:
            with blamed(self._memory.store):
                return self._find(self._answers, request, found, route)
        except SanderlingError as error:
            self._warn(request, f"the response cache was not asked ({error})")
            return None

    def keep(self, request: Request, found: RetrievalResult, route: Route, draft: Draft) -> None:
        """Store a finished answer made from notes, unless the memory has changed since the search.

        ``route``: the router's first decision, by which the next request will look for it.
        """
        generation, shown = draft.generation, tuple(block.key for block in draft.prompt.blocks)
        if self._answers is None or not request.constraints.cache or request.history.turns or draft.cached or not shown:
            return
        if generation.finish_reason in ("cancelled", "budget") or not generation.text.strip():
            return
        try:
            with blamed(self._memory.store), self._memory.store.read():
                if self._memory.store.generation() != request.generation:
                    return  # the answer may be from either state of the memory
                holds = dependencies_of(self._memory.store, shown, found)
            made = _Made(
                route=draft.route,
                prompt=Prompt(
                    token_ids=(),
                    blocks=tuple(msgspec.structs.replace(block, text="", full="") for block in draft.prompt.blocks),
                    dropped=draft.prompt.dropped,
                ),
                generation=generation,
                engine=draft.engine,
                n_ctx=draft.n_ctx,
                verdict=draft.verdict,
            )
            question = normalised(request.query)
            self._answers.keep(
                self._settings(request, route),
                question,
                telling(question),
                found.vector.astype("<f4").tobytes(),
                msgspec.msgpack.encode(holds),
                msgspec.msgpack.encode(made),
                max_bytes=self._max_bytes,
                max_age_days=self._max_age_days,
            )
        except SanderlingError as error:
            self._warn(request, f"this answer was not kept in the response cache ({error})")

    def _warn(self, request: Request, text: str) -> None:
        """Warn the user of the first failure, and log all others. The next question will probably fail too."""
        if self._warned:
            log.info("%s", text)
        else:
            self._warned = True
            request.warn(text)

    def _note(self, what: Callable[[int], None], id: int) -> None:
        """Update the row of a cached answer with ``what``; only log a failure.

        The answer can be used all the same.
        """
        try:
            what(id)
        except SanderlingError as error:
            log.info("the response cache could not be written: %s", error)

    def close(self) -> None:
        """Close the file."""
        if self._answers is not None:
            self._answers.close()

    def _find(self, answers: Answers, request: Request, found: RetrievalResult, route: Route) -> Draft | None:
        question = normalised(request.query)
        kept = answers.candidates(self._settings(request, route), telling(question), self._max_age_days)
        # The same question before others, the nearest of these first.
        with self._memory.store.read():
            near = [(cosine, row) for row in kept if (cosine := self._cosine(row, question, found)) >= NEAR]
            for _, row in sorted(near, key=lambda pair: -pair[0]):
                try:
                    holds = dependencies.decoded(row.holds)
                    made = _decoded(row.draft)
                except msgspec.MsgspecError as error:
                    log.warning("a kept answer cannot be read and was forgotten: %s", error)
                    self._note(answers.forget, row.id)
                    continue
                if not holds.unchanged(self._memory.store):
                    self._note(answers.forget, row.id)
                elif holds.fits(found):
                    self._note(answers.used, row.id)
                    why = "the same question" if row.question == question else f"like: {row.question}"
                    return self._draft(made, request, route, why)
        return None

    def _cosine(self, row: Kept, question: str, found: RetrievalResult) -> float:
        if row.question == question:
            return math.inf
        if len(row.vector) != found.vector.nbytes:
            return -math.inf
        return float(np.dot(np.frombuffer(row.vector, "<f4"), found.vector))

    def _draft(self, made: _Made, request: Request, route: Route, why: str) -> Draft:
        """Turn a cached answer into a draft without times and prompt tokens.

        Its blocks hold whole notes: which sentences were shown is not kept.
        """
        nodes = {node.key: node for node in self._memory.nodes(block.key for block in made.prompt.blocks)}
        blocks = tuple(
            msgspec.structs.replace(
                block,
                text=nodes[block.key].text,
                full=render(nodes[block.key], number, block.prior, head="full"),
            )
            for number, block in enumerate(made.prompt.blocks, start=1)
        )
        return Draft(
            route=msgspec.structs.replace(
                made.route,
                reason=f"kept answer, {why}",
                router=route.router,
                predicted_ms=0.0,
                propensity=route.propensity,
            ),
            message=Message(role="user", content=request.query),
            prompt=msgspec.structs.replace(made.prompt, blocks=blocks),
            generation=msgspec.structs.replace(
                made.generation,
                prompt_tokens=0,
                cached_tokens=0,
                prefill_ms=0.0,
                decode_ms=0.0,
                ttft_ms=0.0,
                rss_bytes=0,
                peak_rss_bytes=0,
            ),
            engine=made.engine,
            n_ctx=made.n_ctx,
            cached=True,
            verdict=made.verdict,
        )

    def _settings(self, request: Request, route: Route) -> bytes:
        constraints, here = request.constraints, not route.tier
        own = self._inventory[route.model_id].entry.sampling if here else Sampling()
        sampling = sampling_of(own, as_asked(route, constraints), constraints)
        budget_ms = constraints.budget_ms
        parts = (
            self._version,
            SYSTEM,
            PROMPT_VERSION,
            self._block_head,
            str(self._memory.store.path.resolve()),
            self._memory.embedder.id,
            # A draft may have been replaced by one of a larger model.
            [(each.entry.id, each.quant, each.sha256, str(each.path)) for each in self._inventory.models],
            # Another router may have accepted another draft.
            route.router,
            route.model_id,
            route.context_tokens,
            route.plan,
            route.max_docs,
            sampling,
            constraints.max_tokens,
            constraints.stop,
            constraints.privacy,
            # Within a factor of two a budget leaves the same room for a second draft, or nearly.
            None if budget_ms is None else math.floor(math.log2(max(budget_ms, 1.0))),
            request.filter,
            # What "yesterday" and "in March" mean changes from day to day.
            [each.choices for each in asked_dates(request.query, self._memory.today())],
            # Notes are then shown whole.
            here and self._inventory.load_spec(route.model_id).note_states_bytes > 0,
            # Another machine may have another model under the same name.
            route.tier and [msgspec.structs.astuple(tier) for tier in self._tiers],
        )
        return hashlib.sha256(msgspec.msgpack.encode(parts)).digest()
