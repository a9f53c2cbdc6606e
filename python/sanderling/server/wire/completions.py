"""Plain completions: request body, reply and events.

The reply has the format that the API had before chats.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from ... import ranges
from ...plain.completion import Completion, CompletionToken
from .. import events
from ..generation import Generation
from ..refusal import Refused
from . import detail, said
from .chat import StreamOptions
from .documented import bounded
from .options import Options, refuse_number
from .sampling import Sampled

MOST_PROMPTS = 256
MOST_IDS = 2**31
"""Upper bound for token ids in all engines. A model also refuses ids outside its own vocabulary."""
MAX_TOKENS = 16
"""Default number of generated tokens, as in the OpenAI API."""


class CompletionRequest(Sampled, frozen=True, kw_only=True):
    """Body of ``/v1/completions``."""

    prompt: str | list[str | int | list[int]]
    """A text, several texts, one prompt's token ids, or several prompts' token ids."""
    echo: bool | None = None
    logprobs: Annotated[int | None, bounded(ranges.LIKELIEST)] = None
    best_of: int | None = None
    suffix: str | None = None
    stream_options: StreamOptions | None = None
    special: bool = False
    """Whether to read control tokens in a text as such."""
    sanderling: Options | None = None


def prompts_of(body: CompletionRequest) -> list[str | list[int]]:
    """Return the prompts, each a text or token ids. Raises Refused."""
    given = body.prompt
    if isinstance(given, str):
        return [given]
    numbers = [each for each in given if isinstance(each, int)]
    numbers += [number for each in given if isinstance(each, list) for number in each]
    if not all(0 <= number < MOST_IDS for number in numbers):
        raise Refused(400, "invalid_value", "no vocabulary has such a token id", param="prompt")
    if given and all(isinstance(each, int) for each in given):
        return [[each for each in given if isinstance(each, int)]]
    prompts = [each for each in given if not isinstance(each, int)]
    if not prompts or len(prompts) < len(given) or not all(prompts):
        raise Refused(400, "invalid_value", "must be a text, texts, token ids, or lists of token ids", param="prompt")
    if len(prompts) > MOST_PROMPTS:
        raise Refused(400, "invalid_value", f"at most {MOST_PROMPTS} prompts are taken", param="prompt")
    return prompts


def refuse_unsupported(body: CompletionRequest, prompts: Sequence[object]) -> None:
    """Raise Refused for fields that the service cannot satisfy."""
    if body.best_of not in (None, 1):
        raise Refused(400, "unsupported_value", "one completion is given", param="best_of")
    if body.suffix:
        raise Refused(400, "unsupported_value", "texts are continued, not filled in", param="suffix")
    if body.stream and (len(prompts) > 1 or body.echo):
        raise Refused(400, "unsupported_value", "one prompt without echo can be streamed", param="stream")
    refuse_number("logprobs", body.logprobs, ranges.LIKELIEST)


def reply(done: Sequence[Completion], generation: Generation[Any], body: CompletionRequest) -> dict[str, Any]:
    """Return the JSON value of a whole reply, with one choice per prompt."""
    every = [said.of_completion(each, generation.ticket) for each in done]
    counts = [sum(getattr(e, f"{name}_tokens") for e in every) for name in ("prompt", "completion", "cached")]
    return {
        **_head(generation, body.model),
        "choices": [
            {
                "index": at,
                "text": "".join(token.text for token in each.prompt) + each.text if body.echo else each.text,
                "logprobs": None if body.logprobs is None else legacy_logprobs([*each.prompt, *each.tokens]),
                "finish_reason": every[at].finish_reason,
            }
            for at, each in enumerate(done)
        ],
        "usage": {
            "prompt_tokens": counts[0],
            "completion_tokens": counts[1],
            "total_tokens": counts[0] + counts[1],
            "prompt_tokens_details": {"cached_tokens": counts[2]},
        },
        "timings": every[0].timings,
        "sanderling": {**every[0].detail, "request_id": generation.handle.id},
    }


def legacy_logprobs(tokens: Sequence[CompletionToken]) -> dict[str, Any]:
    """Return log-probabilities as four parallel lists. Evaluation harnesses read this format."""
    offsets, at = [], 0
    for token in tokens:
        offsets.append(at)
        at += len(token.text)
    return {
        "tokens": [token.text for token in tokens],
        "token_logprobs": [token.logprob for token in tokens],
        "top_logprobs": [_top(token) for token in tokens],
        "text_offset": offsets,
    }


class CompletionForm:
    """Writes a completion as events."""

    def __init__(self, generation: Generation[list[Completion]], body: CompletionRequest) -> None:
        """``body``: the request, whose options decide what the events contain."""
        self._generation, self._body, self._head = generation, body, _head(generation, body.model)
        self._usage = bool(body.stream_options and body.stream_options.include_usage)

    def headers(self) -> dict[str, str]:
        """Return the headers of the stream."""
        return detail.headers(self._generation.handle.id, self._body.model, "model")

    def begin(self) -> list[bytes]:
        """Return an empty list: no event precedes the first piece."""
        return []

    def piece(self, text: str) -> list[bytes]:
        """Return the event for a piece of text."""
        return [self._chunk(text)]

    def end(self, answer: list[Completion]) -> list[bytes]:
        """Return the events with the finish reason and the usage."""
        done = said.of_completion(answer[0], self._generation.ticket)
        logprobs = None if self._body.logprobs is None else legacy_logprobs(answer[0].tokens)
        cost = {"timings": done.timings, "sanderling": {**done.detail, "request_id": self._generation.handle.id}}
        if not self._usage:
            return [self._chunk("", done.finish_reason, logprobs, **cost), events.DONE]
        last = events.event({**self._head, "choices": [], "usage": done.usage, **cost})
        return [self._chunk("", done.finish_reason, logprobs), last, events.DONE]

    def _chunk(self, text: str, finish: str | None = None, logprobs: Any = None, **more: Any) -> bytes:
        choice = {"index": 0, "text": text, "logprobs": logprobs, "finish_reason": finish}
        return events.event({**self._head, "choices": [choice], **more})


class TokenizeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``/tokenize``."""

    prompt: str
    add_special_tokens: bool = True
    model: str = ""


class DetokenizeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``/detokenize``."""

    tokens: list[int]
    model: str = ""


def _top(token: CompletionToken) -> dict[str, float | None] | None:
    if token.logprob is None:
        return None
    found: dict[str, float | None] = {}
    for each in token.top:
        found.setdefault(each.text, each.logprob)  # of two tokens with one text, the likelier
    return found or {token.text: token.logprob}


def _head(generation: Generation[Any], model: str) -> dict[str, Any]:
    created = int(time.time())
    return {"id": f"cmpl-{generation.handle.id}", "object": "text_completion", "created": created, "model": model}
