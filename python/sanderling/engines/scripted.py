"""An engine that follows a script, for tests and dry runs; ``auto`` never chooses it.

The script is a JSON file (``LoadSpec.path``) or, within one process, a :class:`Script`. A rule is chosen by the text of
the prompt, not by the number of requests, so a worker restarted after a scripted crash behaves the same.

Tokens are bytes, and the control tokens of the chat formats have ids of their own, so the tests of prefixes,
neutralised contents and split characters need no model.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from ..errors import ContextOverflow, EngineError, ModelUnavailable
from ..records import FinishReason, Record, Token
from .prefix import common_prefix
from .protocol import Embedded, Finish, GenerateRequest, LoadSpec, ModelInfo, Scored, ScoreRequest
from .rss import peak_rss_bytes, rss_bytes
from .text_stream import TextStream

CONTROL_TOKENS = ("<|startoftext|>", "<|im_start|>", "<|im_end|>", "<bos>")
_SPLIT = re.compile("(" + "|".join(re.escape(token) for token in CONTROL_TOKENS) + ")")
_LOGPROB = -0.25
_NEVER = -20.0
"""Logarithm of the probability of a token that the script does not say."""


class Rule(Record):
    """The answer to every prompt that contains the text ``when``; an empty text matches all prompts."""

    when: str = ""
    say: str = ""
    quote: str = ""
    """Regular expression; its last match in the prompt is appended to ``say``, to show which question was answered."""
    then: Literal["stop", "crash", "hang", "raise"] = "stop"
    """Action after the last token: end normally, kill the process, sleep for an hour, or raise EngineError."""


class Script(Record):
    """A list of rules, of which the first that matches gives the answer.

    The answer is empty if no rule matches.
    """

    rules: tuple[Rule, ...]


class ScriptedEngine:
    """An :class:`~sanderling.engines.protocol.Engine` that gives the answers written in a script."""

    def __init__(self, spec: LoadSpec, script: Script | Callable[[str], str] | None = None) -> None:
        """Use ``script``, or the script in the file ``spec.path`` if ``script`` is None.

        A function as ``script`` maps each prompt to its answer. Raises ModelUnavailable if the file is not a script.
        """
        self._spec = spec
        self._script = script if script is not None else _read(spec)
        self._kept: tuple[int, ...] = ()
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
        """Return the UTF-8 bytes of ``text`` as ids; if ``special``, each control token becomes one id from 256 up."""
        parts = _SPLIT.split(text) if special else [text]
        return [
            token
            for part in parts
            for token in ([256 + CONTROL_TOKENS.index(part)] if special and part in CONTROL_TOKENS else part.encode())
        ]

    def generate(self, request: GenerateRequest, cancelled: Callable[[], bool]) -> Iterator[Token | Finish]:
        """Yield the scripted answer byte by byte, do what the rule's field ``then`` says, and yield one Finish.

        Raises ValueError and ContextOverflow as the other engines do.
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
        said = rule.say.encode()[: min(request.max_tokens, self._spec.n_ctx - len(request.prompt_ids))]
        for byte in said:
            if cancelled():
                reason = "cancelled"
                break
            yield from stream.push(Token(id=byte, text="", logprob=_LOGPROB), bytes([byte]))
            if stream.stopped:
                break
        else:
            reason = "length" if len(said) < len(rule.say.encode()) or len(said) == request.max_tokens else "stop"
            _misbehave(rule)
        yield from stream.finish()
        self._kept = (*request.prompt_ids, *said)
        yield Finish(
            reason=reason,
            prompt_tokens=len(request.prompt_ids),
            cached_tokens=cached,
            prefill_ms=0.0,
            decode_ms=(time.perf_counter() - started) * 1e3,
            ttft_ms=0.0,
            rss_bytes=rss_bytes(),
            peak_rss_bytes=peak_rss_bytes(),
        )

    def score(self, request: ScoreRequest, cancelled: Callable[[], bool]) -> Scored:
        """Return predictions that are certain of the scripted answer, whatever the answer in the request is."""
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
        """Return one vector of length 16 per text: component i is 1 plus the number of bytes equal to i modulo 16.

        Equal texts get equal vectors; so may different ones. The rule of a text may make the process crash or hang.
        """
        for text in texts:
            _misbehave(self._rule(text))
        vectors = np.array([_counts(text) for text in texts], dtype="<f4")
        return Embedded(vectors=vectors.tobytes(), tokens=tuple(len(text.encode()) for text in texts))

    def close(self) -> None:
        """Do nothing; there is nothing to free."""

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
