"""Measure the speed of our worker relative to llama.cpp driven directly, with the same settings and tokens.

Both processes run at once and take turns within each round, in changing order, so that they share any slowdown of the
machine. Ours is timed at the caller, from sending a request to the end of its stream: a request for a single token
(prefill), then one with the same prompt, whose state is cached, for all tokens (decode). This includes sampling,
log-probabilities, text and pipes. The baseline (:mod:`sanderling.bench_device.engine.llama_cpp_process`) computes the
tokens that ours drew. A ratio is our speed over the baseline's within one round; 1 means no overhead. CPU time is
reported too, since other processes distort wall time on a shared machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from ...engines import EngineName, Worker
from ...engines.choose import resolve
from ...engines.protocol import Finish, GenerateRequest
from ...errors import EngineError
from ...models import fit
from ...records import Record, Sampling, Token
from ..interruptible import Interruptible
from ..matrix.prompt import random_prompt
from .llama_cpp_process import LlamaCppProcess, Work
from .subject import EngineReport, subject


class Times(Record):
    """Milliseconds that one side, our worker or llama.cpp, took in one round."""

    prefill_ms: float
    decode_ms: float
    prefill_cpu_ms: float
    """CPU time of the computing process."""
    decode_cpu_ms: float


class Round(Record):
    """One round, in which both sides computed the same tokens."""

    ours: Times
    direct: Times
    ours_first: bool


class ParityReport(EngineReport):
    """All settings, all rounds, and the median ratios over the rounds."""

    prompt_tokens: int
    decode_tokens: int
    """Tokens computed singly after the first one, which belongs to the prefill."""
    rounds: tuple[Round, ...]
    prefill_ratio: float
    decode_ratio: float
    prefill_cpu_ratio: float
    decode_cpu_ratio: float
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""


def measure(
    model: str,
    *,
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
    prompt_tokens: int = 512,
    decode_tokens: int = 128,
    rounds: int = 5,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> ParityReport:
    """Compare the speed of our worker and of llama.cpp on ``model``, an id or a ``.gguf`` file.

    Raises OutOfMemory and the errors of loading and generating.
    """
    measured = subject(model, profile, n_threads)
    chosen, spec = measured.model, measured.spec
    fit.require(chosen.path, spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
    name = resolve(engine)
    samples: list[Round] = []
    with Worker(name) as worker, LlamaCppProcess(name, spec) as direct, Interruptible() as stop:
        info = worker.load(spec)
        # Two prompts in turn: neither is a beginning of the other, so nothing of one is of use to the next.
        prompts = [random_prompt(info.n_vocab, prompt_tokens, number) for number in range(2)]
        drawn = []
        for prompt in prompts:  # warms up, and finds the tokens that the other side is to decode
            drawn.append(_ours(worker, prompt, decode_tokens)[1])
            _direct(direct, prompt, drawn[-1])
        for number in range(rounds):
            on_progress(number, rounds, f"{chosen.entry.id} pp{prompt_tokens} tg{decode_tokens}")
            prompt, ids = prompts[number % 2], drawn[number % 2]
            ours_first = number // 2 % 2 == 0
            theirs = None if ours_first else _direct(direct, prompt, ids)
            ours, again = _ours(worker, prompt, decode_tokens)
            if again != ids:
                raise EngineError("a greedy answer was not the same again: the two sides cannot be compared")
            theirs = theirs or _direct(direct, prompt, ids)
            samples.append(Round(ours=ours, direct=theirs, ours_first=ours_first))
    stop.require(samples)
    return ParityReport(
        **measured.head(info),
        prompt_tokens=prompt_tokens,
        decode_tokens=decode_tokens - 1,
        rounds=tuple(samples),
        prefill_ratio=_ratio(samples, lambda times: times.prefill_ms),
        decode_ratio=_ratio(samples, lambda times: times.decode_ms),
        prefill_cpu_ratio=_ratio(samples, lambda times: times.prefill_cpu_ms),
        decode_cpu_ratio=_ratio(samples, lambda times: times.decode_cpu_ms),
        interrupted=stop.came,
    )


def _ratio(rounds: list[Round], of: Callable[[Times], float]) -> float:
    """Return our speed divided by the baseline's, as the median over the rounds."""
    return statistics.median(of(each.direct) / of(each.ours) for each in rounds)


def _cpu_ms(pid: int) -> float:
    """Return the CPU milliseconds used by all threads of a process.

    The resolution is 1 ns if Linux reports it, else 10 ms.
    """
    try:
        threads = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
        return sum(int(path.read_text().split()[0]) for path in threads) / 1e6 or _coarse_cpu_ms(pid)
    except OSError:
        return _coarse_cpu_ms(pid)


def _coarse_cpu_ms(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return 1e3 * float(times.user + times.system)


def _ours(worker: Worker, prompt: tuple[int, ...], decode_tokens: int) -> tuple[Times, tuple[int, ...]]:
    prefill_ms, prefill_cpu_ms, _ = _request(worker, prompt, 1)
    decode_ms, decode_cpu_ms, finish = _request(worker, prompt, decode_tokens)
    if finish[0] != len(prompt):
        raise EngineError("the prompt was computed again: decoding was not measured by itself")
    times = Times(
        prefill_ms=prefill_ms, decode_ms=decode_ms, prefill_cpu_ms=prefill_cpu_ms, decode_cpu_ms=decode_cpu_ms
    )
    return times, finish[1]


def _request(worker: Worker, prompt: tuple[int, ...], tokens: int) -> tuple[float, float, tuple[int, tuple[int, ...]]]:
    """Return the wall and CPU milliseconds of a request, then the number of cached tokens and the sampled token ids."""
    request = GenerateRequest(prompt_ids=prompt, max_tokens=tokens, sampling=Sampling(temperature=0), ignore_end=True)
    assert worker.pid is not None
    cpu, began = _cpu_ms(worker.pid), time.perf_counter()
    *drawn, finish = worker.generate(request)
    wall = 1e3 * (time.perf_counter() - began)
    assert isinstance(finish, Finish)
    ids = tuple(token.id for token in drawn if isinstance(token, Token))
    return wall, _cpu_ms(worker.pid) - cpu, (finish.cached_tokens, ids)


def _direct(direct: LlamaCppProcess, prompt: tuple[int, ...], drawn: tuple[int, ...]) -> Times:
    cpu = [_cpu_ms(direct.pid)]
    prefill_ms = direct.compute(Work(ids=prompt, clear=True))
    cpu.append(_cpu_ms(direct.pid))
    decode_ms = direct.compute(Work(ids=drawn[:-1], singly=True))
    cpu.append(_cpu_ms(direct.pid))
    return Times(
        prefill_ms=prefill_ms, decode_ms=decode_ms, prefill_cpu_ms=cpu[1] - cpu[0], decode_cpu_ms=cpu[2] - cpu[1]
    )
