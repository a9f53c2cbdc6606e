"""An engine that answers from a script, for tests and dry runs.

``auto`` never chooses it. The script is a JSON file (``LoadSpec.path``) or, within one process, a :class:`Script`. A
rule is chosen by the text of the prompt, not by the number of requests, so a worker restarted after a scripted crash
behaves the same. Tokens are bytes, and the control tokens of the chat formats have ids of their own, so the tests of
prefixes, neutralised contents and split characters need no model.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from ..errors import ContextOverflow, EngineError, ModelUnavailable
from ..records import FinishReason, Record, Token
from .grammar import Grammars
from .prefix import common_prefix
from .protocol import Embedded, Finish, GenerateRequest, LoadSpec, ModelInfo, Scored, ScoreRequest, TokenizerInfo
from .rss import peak_rss_bytes, rss_bytes
from .scripted_json import following
from .text_stream import TextStream

CONTROL_TOKENS = ("<|startoftext|>", "<|im_start|>", "<|im_end|>", "<bos>")
_SPLIT = re.compile("(" + "|".join(re.escape(token) for token in CONTROL_TOKENS) + ")")
_LOGPROB = -0.25
_NEVER = -20.0
"""Log-probability of every token that is not in the script."""
_UNLIKELY = tuple((token, _NEVER) for token in range(256, 256 + len(CONTROL_TOKENS)))
"""Tokens reported as the next likeliest."""


class Rule(Record):
    """The answer to every prompt that contains the text ``when``. An empty text matches all prompts."""

    when: str = ""
    say: str = ""
    quote: str = ""
    """Regular expression whose last match in the prompt is appended to ``say``.

    It shows which question was answered.
    """
    then: Literal["stop", "crash", "hang", "raise"] = "stop"
    """Action after the last token. End normally, kill the process, sleep for an hour, or raise EngineError."""
    read_ms: float = 0.0
    """Time to read the prompt, in milliseconds."""
    batch_ms: float = 10.0
    """Time of each batch of the prompt, in milliseconds. Within a batch no cancellation is noticed."""
    token_ms: float = 0.0
    """Time per generated token, in milliseconds."""


class Script(Record):
    """A list of rules; the first that matches gives the answer. The answer is empty if no rule matches."""

    rules: tuple[Rule, ...]
    load_ms: float = 0.0
    """Time to load, in milliseconds."""


class ScriptedEngine:
    """An engine that gives the answers of a script. It is an :class:`~sanderling.engines.protocol.Engine`."""

    def __init__(self, spec: LoadSpec, script: Script | Callable[[str], str] | None = None) -> None:
        """``script``: None: the one in the file ``spec.path``.

        A function as ``script`` maps each prompt to its answer. Raises ModelUnavailable if the file is not a script.
        """
        self._spec = spec
        self._script = script if script is not None else _read(spec)
        self._kept: tuple[int, ...] = ()
        if isinstance(self._script, Script):
            time.sleep(self._script.load_ms / 1e3)
        self.info = ModelInfo(
            engine="scripted",
            architecture="script",
            n_ctx=spec.n_ctx,
            n_vocab=256 + len(CONTROL_TOKENS),
            eos_ids=(256 + CONTROL_TOKENS.index("<|im_end|>"),),
            load_ms=0.0,
            rss_bytes=0,
        )

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the UTF-8 bytes of ``text`` as ids. ``special``: each control token becomes one id from 256 up."""
        parts = _SPLIT.split(text) if special else [text]
        return [
            token
            for part in parts
            for token in ([256 + CONTROL_TOKENS.index(part)] if special and part in CONTROL_TOKENS else part.encode())
        ]

    def pieces(self, ids: Sequence[int]) -> list[bytes]:
        """Return the byte for each id, or a control token's written form."""
        if any(not 0 <= each < self.info.n_vocab for each in ids):
            raise ValueError(f"there are ids outside the vocabulary of {self.info.n_vocab} tokens")
        return [bytes([each]) if each < 256 else CONTROL_TOKENS[each - 256].encode() for each in ids]

    def describe(self) -> TokenizerInfo:
        """Return a description of the tokenizer. It has only an end token."""
        (end,) = self.info.eos_ids
        return TokenizerInfo(n_vocab=self.info.n_vocab, eos=end, special={end: CONTROL_TOKENS[end - 256]})

    def generate(self, request: GenerateRequest, cancelled: Callable[[], bool]) -> Iterator[Token | Finish]:
        """Yield the scripted answer byte by byte, then one Finish.

        Before the Finish it does what the rule's field ``then`` says. Raises ValueError and ContextOverflow as the
        other engines do.
        """
        if not request.prompt_ids:
            raise ValueError("the prompt is empty: give at least one token")
        positions = (request.shared_tokens, *request.checkpoints)
        if min(positions) < 0 or max(positions) > len(request.prompt_ids):
            raise ValueError(f"shared_tokens and checkpoints lie within the prompt's {len(request.prompt_ids)} tokens")
        if len(request.prompt_ids) >= self._spec.n_ctx:
            raise ContextOverflow(
                f"the prompt has {len(request.prompt_ids)} tokens, the context {self._spec.n_ctx}: ask for less context"
            )
        started = time.perf_counter()
        cached = common_prefix(self._kept, request.prompt_ids)
        rule = self._rule(_text(request.prompt_ids))
        stream = TextStream(request.stop)
        reason: FinishReason = "stop"
        room, said = min(request.max_tokens, self._spec.n_ctx - len(request.prompt_ids)), bytearray()
        _read_for(rule, cancelled)
        read = time.perf_counter()
        for byte in self._says(rule, request.json_schema):
            time.sleep(rule.token_ms / 1e3)
            if cancelled():
                reason = "cancelled"
                break
            if len(said) == room:
                reason = "length"
                _misbehave(rule)
                break
            said.append(byte)
            top = ((byte, _LOGPROB), *_UNLIKELY)[: request.top_logprobs]
            yield from stream.push(Token(id=byte, text="", logprob=_LOGPROB, top=top), bytes([byte]))
            if stream.stopped:
                break
        else:
            reason = "length" if len(said) == request.max_tokens and not request.json_schema else "stop"
            _misbehave(rule)
        yield from stream.finish()
        self._kept = (*request.prompt_ids, *said)
        yield Finish(
            reason=reason,
            prompt_tokens=len(request.prompt_ids),
            cached_tokens=cached,
            prefill_ms=(read - started) * 1e3 if rule.read_ms else 0.0,
            decode_ms=(time.perf_counter() - (read if rule.read_ms else started)) * 1e3,
            ttft_ms=0.0,
            rss_bytes=rss_bytes(),
            peak_rss_bytes=peak_rss_bytes(),
            echo=_echo(request) if request.echo else None,
        )

    def score(self, request: ScoreRequest, cancelled: Callable[[], bool]) -> Scored:
        """Return predictions that are certain of the scripted answer. They are so whatever answer the request gives."""
        said = (self._rule(_text(request.prompt.prompt_ids)).say.encode() or b" ")[: len(request.answer_ids)]
        likeliest = tuple(said.ljust(len(request.answer_ids)))
        ids = request.among or tuple((each,) for each in likeliest)
        return Scored(
            ids=ids,
            logprobs=tuple(
                tuple(0.0 if each == best else _NEVER for each in row) for row, best in zip(ids, likeliest, strict=True)
            ),
            answer_logprobs=tuple(
                0.0 if each == best else _NEVER for each, best in zip(request.answer_ids, likeliest, strict=True)
            ),
            likeliest=likeliest,
        )

    def embed(self, texts: list[str]) -> Embedded:
        """Return one vector of length 16 per text.

        Component i is 1 plus the number of bytes equal to i modulo 16. Equal texts get equal vectors; so may different
        ones. The rule of a text may make the process crash or hang.
        """
        for text in texts:
            _misbehave(self._rule(text))
        vectors = np.array([_counts(text) for text in texts], dtype="<f4")
        return Embedded(vectors=vectors.tobytes(), tokens=tuple(len(text.encode()) for text in texts))

    def close(self) -> None:
        """Do nothing; there is nothing to free."""

    def _says(self, rule: Rule, schema: str) -> Iterable[int]:
        """Return the bytes of the answer. They follow the JSON schema if there is one."""
        if not schema:
            return rule.say.encode()
        (end,) = self.info.eos_ids
        pieces = [bytes([byte]) for byte in range(256)] + [b""] * len(CONTROL_TOKENS)
        grammar = Grammars(lambda: (pieces, [end]), lambda text: list(text.encode())).grammar(schema)
        return following(grammar, rule.say.encode(), end, self.info.n_vocab)

    def _rule(self, prompt: str) -> Rule:
        if not isinstance(self._script, Script):
            return Rule(say=self._script(prompt))
        rule = next((rule for rule in self._script.rules if rule.when in prompt), Rule())
        quoted = [match[0] for match in re.finditer(rule.quote, prompt)] if rule.quote else []
        return msgspec.structs.replace(rule, say=rule.say + quoted[-1]) if quoted else rule


def _read(spec: LoadSpec) -> Script:
    try:
        return msgspec.json.decode(Path(spec.path).read_bytes(), type=Script)
    except (OSError, msgspec.DecodeError) as error:
        raise ModelUnavailable(f"{spec.model_id}: {spec.path} is not a script ({error}); name another file") from error


def _text(ids: tuple[int, ...]) -> str:
    return b"".join(bytes([i]) if i < 256 else CONTROL_TOKENS[i - 256].encode() for i in ids).decode("utf-8", "replace")


def _echo(request: GenerateRequest) -> Scored:
    """Return predictions as certain of the prompt as of the script."""
    ids = request.prompt_ids[1:]
    top = [((each, _LOGPROB), *_UNLIKELY)[: request.top_logprobs] for each in ids]
    return Scored(
        ids=tuple(tuple(token for token, _ in row) for row in top),
        logprobs=tuple(tuple(logprob for _, logprob in row) for row in top),
        answer_logprobs=(_LOGPROB,) * len(ids),
        likeliest=ids,
    )


def _read_for(rule: Rule, cancelled: Callable[[], bool]) -> None:
    until = time.perf_counter() + rule.read_ms / 1e3
    while (left_s := until - time.perf_counter()) > 0 and not cancelled():
        time.sleep(min(left_s, rule.batch_ms / 1e3))


def _misbehave(rule: Rule) -> None:
    if rule.then == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    elif rule.then == "hang":
        time.sleep(3600.0)
    elif rule.then == "raise":
        raise EngineError("the script says so")


def _counts(text: str) -> list[float]:
    counts = [1.0] * 16
    for byte in text.encode():
        counts[byte % 16] += 1.0
    return counts
