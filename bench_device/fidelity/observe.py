"""Runs a model file on prompts, and records its predictions and its answers.

The predictions are those along the right answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...engines import EngineName, Worker, generate_all
from ...engines.chat_format import ChatFormat, stop_texts
from ...engines.choose import resolve
from ...engines.protocol import GenerateRequest, LoadSpec, Scored, ScoreRequest
from ...records import Record, Sampling
from .prompts import ShortPrompt

ANSWER_TOKENS = 16
"""Longest answer that is generated."""
STATE_BYTES = 64 << 20
"""RAM for saved states: the state after a prompt serves both the predictions and the answer."""
N_CTX = 1024


class Observation(Record):
    """One model file's predictions and answer for one prompt."""

    scored: Scored
    answer: str
    """The text it generates greedily, up to the end of a line."""


def observe(
    path: str,
    format: str | ChatFormat,
    prompts: Sequence[ShortPrompt],
    *,
    engine: EngineName = "auto",
    n_threads: int = 1,
    like: Sequence[Observation] = (),
    on_prompt: Callable[[int], None] = lambda _: None,
) -> tuple[Observation, ...]:
    """Run all prompts through a model file, in a worker process.

    ``like``: observations of the file to compare with, whose likeliest tokens are then scored; empty: this is that
    file. ``on_prompt``: called with the number of prompts done. Raises what the engine raises.
    """
    spec = LoadSpec(
        model_id=path.rpartition("/")[2],
        path=path,
        n_ctx=N_CTX,
        n_threads=n_threads,
        n_threads_prefill=n_threads,
        state_bytes=STATE_BYTES,
    )
    found = []
    with Worker(resolve(engine)) as worker:
        worker.load(spec)
        for at, prompt in enumerate(prompts):
            ids, shared = prompt.ids(worker.tokenize, format)
            answer = tuple(worker.tokenize(prompt.question.answers[0], special=False))
            request = GenerateRequest(
                prompt_ids=ids,
                max_tokens=ANSWER_TOKENS,
                sampling=Sampling(temperature=0.0),
                stop=("\n", *stop_texts(format)),
                shared_tokens=shared,
            )
            among = like[at].scored.ids if like else ()
            scored = worker.score(ScoreRequest(prompt=request, answer_ids=answer, among=among))
            found.append(Observation(scored=scored, answer=generate_all(worker, request).text))
            on_prompt(at + 1)
    return tuple(found)
