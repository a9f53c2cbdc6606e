"""Measures the time to the first token of a second turn, with and without a cached state.

Each round runs the first turn (a long text and a question, then a short answer), the second turn from the cached state,
an unrelated prompt that replaces the context, and the second turn again without the state. The text is the station
workload's, shuffled each round so that no round can reuse an earlier one.

In llama.cpp the last bits of a result depend on where batches end. For a bit-exact comparison the whole prompt is
computed once more in the same steps as the cached state; its answer must then be equal in every token and
log-probability. The report also gives the number of leading tokens that agree with the ordinary computation.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from ...engines import EngineName, Worker, start
from ...engines.chat_format import ChatFormat, encode
from ...engines.protocol import Finish, GenerateRequest
from ...models import fit
from ...records import Message, Record, Sampling, Token
from ..interruptible import Interruptible
from ..workloads import workload
from .subject import EngineReport, subject

SYSTEM = "Answer from the notes, in a few words."
FOLLOW_UP = "And who of them has been there longest?"
GREEDY = Sampling(temperature=0.0)


class Sample(Record):
    """Measurements of one round. Times to first token are those of the second turn, as measured by the caller."""

    prompt_tokens: int
    cached_tokens: int
    kept_ttft_ms: float
    recomputed_ttft_ms: float
    same_steps: bool
    """Whether the cached state gives, bit for bit, the same result as computing everything in the same steps."""
    agreeing_tokens: int
    """Number of leading answer tokens that equal those of the ordinary computation."""
    answer_tokens: int


class StateReport(EngineReport):
    """All settings, all samples, and their medians."""

    samples: tuple[Sample, ...]
    kept_ttft_ms: float
    recomputed_ttft_ms: float
    speedup: float
    """Median over rounds of recomputed time divided by time with the cached state."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""


class _Run:
    def __init__(self, worker: Worker, ids: list[int], max_tokens: int, **settings: object) -> None:
        request = GenerateRequest(prompt_ids=tuple(ids), max_tokens=max_tokens, sampling=GREEDY, **settings)  # type: ignore[arg-type]
        self.tokens: list[Token] = []
        began = time.perf_counter()
        for item in worker.generate(request):
            if isinstance(item, Finish):
                self.finish = item
                continue
            if not self.tokens:
                self.ttft_ms = 1e3 * (time.perf_counter() - began)
            self.tokens.append(item)
        self.drawn = [(token.id, token.logprob) for token in self.tokens]


def measure(
    model: str,
    *,
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
    conversation_tokens: int = 1500,
    answer_tokens: int = 32,
    rounds: int = 3,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> StateReport:
    """Measure the reuse of states by ``model``, given as an id or a ``.gguf`` file.

    Raises OutOfMemory and the errors of loading and generating.
    """
    measured = subject(model, profile, n_threads)
    chosen, spec = measured.model, measured.spec
    fit.require(chosen.path, spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
    notes = workload.load("station").notes
    texts = [path.read_text(encoding="utf-8") for path in sorted(notes.glob("*.md"))]
    samples: list[Sample] = []
    with start(engine) as worker, Interruptible() as stop:
        info = worker.load(spec)
        for number in range(rounds):
            on_progress(number, rounds, f"{chosen.entry.id}, a second turn after {conversation_tokens} tokens")
            text = "\n\n".join(texts[number:] + texts[:number])
            samples.append(
                _round(worker, chosen.entry.chat_format, text, spec.n_batch, conversation_tokens, answer_tokens)
            )
    stop.require(samples)
    return StateReport(
        **measured.head(info),
        samples=tuple(samples),
        kept_ttft_ms=statistics.median(sample.kept_ttft_ms for sample in samples),
        recomputed_ttft_ms=statistics.median(sample.recomputed_ttft_ms for sample in samples),
        speedup=statistics.median(sample.recomputed_ttft_ms / sample.kept_ttft_ms for sample in samples),
        interrupted=stop.came,
    )


def _round(
    worker: Worker, format: str | ChatFormat, text: str, n_batch: int, conversation_tokens: int, answer_tokens: int
) -> Sample:
    # Cut by characters to about the wanted tokens; the exact number is reported.
    wanted = conversation_tokens - answer_tokens
    text = text[: len(text) * wanted // max(wanted, len(worker.tokenize(text, special=False)))]
    said = [Message(role="system", content=SYSTEM), Message(role="user", content=text)]
    shared = len(encode(worker.tokenize, format, said[:1]))
    prompt = encode(worker.tokenize, format, said)
    _forget(worker)
    first = _Run(worker, prompt, answer_tokens, shared_tokens=shared, ignore_end=True)
    said += [Message(role="assistant", content=""), Message(role="user", content=FOLLOW_UP)]
    ids = encode(worker.tokenize, format, said, generated={2: [token.id for token in first.tokens]})
    kept = _Run(worker, ids, answer_tokens, shared_tokens=shared)
    _forget(worker)
    recomputed = _Run(worker, ids, answer_tokens, shared_tokens=shared)
    # The last token that was drawn had not been computed when the second turn began.
    steps = [*range(shared, len(prompt), n_batch), *range(len(prompt), len(prompt) + len(first.tokens))]
    _forget(worker)
    replayed = _Run(worker, ids, answer_tokens, shared_tokens=shared, checkpoints=tuple(steps))
    agreeing = [a.id == b.id for a, b in zip(kept.tokens, recomputed.tokens, strict=False)]
    return Sample(
        prompt_tokens=len(ids),
        cached_tokens=kept.finish.cached_tokens,
        kept_ttft_ms=kept.ttft_ms,
        recomputed_ttft_ms=recomputed.ttft_ms,
        same_steps=kept.drawn == replayed.drawn,
        agreeing_tokens=agreeing.index(False) if False in agreeing else len(agreeing),
        answer_tokens=len(kept.tokens),
    )


def _forget(worker: Worker) -> None:
    """Displace the cached state by computing an unrelated text."""
    _Run(worker, worker.tokenize("nothing in common"), 1)
