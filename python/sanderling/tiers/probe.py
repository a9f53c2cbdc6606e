"""Measures a tier's model for the first time.

The prompt is a text of our own: nothing of the user's is sent.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

from ..egress import Permit
from ..engines.openai import ChatRequest, OpenAIEngine
from ..engines.protocol import Finish
from ..errors import TierFailed
from ..records import Message, Sampling
from ..remote.http import Server
from .speeds import BYTES_PER_TOKEN, Speed, now

TOKENS = 16
WORDS = " ".join(f"The lighthouse keeper counted {number} gulls before supper." for number in range(1, 25))
QUESTION = f"{WORDS}\n\nContinue this list up to thirty."
"""Prompt of the measurement, about as long as a small context."""


def probe(server: Server, model: str, permit: Permit, *, logprobs: bool) -> Speed:
    """Measure the speeds of ``model``: round trip, prompt and answer. Raises TierFailed."""
    began = time.perf_counter()
    found = server.get("/models", permit)
    round_trip_ms = 1e3 * (time.perf_counter() - began)
    messages = (Message(role="user", content=QUESTION),)
    request = ChatRequest(
        model=model, messages=messages, max_tokens=TOKENS, sampling=Sampling(temperature=0.0), logprobs=logprobs
    )
    tokens = 0
    with closing(OpenAIEngine(server).generate(request, permit)) as stream:
        for item in stream:
            if isinstance(item, Finish):
                finish = item
            else:
                tokens += 1
    if not tokens:
        raise TierFailed(f"{server.place} answered a first question with nothing", "broken")
    prompt = finish.prompt_tokens or len(QUESTION) / BYTES_PER_TOKEN
    decode_s = finish.decode_ms / 1e3
    return Speed(
        prefill_tokens_per_s=prompt / max((finish.ttft_ms - round_trip_ms) / 1e3, 1e-3),
        # One token tells no speed of decoding: as fast as the prompt's share of one, at least 1 a second.
        decode_tokens_per_s=(tokens - 1) / decode_s if tokens > 1 and decode_s > 0 else max(1e3 / finish.ttft_ms, 1.0),
        round_trip_ms=round_trip_ms,
        bytes_per_token=len(QUESTION) / prompt,
        context_tokens=context_of(found, model),
        timestamp=now(),
    )


def context_of(reply: Any, model: str) -> int:
    """Return a model's longest context from a reply of ``/v1/models``; 0: unknown.

    vLLM has ``max_model_len``, llama-server ``meta.n_ctx``, another Sanderling ``context_length``.
    """
    data = reply.get("data") if isinstance(reply, dict) else None
    entries = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
    named = [each for each in entries if each.get("id") == model] or (entries if len(entries) == 1 else [])
    for entry in named:
        meta = entry.get("meta")
        for value in (entry.get("max_model_len"), entry.get("context_length"), meta and meta.get("n_ctx")):
            if isinstance(value, int) and 0 < value < 1 << 31:
                return value
    return 0
