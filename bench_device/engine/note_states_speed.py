"""Measures how much cached note states shorten the time to the first token.

The states of all notes are known; the comparison is with computing the whole prompt. Each round takes notes that were
not seen before. The whole prompt is computed once, with the system prompt known; then a question about the same notes
computes and keeps their states, and another question, with the notes in another order, finds them all. That last answer
must equal, bit for bit, that of an engine which computes the same notes for it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import msgspec
import psutil

from ...engines import EngineName, Worker, start
from ...engines.protocol import Finish, GenerateRequest
from ...errors import UsageError
from ...models import fit
from ...records import Record, Sampling, Token
from ..interruptible import Interruptible
from ..workloads import workload
from .subject import EngineReport, subject

NOTE_TOKENS = 125
QUESTION_TOKENS = 35
SHARED_TOKENS = 40
ANSWER_TOKENS = 4
NOTE_STATES_BYTES = 1 << 28
TICK_MS = 10.0
"""Resolution of a process's time on most systems; less is given as this, so that no quotient is exaggerated."""
GREEDY = Sampling(temperature=0.0)


class Sample(Record):
    """The times to the first token in one round: wall time, and CPU time of the worker."""

    context_tokens: int
    whole_ms: float
    whole_cpu_ms: float
    first_use_ms: float
    first_use_cpu_ms: float
    known_ms: float
    known_cpu_ms: float
    same: bool
    """Whether the answer from known states equals, bit for bit, that from states computed for it."""


class NoteStatesReport(EngineReport):
    """All settings and samples, and the median speedups with cached note states."""

    kv_type: str
    samples: tuple[Sample, ...]
    speedup: float
    """Median over rounds of the time to compute the whole prompt divided by that with known states."""
    cpu_speedup: float
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""


def measure(
    model: str,
    *,
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
    context_tokens: int = 500,
    rounds: int = 3,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> NoteStatesReport:
    """Measure one model with ``context_tokens`` tokens of notes.

    ``model``: an id or a ``.gguf`` file. A note has about 125 tokens.

    Raises UsageError for a model whose states cannot be merged, OutOfMemory and the errors of loading and generating.
    """
    measured = subject(model, profile, n_threads)
    chosen, spec = measured.model, measured.spec
    spec = msgspec.structs.replace(spec, note_states_bytes=NOTE_STATES_BYTES)
    fit.require(chosen.path, spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
    samples: list[Sample] = []
    with start(engine) as worker, start(engine) as fresh, Interruptible() as stop:
        info = worker.load(spec)
        if info.no_note_states:
            raise UsageError(f"{chosen.entry.id} cannot use states of notes: {info.no_note_states}")
        ids = _text_ids(worker)
        shared = [next(ids) for _ in range(SHARED_TOKENS)]
        for number in range(rounds):
            on_progress(number, rounds, f"{chosen.entry.id}, {context_tokens} tokens of notes")
            count = max(1, round(context_tokens / NOTE_TOKENS))
            notes = [[next(ids) for _ in range(context_tokens // count)] for _ in range(count)]
            questions = [[next(ids) for _ in range(QUESTION_TOKENS)] for _ in range(2)]
            _run(worker, _request(shared, [], questions[1], True))  # the system prompt is known in all that follows
            whole = _run(worker, _request(shared, notes, questions[0], False))
            first_use = _run(worker, _request(shared, notes, questions[0], True))
            request = _request(shared, notes[::-1], questions[1], True)
            known = _run(worker, request)
            fresh.load(spec)  # a new process knows nothing
            samples.append(
                Sample(
                    context_tokens=sum(map(len, notes)),
                    whole_ms=whole.ttft_ms,
                    whole_cpu_ms=whole.cpu_ms,
                    first_use_ms=first_use.ttft_ms,
                    first_use_cpu_ms=first_use.cpu_ms,
                    known_ms=known.ttft_ms,
                    known_cpu_ms=known.cpu_ms,
                    same=known.drawn == _run(fresh, request).drawn,
                )
            )
    stop.require(samples)
    return NoteStatesReport(
        **measured.head(info),
        kv_type=spec.kv_type,
        samples=tuple(samples),
        speedup=statistics.median(each.whole_ms / each.known_ms for each in samples),
        cpu_speedup=statistics.median(each.whole_cpu_ms / each.known_cpu_ms for each in samples),
        interrupted=stop.came,
    )


class _Run:
    def __init__(self, drawn: list[Token], finish: Finish, cpu_ms: float) -> None:
        self.drawn, self.ttft_ms, self.cpu_ms = drawn, finish.ttft_ms, cpu_ms


def _run(worker: Worker, request: GenerateRequest) -> _Run:
    """Generate, and take the processor time of the worker from the request to the first token."""
    assert worker.pid is not None
    process = psutil.Process(worker.pid)
    began, cpu_ms = _cpu_ms(process), 0.0
    tokens: list[Token] = []
    with closing(worker.generate(request)) as stream:
        for item in stream:
            if isinstance(item, Finish):
                return _Run(tokens, item, cpu_ms)
            cpu_ms = cpu_ms or max(TICK_MS, _cpu_ms(process) - began)
            tokens.append(item)
    raise AssertionError("a stream ends with Finish")


def _cpu_ms(process: psutil.Process) -> float:
    times = process.cpu_times()
    return 1e3 * float(times.user + times.system)


def _request(
    shared: Sequence[int], notes: Sequence[Sequence[int]], question: Sequence[int], apart: bool
) -> GenerateRequest:
    ids, ends = list(shared), []
    for note in notes:
        ids += note
        ends.append(len(ids))
    return GenerateRequest(
        prompt_ids=(*ids, *question),
        max_tokens=ANSWER_TOKENS,
        sampling=GREEDY,
        shared_tokens=len(shared),
        blocks=tuple(ends) if apart else (),
        ignore_end=True,
    )


def _text_ids(worker: Worker) -> Iterator[int]:
    """Yield the token ids of the station's notes without end; each repetition starts 7 tokens later."""
    notes = workload.load("station").notes
    ids = [
        id
        for path in sorted(notes.glob("*.md"))
        for id in worker.tokenize(path.read_text(encoding="utf-8"), special=False)
    ]
    while True:
        yield from ids
        ids = ids[7:] + ids[:7]
