"""One model of a runtime, used without notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import SystemRandom

from msgspec.structs import replace

from .. import ranges
from ..engines import Worker
from ..engines.chat_format import encode, stop_texts, thinking_of
from ..engines.json_schema import checked
from ..engines.model_pool import ModelPool
from ..engines.protocol import TokenizerInfo
from ..errors import UsageError
from ..models.inventory import ModelInventory
from ..models.reserved import reserved
from ..records import Message, Sampling
from ..request.handle import Handle
from ..request.request import Request
from .completion import Completion
from .generate import Wanted, run
from .likelihoods import likelihoods
from .messages import in_turn
from .tools import Tool, call_schema, description, read_call

Stream = Callable[[str], None]
Schema = Mapping[str, object]


class PlainModel:
    """One model of a runtime, used without notes, as returned by :meth:`sanderling.Runtime.model`.

    Any number of threads may use it; the model serves one request at a time, questions about the notes included.
    """

    id: str
    context_tokens: int
    """Maximum number of tokens in prompt and answer together."""

    def __init__(self, inventory: ModelInventory, pool: ModelPool, model_id: str) -> None:
        """``model_id``: a model of ``inventory``, which is not loaded yet. Raises UsageError for any other id."""
        ids = [model.entry.id for model in inventory.models]
        if model_id not in ids:
            raise UsageError(f"there is no model {model_id!r} here: choose one of {', '.join(ids)}")
        self.id, self._inventory, self._pool = model_id, inventory, pool
        self.context_tokens = inventory.load_spec(model_id).n_ctx

    def load(self, handle: Handle | None = None) -> None:
        """Load the model if necessary, even while another model is answering.

        ``handle``: ends the loading when it is cancelled; None: nothing does. Raises OutOfMemory, ModelUnavailable,
        EngineError, Busy, Cancelled.
        """
        with reserved(self._inventory, self._pool, self.id, _request(handle)):
            pass

    def complete(
        self,
        prompt: str | Sequence[int],
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        stop: Sequence[str] = (),
        logprobs: int = 0,
        echo: bool = False,
        special: bool = False,
        json_schema: Schema | None = None,
        stream: Stream | None = None,
        handle: Handle | None = None,
    ) -> Completion:
        """Continue a prompt.

        ``prompt``: a text, before which the model's start token is put if it expects one, or token ids as they are.
        ``special``: whether control tokens written in the text count as such. ``max_tokens``: upper bound of generated
        tokens; 0 with ``echo`` only. ``temperature`` and ``top_p`` None: the model's own. ``seed`` None: a new one each
        time. ``stop``: texts that end the generation. ``logprobs``: number of likeliest tokens to report beside each.
        ``echo``: report the prompt's tokens and how probable each was. ``json_schema``: schema that the text follows;
        None: none. ``stream``: called with each piece of text. ``handle``: as in :meth:`sanderling.Runtime.ask`.

        Raises UsageError for a schema that cannot be followed, an empty prompt and unknown token ids; ValueError for a
        number out of its range; ContextOverflow, EngineError, OutOfMemory, ModelUnavailable, MissingExtra, Busy,
        Cancelled.
        """

        def ids(worker: Worker) -> list[int]:
            if not isinstance(prompt, str):
                return _known(worker, prompt)
            return _with_bos(worker, worker.tokenize(prompt, special=special))

        if not len(prompt):
            raise UsageError("the prompt is empty: give at least one token")
        wanted = self._wanted(max_tokens, temperature, top_p, seed, stop, logprobs, echo, json_schema)
        return run(self._inventory, self._pool, self.id, _request(handle), ids, wanted, stream)

    def chat(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        stop: Sequence[str] = (),
        logprobs: int = 0,
        json_schema: Schema | None = None,
        tools: Sequence[Tool] = (),
        stream: Stream | None = None,
        handle: Handle | None = None,
    ) -> Completion:
        """Answer the last of several messages, in the model's chat format.

        Neighbouring messages of one role are joined. ``tools``: functions of which the model is made to call one; the
        call is ``tool_call`` of the result. All else as for :meth:`complete`.

        Raises UsageError also for a model without a chat format, and for messages that do not end with the user's.
        """
        format = self._inventory[self.id].entry.chat_format
        if not format:
            raise UsageError(f"{self.id} has no chat format: use complete(), or another model")
        turns = in_turn(messages, description(tools) if tools else "")
        if tools and json_schema is not None:
            raise UsageError("an answer follows either a JSON schema or a call of a function, not both")
        schema = call_schema(tools) if tools else json_schema
        stops = (*stop_texts(format), *stop)
        wanted = self._wanted(max_tokens, temperature, top_p, seed, stops, logprobs, False, schema)
        wanted = replace(wanted, thinking=thinking_of(format), unthought=schema is None)

        def ids(worker: Worker) -> list[int]:
            return encode(worker.tokenize, format, turns)

        done = run(self._inventory, self._pool, self.id, _request(handle), ids, wanted, stream)
        return replace(done, tool_call=read_call(tools, done.text)) if tools else done

    def likelihoods(
        self, messages: Sequence[Message], options: Sequence[str], *, handle: Handle | None = None
    ) -> tuple[float, ...]:
        """Return the log-likelihood, in nats, of each option as the beginning of the next answer.

        ``options``: texts of at least one character, such as the letters of a multiple-choice question. Nothing is
        generated. A model without a chat format reads the messages as plain text.

        Raises UsageError for an empty option, and for messages that do not end with the user's; all else as
        :meth:`complete`.
        """
        if not options or not all(options):
            raise UsageError("give at least one option, and none that is empty")
        format, turns = self._inventory[self.id].entry.chat_format, in_turn(messages)

        def ids(worker: Worker) -> list[int]:
            if format:
                return encode(worker.tokenize, format, turns)
            text = "\n\n".join(turn.content for turn in turns)
            return _with_bos(worker, worker.tokenize(f"{text}\n", special=False))

        return likelihoods(self._inventory, self._pool, self.id, _request(handle), ids, options)

    def tokenize(self, text: str, *, special: bool = False, bos: bool = False) -> list[int]:
        """Return the token ids of ``text``.

        ``special``: whether control tokens written in it count as such. ``bos``: put the start token before it if the
        model expects one. Raises what :meth:`complete` raises for the model.
        """
        with reserved(self._inventory, self._pool, self.id, _request(None)) as (worker, _):
            ids = worker.tokenize(text, special=special)
            return _with_bos(worker, ids) if bos else ids

    def detokenize(self, ids: Sequence[int]) -> str:
        """Return the text of token ids, with control tokens in their written form.

        Bytes that are no UTF-8 become U+FFFD. Raises ValueError for unknown ids, and what :meth:`complete` raises for
        the model.
        """
        with reserved(self._inventory, self._pool, self.id, _request(None)) as (worker, _):
            return b"".join(worker.pieces(ids)).decode("utf-8", "replace")

    def tokenizer(self) -> TokenizerInfo:
        """Return a description of the model's tokenizer. Raises the same errors as :meth:`complete`."""
        with reserved(self._inventory, self._pool, self.id, _request(None)) as (worker, _):
            return worker.describe()

    def _wanted(
        self,
        max_tokens: int,
        temperature: float | None,
        top_p: float | None,
        seed: int | None,
        stop: Sequence[str],
        logprobs: int,
        echo: bool,
        json_schema: Schema | None,
    ) -> Wanted:
        if not (echo and max_tokens == 0):
            ranges.TOKENS.check("max_tokens", max_tokens)
        ranges.TEMPERATURE.check("temperature", temperature)
        ranges.SHARE.check("top_p", top_p)
        ranges.SEED.check("seed", seed)
        ranges.LIKELIEST.check("logprobs", logprobs)
        own = self._inventory[self.id].entry.sampling
        sampling: Sampling = replace(
            own,
            temperature=own.temperature if temperature is None else temperature,
            top_p=own.top_p if top_p is None else top_p,
            seed=SystemRandom().getrandbits(32) if seed is None else seed,
        )
        return Wanted(
            max_tokens=max_tokens,
            sampling=sampling,
            stop=tuple(stop),
            top=logprobs,
            echo=echo,
            json_schema=checked(json_schema),
        )


def _request(handle: Handle | None) -> Request:
    handle = handle or Handle()
    handle.begin()
    return Request("", handle.id, handle=handle)


def _known(worker: Worker, ids: Sequence[int]) -> list[int]:
    n_vocab = worker.describe().n_vocab
    if not all(0 <= each < n_vocab for each in ids):
        raise UsageError(f"the prompt has token ids that the model lacks: they are from 0 to {n_vocab - 1:,}")
    return list(ids)


def _with_bos(worker: Worker, ids: list[int]) -> list[int]:
    about = worker.describe()
    return [about.bos, *ids] if about.adds_bos and about.bos is not None else ids
