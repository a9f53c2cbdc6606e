"""A request in, the draft kept for one like it out; a draft made, kept for the next.

Whatever decides what is said is part of the look-up: memory, models to choose from, the one chosen and its file,
context size, sampling with its seed, bounds, budget, privacy and filter. Sampling starts from that seed, so that the
model, given the same prompt, would say the same again.

It costs no answer: what goes wrong with its file is said with the first answer, and logged after that.
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
from ..records import Block, Draft, Generation, Message, Prompt, Record, RetrievalResult, Route
from ..request.history import SYSTEM
from ..request.request import Request
from ..stages.prompt import warn_of_cut
from .answers import Answers, Kept
from .dependencies import Dependencies, dependencies_of, forget_stale
from .question import NEAR, normalised, telling

log = logging.getLogger(__name__)


class _Made(Record):
    """What is kept of a draft: the words said, no words of the notes; those are in the memory as long as it likes."""

    route: Route
    prompt: Prompt
    generation: Generation
    engine: str
    n_ctx: int


class ResponseCache:
    """The answers kept for one memory and the models of one shelf."""

    def __init__(self, memory: Memory, inventory: ModelInventory, config: Config, path: Path | None = None) -> None:
        """Keep nothing where ``config`` gives no bytes, or wants no words of questions kept.

        ``path``: of the file; None: in the data folder.
        """
        from .._core import __version__

        self._memory, self._inventory, self._version = memory, inventory, __version__
        self._max_bytes, self._max_age_days = config.response_cache_bytes, config.response_cache_days
        self._said = False
        self._path = path
        answers = Answers(path, max_age_days=config.response_cache_days)
        self._answers = answers if config.response_cache_bytes > 0 and config.log_query_text else None
        if self._answers is None:
            # What was kept while it was on grows old all the same.
            try:
                answers.expire()
            except SanderlingError as error:
                log.warning("kept answers that are too old could not be forgotten: %s", error)
            answers.close()

    def forget_stale(self) -> None:
        """Forget the answers that rest on notes which are gone or changed, also those kept while it was on."""
        forget_stale(self._memory.store, self._path)

    def find(self, request: Request, found: RetrievalResult, route: Route) -> Draft | None:
        """Return the answer kept for a request that would go by ``route``, or None.

        Only for a request without turns before it. Whatever is wrong with the file is said, and is None too.
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
            self._tell(request, f"the response cache was not asked ({error})")
            return None

    def keep(self, request: Request, found: RetrievalResult, route: Route, draft: Draft) -> None:
        """Keep a whole answer made from notes, unless the memory was written to meanwhile.

        ``route``: as it was first decided, which is how the next request will look.
        """
        generation, shown = draft.generation, tuple(block.key for block in draft.prompt.blocks)
        if self._answers is None or not request.constraints.cache or request.history.turns or draft.cached or not shown:
            return
        if generation.finish_reason == "cancelled" or not generation.text.strip():
            return
        try:
            with blamed(self._memory.store), self._memory.store.read():
                if self._memory.store.generation() != request.generation:
                    return  # nobody can say which of the two states it was made from
                holds = dependencies_of(self._memory.store, shown, found)
            made = _Made(
                route=draft.route,
                prompt=Prompt(
                    token_ids=(),
                    blocks=tuple(msgspec.structs.replace(block, text="") for block in draft.prompt.blocks),
                    dropped=draft.prompt.dropped,
                ),
                generation=generation,
                engine=draft.engine,
                n_ctx=draft.n_ctx,
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
            self._tell(request, f"this answer was not kept in the response cache ({error})")

    def _tell(self, request: Request, text: str) -> None:
        """Tell the user once, whose disk will not be better at the next question."""
        if self._said:
            log.info("%s", text)
        else:
            self._said = True
            request.warn(text)

    def _note(self, what: Callable[[int], None], id: int) -> None:
        """Write to a row that was read; that it cannot be written does not make it another answer."""
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
                    holds = msgspec.msgpack.decode(row.holds, type=Dependencies)
                    made = msgspec.msgpack.decode(row.draft, type=_Made)
                except msgspec.MsgspecError as error:
                    log.warning("a kept answer cannot be read and was forgotten: %s", error)
                    self._note(answers.forget, row.id)
                    continue
                if not holds.unchanged(self._memory.store):
                    self._note(answers.forget, row.id)
                elif holds.fits(found):
                    self._note(answers.used, row.id)
                    said = "the same question" if row.question == question else f"like: {row.question}"
                    return self._draft(made, request, route, said)
        return None

    def _cosine(self, row: Kept, question: str, found: RetrievalResult) -> float:
        if row.question == question:
            return math.inf
        if len(row.vector) != found.vector.nbytes:
            return -math.inf
        return float(np.dot(np.frombuffer(row.vector, "<f4"), found.vector))

    def _draft(self, made: _Made, request: Request, route: Route, said: str) -> Draft:
        """Return the draft as if it had just been made, at no cost. Blocks hold whole notes: what was shown is gone."""
        warn_of_cut(request, made.prompt.dropped, len(made.prompt.blocks))
        texts = {node.key: node.text for node in self._memory.nodes(block.key for block in made.prompt.blocks)}
        blocks = tuple(
            Block(key=block.key, text=texts[block.key], score=block.score, tokens=block.tokens)
            for block in made.prompt.blocks
        )
        return Draft(
            route=msgspec.structs.replace(
                made.route,
                reason=f"kept answer, {said}",
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
        )

    def _settings(self, request: Request, route: Route) -> bytes:
        constraints, model = request.constraints, self._inventory[route.model_id]
        temperature = route.temperature if constraints.temperature is None else constraints.temperature
        sampling = msgspec.structs.replace(model.entry.sampling, temperature=temperature, top_p=route.top_p)
        budget_ms = constraints.budget_ms
        parts = (
            self._version,
            SYSTEM,
            str(self._memory.store.path.resolve()),
            self._memory.embedder.id,
            # Which larger model a draft may have gone on to.
            [(each.entry.id, each.quant, each.sha256, str(each.path)) for each in self._inventory.models],
            # Another router may have taken another draft for good enough.
            route.router,
            route.model_id,
            route.context_tokens,
            sampling,
            constraints.max_tokens,
            constraints.privacy,
            # Within a factor of two a budget leaves the same room for a second draft, or nearly.
            None if budget_ms is None else math.floor(math.log2(max(budget_ms, 1.0))),
            request.filter,
        )
        return hashlib.sha256(msgspec.msgpack.encode(parts)).digest()
