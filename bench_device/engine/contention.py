"""Compare the shipped choice of threads with fixed thread settings, on an idle device and beside busy processes.

Each setting has a worker of its own. Within a round all settings compute the same prompt one after another, in changing
order, so that they share any slowdown of the machine. Between two of them the device is left alone for longer than the
shipped choice looks back, or it would take the setting before for a busy process.

Two ratios judge a setting: its CPU time per token over the same when idle (1: nothing is lost by waiting), and its wall
time over that of the best fixed setting beside as many busy processes. The shares of the CPUs that worker, busy
processes and the rest of the system got are reported, since the rest may be busy too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
import psutil

from ...device.load import LONGEST_WINDOW_S
from ...engines import EngineName, Worker
from ...engines.choose import resolve
from ...engines.protocol import Finish, GenerateRequest, LoadSpec
from ...engines.waiting import SPIN_TURNS
from ...errors import OutOfMemory
from ...models import fit
from ...records import Record, Sampling
from ...request.handle import Handle
from ..interruptible import Interruptible
from ..matrix.prompt import random_prompt
from .contention_cells import SHIPPED_NAME, Cell, Sample, cells
from .rivals import Rivals
from .subject import EngineReport, subject

BUSY = (0, 1, 2, 4)
LONGEST_S = 30.0
"""Time after which a request is ended: spinning threads beside busy processes need minutes for a few tokens."""


class Setting(Record):
    """A number of threads, and how the threads wait for each other."""

    name: str
    yielding: bool = False
    """Whether the worker chooses the threads by the load, as shipped."""
    n_threads: int | None = None
    """Threads for prefill and decode; None: as planned for this device."""
    environment: dict[str, str] = msgspec.field(default_factory=dict)


_SHORT = {"OMP_WAIT_POLICY": "", "GOMP_SPINCOUNT": str(SPIN_TURNS)}
_SPINNING = {"OMP_WAIT_POLICY": "", "GOMP_SPINCOUNT": "300000", "KMP_BLOCKTIME": "200"}
_PASSIVE = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}
SHIPPED = Setting(name=SHIPPED_NAME, yielding=True, environment=_SHORT)
FIXED = (
    Setting(name="1 thread", n_threads=1, environment=_SHORT),
    Setting(name="all, spinning", environment=_SPINNING),
    Setting(name="all, passive", environment=_PASSIVE),
    Setting(name="all, spinning shortly", environment=_SHORT),
)
"""The fixed settings for engines with OpenMP; "all, spinning" is libgomp's default."""
FIXED_WITHOUT_OPENMP = (FIXED[0], Setting(name="all threads"))


class ContentionReport(EngineReport):
    """All settings, all samples, and their medians."""

    prompt_tokens: int
    decode_tokens: int
    settings: tuple[Setting, ...]
    samples: tuple[Sample, ...]
    cells: tuple[Cell, ...]
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""


def measure(
    model: str,
    *,
    engine: EngineName = "auto",
    profile: str = "auto",
    busy: Sequence[int] = BUSY,
    prompt_tokens: int = 107,
    decode_tokens: int = 24,
    rounds: int = 3,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> ContentionReport:
    """Measure one model beside busy processes, once for each number of processes in ``busy``.

    ``model``: an id or a ``.gguf`` file.

    Raises OutOfMemory and the errors of loading and generating.
    """
    measured = subject(model, profile)
    chosen, spec = measured.model, measured.spec
    spec = msgspec.structs.replace(spec, n_ctx=min(spec.n_ctx, prompt_tokens + decode_tokens + 64))
    name = resolve(engine)
    settings = (SHIPPED, *(FIXED if name in {"llama_cpp", "xllamacpp"} else FIXED_WITHOUT_OPENMP))
    _require_room(spec, len(settings))
    samples: list[Sample] = []
    with ExitStack() as stack, Interruptible() as stop:
        workers = {each.name: stack.enter_context(Worker(name, environment=each.environment)) for each in settings}
        for each in settings:
            threads = (
                {} if each.n_threads is None else dict.fromkeys(("n_threads", "n_threads_prefill"), each.n_threads)
            )
            info = workers[each.name].load(msgspec.structs.replace(spec, **threads))
            _request(workers[each.name], each, random_prompt(info.n_vocab, 32, 0), 2)
        total, done = len(busy) * rounds, 0
        for count in busy:
            for number in range(rounds):
                on_progress(done, total, f"{chosen.entry.id} beside {count} busy processes")
                prompt = random_prompt(info.n_vocab, prompt_tokens, 1 + done)
                turn = number % len(settings)
                for each in (*settings[turn:], *settings[:turn]):
                    samples.append(_sample(workers[each.name], each, prompt, decode_tokens, count, number))
                done += 1
    stop.require(samples)
    return ContentionReport(
        **measured.head(info),
        prompt_tokens=prompt_tokens,
        decode_tokens=decode_tokens,
        settings=settings,
        samples=tuple(samples),
        cells=cells(samples, prompt_tokens),
        interrupted=stop.came,
    )


def _require_room(spec: LoadSpec, workers: int) -> None:
    fitted = fit.require(Path(spec.path), spec.n_ctx, kv_type=spec.kv_type, n_ubatch=spec.n_ubatch)
    needed = workers * fitted.footprint.peak_rss_bytes
    if needed > fitted.available_bytes:
        raise OutOfMemory(
            f"{workers} workers of {spec.model_id} need {needed / 1e9:.1f} GB at once and"
            f" {fitted.available_bytes / 1e9:.1f} GB are free: choose a smaller model"
        )


def _sample(
    worker: Worker, setting: Setting, prompt: tuple[int, ...], decode_tokens: int, busy: int, number: int
) -> Sample:
    """Pause, then start ``busy`` busy processes and measure one request beside them."""
    time.sleep(1.1 * LONGEST_WINDOW_S)
    with Rivals(busy) as rivals:
        began, theirs_s, all_s, own_s = time.perf_counter(), rivals.cpu_s(), _busy_s(), time.process_time()
        finish, drawn = _request(worker, setting, prompt, decode_tokens)
        wall_s = time.perf_counter() - began
        theirs_s, all_s = rivals.cpu_s() - theirs_s, _busy_s() - all_s
        own_s = time.process_time() - own_s
    worker_s = (finish.prefill_cpu_ms + finish.decode_cpu_ms) / 1e3
    return Sample(
        busy=busy,
        setting=setting.name,
        round=number,
        prefill_ms=finish.prefill_ms,
        decode_ms=finish.decode_ms,
        prefill_cpu_ms=finish.prefill_cpu_ms,
        decode_cpu_ms=finish.decode_cpu_ms,
        decoded=max(0, drawn - 1),
        worker_cpus=worker_s / wall_s,
        busy_cpus=theirs_s / wall_s,
        rest_cpus=max(0.0, all_s - worker_s - theirs_s - own_s) / wall_s,
        n_threads_prefill=finish.n_threads_prefill,
        n_threads=finish.n_threads,
    )


def _request(worker: Worker, setting: Setting, prompt: tuple[int, ...], tokens: int) -> tuple[Finish, int]:
    """Run one request; return its end, and how many tokens were drawn."""
    handle, drawn = Handle(), 0
    request = GenerateRequest(
        prompt_ids=prompt,
        max_tokens=tokens,
        sampling=Sampling(temperature=0.0),
        ignore_end=True,
        yielding=setting.yielding,
    )
    timer = threading.Timer(LONGEST_S, handle.cancel)
    timer.start()
    try:
        for item in worker.generate(request, handle):
            if isinstance(item, Finish):
                return item, drawn
            drawn += 1
    finally:
        timer.cancel()
    raise AssertionError("a stream ends with its Finish")


def _busy_s() -> float:
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    # Guests' time is part of the user's.
    return float(sum(times) - idle - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0))
