"""Measure the throughput of answering questions one at a time and two at a time.

Two are answered in two workers, or as two sequences of one batch. All ways continue the same prompts greedily by the
same number of tokens. Two at once is a gain for the service only if it brings :data:`GAIN` times the tokens per second
*and* every text stays the same, so that an answer does not depend on who else asks. The two workers have half the
threads each.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import msgspec

from ...engines import EngineName, Worker
from ...engines.choose import resolve
from ...engines.protocol import GenerateRequest
from ...records import Record, Sampling, Token
from ..interruptible import Interruptible
from ..matrix.prompt import random_prompt
from .batched_process import BatchedWork, generate_batched
from .subject import EngineReport, subject

GAIN = 1.3
"""Smallest throughput ratio that would justify generating answers in parallel."""
Texts = tuple[tuple[int, ...], ...]


class Way(Record):
    """Throughput of one way of answering all prompts, and the number of unchanged texts."""

    name: str
    tokens_per_s: tuple[float, ...]
    """Throughput over all answers in each round, including the time for the prompts."""
    ratio: float
    """Throughput relative to one answer at a time, as the median over the rounds."""
    equal_texts: int
    """Number of answers with the same tokens as when generated one at a time."""


class ConcurrencyReport(EngineReport):
    """The ways that were compared."""

    prompts: int
    prompt_tokens: int
    decode_tokens: int
    ways: tuple[Way, ...]
    recurrent: bool
    """Whether the model has recurrent state, which rules out batching whatever was measured."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""

    @property
    def gains(self) -> tuple[str, ...]:
        """Names of the ways whose throughput ratio reaches :data:`GAIN`."""
        found = (way for way in self.ways[1:] if way.ratio >= GAIN and way.equal_texts == self.prompts)
        return tuple(way.name for way in found if not (self.recurrent and way.name == "batched"))


def measure(
    model: str,
    *,
    engine: EngineName = "auto",
    profile: str = "auto",
    prompts: int = 4,
    prompt_tokens: int = 64,
    decode_tokens: int = 32,
    rounds: int = 3,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> ConcurrencyReport:
    """Measure every way of answering with one model.

    ``model``: an id or a ``.gguf`` file. ``prompts``: an even number of questions.

    Raises the errors of loading and generating.
    """
    measured, name = subject(model, profile), resolve(engine)
    spec = msgspec.structs.replace(measured.spec, n_ctx=2 * (prompt_tokens + decode_tokens) + 64, note_states_bytes=0)
    half = {key: max(1, getattr(spec, key) // 2) for key in ("n_threads", "n_threads_prefill")}
    runs: dict[str, list[tuple[Texts, float]]] = {"one at a time": [], "two workers": [], "batched": []}
    recurrent = False
    with ExitStack() as stack, Interruptible() as stop:
        one = stack.enter_context(Worker(name))
        info = one.load(spec)
        two = [stack.enter_context(Worker(name)) for _ in range(2)]
        for worker in two:
            worker.load(msgspec.structs.replace(spec, **half))
        for number in range(rounds):
            on_progress(number, rounds, measured.model.entry.id)
            asked = [random_prompt(info.n_vocab, prompt_tokens, 1 + number * prompts + at) for at in range(prompts)]
            runs["one at a time"].append(_beside([one], asked, decode_tokens))
            runs["two workers"].append(_beside(two, asked, decode_tokens))
            work = BatchedWork(prompts=tuple(asked), tokens=decode_tokens, at_once=2)
            done = generate_batched(name, spec, work)
            recurrent = done.recurrent
            runs["batched"].append((done.ids, done.wall_ms / 1e3))
    stop.require(runs["batched"])
    whole = len(runs["batched"])  # rounds that Ctrl-C did not cut
    single = runs["one at a time"][:whole]
    return ConcurrencyReport(
        **measured.head(info),
        prompts=prompts * whole,
        prompt_tokens=prompt_tokens,
        decode_tokens=decode_tokens,
        ways=tuple(_way(each, found[:whole], single, prompts * decode_tokens) for each, found in runs.items()),
        recurrent=recurrent,
        interrupted=stop.came,
    )


def _way(name: str, runs: Sequence[tuple[Texts, float]], single: Sequence[tuple[Texts, float]], tokens: int) -> Way:
    import statistics

    pairs = list(zip(runs, single, strict=True))
    return Way(
        name=name,
        tokens_per_s=tuple(tokens / seconds for _, seconds in runs),
        ratio=statistics.median(theirs / ours for (_, ours), (_, theirs) in pairs),
        equal_texts=sum(
            text == other for (texts, _), (others, _) in pairs for text, other in zip(texts, others, strict=True)
        ),
    )


def _beside(workers: Sequence[Worker], prompts: Sequence[tuple[int, ...]], tokens: int) -> tuple[Texts, float]:
    """Give each worker its share of the prompts; return the texts, and the seconds until all were generated."""
    texts: dict[int, tuple[int, ...]] = {}

    def share(first: int) -> None:
        for at in range(first, len(prompts), len(workers)):
            request = GenerateRequest(
                prompt_ids=prompts[at], max_tokens=tokens, sampling=Sampling(temperature=0.0), ignore_end=True
            )
            texts[at] = tuple(item.id for item in workers[first].generate(request) if isinstance(item, Token))

    threads = [threading.Thread(target=share, args=(first,)) for first in range(len(workers))]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    return tuple(texts[at] for at in range(len(prompts))), seconds
