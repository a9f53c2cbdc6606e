"""An engine that asks an OpenAI-compatible server.

It takes messages instead of token ids, and yields what every engine yields. Servers differ (vLLM, llama-server, Ollama,
another Sanderling), so only fields that OpenAI's own interface documents are sent. A stream is always asked for,
because that is how a server notices that its client has left. An answer is whole only if a ``finish_reason`` came: vLLM
ends a failed stream with an error object *and* ``[DONE]``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import msgspec

from ..egress import Permit
from ..errors import TierFailed
from ..records import FinishReason, Message, Record, Sampling, Token
from ..remote.http import Server, reason_of
from ..request.handle import Handle
from .protocol import Finish

TOP = 5
"""Number of likeliest tokens requested with each token. Every server gives as many."""
MOST_STOPS = 4
"""Maximum number of stop texts sent to a server. OpenAI's interface takes no more; further ones are heeded here."""
NO_ID = -1
"""Placeholder for a token id that the server did not send."""
FINISHES: dict[str, FinishReason] = {"stop": "stop", "length": "length"}


class ChatRequest(Record):
    """A request to generate from the messages of a chat."""

    model: str
    """The server's name for the model."""
    messages: tuple[Message, ...]
    max_tokens: int
    sampling: Sampling
    stop: tuple[str, ...] = ()
    logprobs: bool = True
    """Whether to ask for the tokens' probabilities."""
    json_schema: str = ""
    """JSON schema that the server is asked to enforce; empty: none."""


def body_of(request: ChatRequest) -> dict[str, Any]:
    """Return the JSON body of a request. It has fields of OpenAI's interface only."""
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": request.max_tokens,
        "temperature": min(sampling.temperature, 2.0),
        "seed": sampling.seed,
    }
    if 0 < sampling.top_p < 1:
        body["top_p"] = sampling.top_p
    if request.stop:
        body["stop"] = list(request.stop[:MOST_STOPS])
    if request.json_schema:
        schema = {"name": "answer", "schema": msgspec.json.decode(request.json_schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.logprobs:
        body |= {"logprobs": True, "top_logprobs": TOP}
    return body


class OpenAIEngine:
    """An engine that runs the models of one server. Any number of threads may use it."""

    def __init__(self, server: Server) -> None:
        """``server``: the server to ask."""
        self._server = server

    def generate(
        self, request: ChatRequest, permit: Permit, handle: Handle | None = None
    ) -> Generator[Token | Finish, None, None]:
        """Yield each token once it arrives, then exactly one Finish.

        A token whose probability the server does not report has ``logprob`` -inf. Entropies are lower bounds, from the
        likeliest tokens. Times are this device's, the network's included; ``cached_tokens`` are the server's word.

        Raises TierFailed, also for an answer that ended without a reason, and MissingExtra.
        """
        began = time.perf_counter()
        first = last = 0.0
        reason: FinishReason | None = None
        usage: dict[str, Any] = {}
        count, text = 0, ""
        for event in self._server.events("/chat/completions", body_of(request), permit, handle):
            self._refuse_error(event)
            if isinstance(given := event.get("usage"), dict):
                usage = given
            for choice in _choices(event):
                for token in _tokens(choice):
                    last = time.perf_counter()
                    first = first or last
                    text += token.text
                    count += 1
                    yield token
                if said := choice.get("finish_reason"):
                    if said not in FINISHES:
                        raise TierFailed(f"{self._server.place} ended the answer early ({str(said)[:40]})", "request")
                    reason = FINISHES[said]
            if any(stop in text for stop in request.stop[MOST_STOPS:]):
                reason = "stop"
                break
        if handle is not None and handle.cancelled:
            reason = "budget" if handle.out_of_time else "cancelled"
        if reason is None:
            raise TierFailed(f"{self._server.place} ended the answer without saying why: it may be cut", "broken")
        ended = time.perf_counter()
        ttft_ms = 1e3 * ((first or ended) - began)
        yield Finish(
            reason=reason,
            prompt_tokens=_number(usage, "prompt_tokens"),
            cached_tokens=_number(usage.get("prompt_tokens_details"), "cached_tokens"),
            prefill_ms=ttft_ms,
            decode_ms=1e3 * (last - first),
            ttft_ms=ttft_ms,
            rss_bytes=0,
        )

    def _refuse_error(self, event: object) -> None:
        if not isinstance(event, dict):
            raise TierFailed(f"{self._server.place} sent what is no part of an answer", "broken")
        if event.get("error"):
            raise TierFailed(f"{self._server.place} failed ({reason_of(event) or 'no reason given'})", "status")


def _choices(event: dict[str, Any]) -> Sequence[dict[str, Any]]:
    found = event.get("choices")
    return [each for each in found[:1] if isinstance(each, dict)] if isinstance(found, list) else []


def _tokens(choice: dict[str, Any]) -> Iterator[Token]:
    """Yield the tokens of one event. A piece without probabilities is one token."""
    delta = choice.get("delta")
    text = delta.get("content") if isinstance(delta, dict) else None
    if not isinstance(text, str) or not text:
        return
    logprobs = choice.get("logprobs")
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    entries = [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []
    if not entries or "".join(str(each.get("token", "")) for each in entries) != text:
        # A server may hold back the bytes of half a letter: the text counts, and one probability for all of it.
        known = [value for each in entries if (value := _logprob(each)) > -math.inf]
        yield Token(id=NO_ID, text=text, logprob=sum(known) / len(known) if known else -math.inf)
        return
    for each in entries:
        top = each.get("top_logprobs")
        others = sorted((_logprob(other) for other in top if isinstance(other, dict)), reverse=True) if top else []
        known = [value for value in others if value > -math.inf]
        yield Token(
            id=identity if isinstance(identity := each.get("id"), int) else NO_ID,
            text=each["token"],
            logprob=_logprob(each),
            margin=known[0] - known[1] if len(known) > 1 else 0.0,
            entropy=_entropy(known),
        )


def _entropy(logprobs: Sequence[float]) -> float:
    """Return a lower bound on a distribution's entropy, in nats.

    ``logprobs``: its greatest log-probabilities. The rest of the probability is taken as one token.
    """
    shares = [math.exp(min(value, 0.0)) for value in logprobs]
    rest = max(1.0 - sum(shares), 0.0)
    return -sum(share * math.log(share) for share in (*shares, rest) if share > 0) if shares else 0.0


def _logprob(entry: dict[str, Any]) -> float:
    """Return the log-probability of an entry, at most 0; -inf if it is unusable."""
    found = entry.get("logprob")
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found) or found < -1e4:
        return -math.inf
    return min(float(found), 0.0)


def _number(given: object, name: str) -> int:
    found = given.get(name) if isinstance(given, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 1 << 31 else 0
