"""The llama.cpp engine: runs one model and one request at a time.

It reuses states, and samples in Python. Between requests the engine keeps the context's memory and saved states of
earlier prompts (:mod:`sanderling.engines.sequence_state`). For a new prompt it computes only the tokens after the
longest known prefix; ``Finish.cached_tokens`` is the length of that prefix.

If states of notes are kept (:mod:`sanderling.engines.note_states`), those of a prompt's blocks are merged instead.

No batch holds more than one sequence: LFM2 sequences batched together change each other's output (llama.cpp issue
29002), and kernels for AMX crash.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import ContextOverflow, EngineError, SanderlingError
from ..records import FinishReason, Token
from .batch import Wanted, decode
from .block_ids import plain, written
from .context_threads import ContextThreads
from .gguf_vocab import Vocab
from .grammar import Grammar, Grammars
from .llama_api import POOLING_NONE, LlamaApi
from .llama_model import LlamaModel
from .note_states import Gathered, NoteStates, TooLarge
from .prediction import Prediction, predict
from .prefix_cache import PrefixCache
from .prefix_disk import PrefixDiskCache
from .prefix_entry import identity
from .prompt_scores import PromptScores
from .protocol import Finish, GenerateRequest, LoadSpec, ModelInfo, Scored, ScoreRequest, TokenizerInfo
from .rss import peak_rss_bytes, rss_bytes
from .sampling import PENALTY_LAST_N, draw
from .sequence_state import SequenceState
from .text_stream import TextStream
from .top_logprobs import likeliest

NO_ROOM = "the states of these notes do not fit in it together"


class _Prefilled(NamedTuple):
    """The result of computing a prompt."""

    reason: FinishReason | None
    """Why the computation stopped early; None: the whole prompt is in the context."""
    cached_tokens: int
    no_note_states: str
    echo: Scored | None = None


class LlamaEngine:
    """An :class:`~sanderling.engines.protocol.Engine` that runs llama.cpp."""

    def __init__(self, spec: LoadSpec, api: LlamaApi) -> None:
        """Load the model and open its context.

        Raises ModelUnavailable for an absent, truncated or foreign file, OutOfMemory if the context does not fit.
        """
        started = time.perf_counter()
        self._spec, self._api = spec, api
        self._model = LlamaModel(spec, api)
        self._vocab = Vocab(api, self._model.handle)
        self._vocab.begin()
        try:
            self._context, no_note_states = self._open_context()
        except SanderlingError:
            self._vocab.finish()
            self._model.free()
            raise
        self._row_address, self._row = 0, np.empty(0, np.float32)
        self._depends_on = identity(Path(spec.path), api.name, spec.kv_type)
        self._sequence = SequenceState(api, self._model.handle, self._context, self._cache())
        self._threads = ContextThreads(api, self._context, spec)
        self._grammars = Grammars(self._vocab.drawable, partial(self._vocab.tokenize, special=False))
        self._notes: NoteStates | None = None
        if spec.note_states_bytes and not no_note_states:
            states = PrefixCache(self._depends_on, spec.note_states_bytes)
            self._notes = NoteStates(api, self._context, states, self._compute, spec.n_batch)
        self.info = ModelInfo(
            engine=api.name,
            architecture=self._model.metadata("general.architecture"),
            n_ctx=api.llama_n_ctx(self._context),
            n_vocab=self._vocab.n_tokens,
            eos_ids=self._vocab.end_ids,
            load_ms=(time.perf_counter() - started) * 1e3,
            rss_bytes=rss_bytes(),
            system_info=api.llama_print_system_info().decode(),
            no_note_states=no_note_states,
        )

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text``, as :class:`~sanderling.engines.protocol.Engine` describes."""
        return self._vocab.tokenize(text, special=special)

    def pieces(self, ids: Sequence[int]) -> list[bytes]:
        """Return the bytes of each token, as :class:`~sanderling.engines.protocol.Engine` describes."""
        self._check_ids(ids)
        return [self._vocab.piece(token, special=True) for token in ids]

    def describe(self) -> TokenizerInfo:
        """Return a description of the model's tokenizer."""
        return self._vocab.describe(self._model.metadata("tokenizer.chat_template"))

    def generate(self, request: GenerateRequest, cancelled: Callable[[], bool]) -> Iterator[Token | Finish]:
        """Yield tokens, then one Finish, as :class:`~sanderling.engines.protocol.Engine` describes.

        Raises ValueError for an empty prompt or ids outside the vocabulary.
        """
        self._check(request)
        grammar = self._grammars.grammar(request.json_schema) if request.json_schema else None
        started, cpu_s = time.perf_counter(), time.process_time()
        self._threads.begin(request.yielding)
        prefill_threads = self._threads.now.prefill
        prefilled = self._read(request, cancelled) if request.echo else self._prefill(request, cancelled)
        reason, computed_at, prefill_cpu_s = prefilled.reason, time.perf_counter(), time.process_time() - cpu_s
        self._threads.begin_decoding()
        stream = TextStream(request.stop)
        random = np.random.default_rng(request.sampling.seed)
        first = 0.0
        decode_s = 0.0
        drawn: list[int] = []
        while reason is None:
            if cancelled():
                reason = "cancelled"
                break
            began = time.perf_counter()
            if drawn:
                self._threads.check()
                self._decode(drawn[-1:])
            logits = self._logits() if drawn else self._sequence.ending()
            token = self._draw(logits, request, random, grammar)
            now = time.perf_counter()
            first = first or now
            decode_s += now - began
            if self._vocab.is_end(token.id) and (grammar or not request.ignore_end):
                reason = "stop"
                break
            drawn.append(token.id)
            if grammar:
                grammar.take(token.id)
            yield from stream.push(token, self._vocab.piece(token.id))
            if stream.stopped or (grammar and grammar.ended):
                reason = "stop"
            elif len(drawn) >= request.max_tokens or len(self._sequence.ids) >= self.info.n_ctx:
                reason = "length"
        if request.echo:  # no other prompt may continue from it
            self._sequence.forget()
        self._sequence.checkpoint()
        yield from stream.finish()
        yield Finish(
            reason=reason,
            prompt_tokens=len(request.prompt_ids),
            cached_tokens=prefilled.cached_tokens,
            prefill_ms=(computed_at - started) * 1e3,
            decode_ms=decode_s * 1e3,
            ttft_ms=((first or time.perf_counter()) - started) * 1e3,
            rss_bytes=rss_bytes(),
            peak_rss_bytes=peak_rss_bytes(),
            no_note_states=prefilled.no_note_states,
            prefill_cpu_ms=prefill_cpu_s * 1e3,
            decode_cpu_ms=(time.process_time() - cpu_s - prefill_cpu_s) * 1e3,
            n_threads_prefill=prefill_threads,
            n_threads=self._threads.now.decode,
            threads_reason=self._threads.now.reason,
            echo=prefilled.echo,
        )

    def score(self, request: ScoreRequest, cancelled: Callable[[], bool]) -> Scored:
        """Return next-token predictions along an answer, as :class:`~sanderling.engines.protocol.Engine` describes."""
        prompt, answer = request.prompt, request.answer_ids
        self._check(prompt)
        if not answer or min(answer) < 0 or max(answer) >= self.info.n_vocab:
            raise ValueError(f"an answer to score is at least one id within the vocabulary of {self.info.n_vocab}")
        if len(prompt.prompt_ids) + len(answer) > self.info.n_ctx:
            raise ContextOverflow(f"prompt and answer do not fit the context of {self.info.n_ctx} tokens: shorten them")
        self._prefill(prompt, lambda: cancelled() and False)
        found: list[Prediction] = []
        for at, token in enumerate(answer):
            if at:
                cancelled()
                self._decode(answer[at - 1 : at])
            logits = self._logits() if at else self._sequence.ending()
            try:
                found.append(predict(logits, token, request.among[at] if request.among else None, request.top))
            except FloatingPointError as error:
                self._sequence.forget()
                raise self._no_numbers() from error
        self._sequence.checkpoint()
        return Scored(
            ids=tuple(each.ids for each in found),
            logprobs=tuple(each.logprobs for each in found),
            answer_logprobs=tuple(each.answer_logprob for each in found),
            likeliest=tuple(each.likeliest for each in found),
        )

    def close(self) -> None:
        """Free the context and the model. The engine cannot be used afterwards."""
        self._api.llama_free(self._context)
        self._vocab.finish()
        self._model.free()

    def _check(self, request: GenerateRequest) -> None:
        ids = request.prompt_ids
        if not ids:
            raise ValueError("the prompt is empty: give at least one token")
        self._check_ids(ids)
        if request.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, not {request.max_tokens}")
        positions = (request.shared_tokens, *request.checkpoints)
        if min(positions) < 0 or max(positions) > len(ids):
            raise ValueError(f"shared_tokens and checkpoints lie within the prompt's {len(ids)} tokens")
        edges = (0, request.shared_tokens, *request.blocks, len(ids))
        if request.blocks and not all(start < end for start, end in pairwise(edges)):
            raise ValueError(f"blocks lie between shared_tokens and the end of the prompt, in order: {edges}")
        if len(ids) >= self.info.n_ctx:
            raise ContextOverflow(
                f"the prompt has {len(ids)} tokens and {self._spec.model_id} was loaded with a context of "
                f"{self.info.n_ctx}: ask for less context or a shorter text"
            )

    def _check_ids(self, ids: Sequence[int]) -> None:
        if ids and (min(ids) < 0 or max(ids) >= self.info.n_vocab):
            raise ValueError(f"there are ids outside the vocabulary of {self.info.n_vocab} tokens")

    def _open_context(self) -> tuple[int, str]:
        """Open the context for prompts.

        Returns it, and the reason if it keeps no states of notes. The reason is empty if it keeps them, or if none are
        wanted.
        """
        spec, n_batch = self._spec, min(self._spec.n_batch, self._spec.n_ctx)
        shared, reason = self._model.open_shared_context(spec.n_ctx, n_batch) if spec.note_states_bytes else (None, "")
        return shared or self._model.open_context(spec.n_ctx, n_batch, POOLING_NONE), reason

    def _cache(self) -> PrefixCache:
        spec, disk = self._spec, None
        if spec.state_folder:
            disk = PrefixDiskCache(Path(spec.state_folder), spec.state_folder_bytes, self._depends_on)
        return PrefixCache(self._depends_on, spec.state_bytes, disk)

    def _prefill(self, request: GenerateRequest, cancelled: Callable[[], bool]) -> _Prefilled:
        """Compute the part of the prompt that is neither in the context nor saved.

        Afterwards the context holds the whole prompt, unless the request was cancelled.
        """
        ids, blocks = request.prompt_ids, request.blocks
        refused = self._refused(request)
        if refused:
            blocks = ()
        keys = written(ids, request.shared_tokens, blocks)
        cached = at = self._sequence.resume(keys)
        known = 0
        stops = sorted({request.shared_tokens, *request.checkpoints, len(ids)})
        while at < len(ids):
            if cancelled():
                return _Prefilled("cancelled", cached + known, refused)
            self._threads.check()
            if blocks and at == request.shared_tokens:
                try:
                    gathered = self._gather(request, cancelled)
                except TooLarge:
                    refused, blocks = NO_ROOM, ()
                    continue
                if gathered is None:
                    return _Prefilled("cancelled", cached + known, refused)
                self._merge(gathered, keys[at : blocks[-1]])
                at, known = blocks[-1], gathered.known_tokens
            # Nothing may come between a merge and this: the merged keys are moved when the next tokens are computed.
            until = min(at + self._spec.n_batch, next(stop for stop in stops if stop > at))
            self._decode(ids[at:until], "last" if until == len(ids) else "none")
            at = until
            self._sequence.checkpoint()
            if at == request.shared_tokens:
                self._sequence.share(private=request.shared_is_private)
        if cached < len(ids):
            self._sequence.end_prompt(self._logits())
        return _Prefilled(None, cached + known, refused)

    def _read(self, request: GenerateRequest, cancelled: Callable[[], bool]) -> _Prefilled:
        """Compute the whole prompt again, and record each token's probability."""
        self._sequence.clear()
        scores = PromptScores(self._api, self._context, self.info.n_vocab, request.top_logprobs)
        began, whole = time.perf_counter(), False
        try:
            whole = scores.compute(request.prompt_ids, self._spec.n_batch, cancelled)
        except FloatingPointError as error:
            raise self._no_numbers() from error
        finally:
            if not whole:
                self._sequence.forget()
        if not whole:
            return _Prefilled("cancelled", 0, "")
        # Under ids that no other prompt has: its batches were not those in which a later prompt is computed.
        keys = written(request.prompt_ids, 0, [len(request.prompt_ids)])
        self._sequence.computed(keys, 1e3 * (time.perf_counter() - began))
        self._sequence.end_prompt(scores.last)
        return _Prefilled(None, 0, "", scores.scored())

    def _refused(self, request: GenerateRequest) -> str:
        """Return why the request's blocks cannot be computed separately. Empty if they can, or if there are none."""
        if not request.blocks:
            return ""
        if self._notes is None:
            return self.info.no_note_states or "the model was loaded without room for states"
        return "" if self._notes.may_fit(request.blocks[-1] - request.shared_tokens) else NO_ROOM

    def _gather(self, request: GenerateRequest, cancelled: Callable[[], bool]) -> Gathered | None:
        assert self._notes is not None
        ids, shared, starts = request.prompt_ids, request.shared_tokens, (request.shared_tokens, *request.blocks)
        blocks = [ids[start:end] for start, end in pairwise(starts)]
        return self._notes.gather(ids[:shared], blocks, cancelled)

    def _merge(self, gathered: Gathered, keys: list[int]) -> None:
        assert self._notes is not None
        if not self._notes.merge(gathered, len(self._sequence.ids)):
            self._sequence.forget()
            raise EngineError(f"llama.cpp refused a state that it saved for {self._spec.model_id}; try again")
        self._sequence.merged(keys)

    def _decode(self, ids: Sequence[int], wanted: Wanted = "last") -> None:
        began = time.perf_counter()
        self._compute(ids, wanted)
        self._sequence.computed(ids, 1e3 * (time.perf_counter() - began))

    def _compute(self, ids: Sequence[int], wanted: Wanted = "none") -> None:
        """Extend sequence 0 by ``ids``. Raises EngineError after emptying the context."""
        status = decode(self._api, self._context, ids, wanted)
        if status != 0:
            self._sequence.forget()
            raise EngineError(
                f"llama.cpp could not compute {len(ids)} tokens of {self._spec.model_id} (status {status}: "
                f"{self._api.complaint()}); try again, or with a smaller context"
            )

    def _draw(
        self,
        logits: NDArray[np.float32],
        request: GenerateRequest,
        random: np.random.Generator,
        grammar: Grammar | None,
    ) -> Token:
        """Draw the next token; its text is decoded later."""
        row = grammar.restrict(logits) if grammar else logits
        try:
            drawn = draw(row, plain(self._sequence.ids[-PENALTY_LAST_N:]), request.sampling, random)
            found = likeliest(row, drawn.id, request.top_logprobs) if request.top_logprobs else None
            return Token(
                id=drawn.id,
                text="",
                logprob=found.logprob if found else drawn.logprob,
                margin=drawn.margin,
                entropy=drawn.entropy,
                top=found.top if found else (),
            )
        except FloatingPointError as error:
            self._sequence.forget()
            raise self._no_numbers() from error

    def _no_numbers(self) -> EngineError:
        return EngineError(
            f"{self._spec.model_id} computes no numbers, its weights are damaged: verify the file "
            f"{self._spec.path}, or pull it again"
        )

    def _logits(self) -> NDArray[np.float32]:
        """Return the logits after the last token, shape (n_vocab,). They are a view that the next decode overwrites."""
        address = self._api.llama_get_logits_ith(self._context, -1)
        if address != self._row_address:  # seldom; wrapping it in an array takes longer than using it
            row = (ctypes.c_float * self.info.n_vocab).from_address(address)
            self._row_address, self._row = address, np.ctypeslib.as_array(row)
        return self._row
