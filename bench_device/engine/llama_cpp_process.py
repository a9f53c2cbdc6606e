"""A child process that drives llama.cpp directly: the baseline of :mod:`sanderling.bench_device.engine.parity`.

The model is loaded with our engine's settings. After that only the library is called: submit a batch, fetch its logits.
There is no sampling, text or log-probability; the ids to decode are known in advance, as in llama-bench. Each JSON line
on stdin (``clear``, and ids to compute in batches or singly) yields a JSON line on stdout: the milliseconds it took.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import time
from types import TracebackType

import msgspec

from ...engines.choose import load_engine
from ...engines.llama_engine import LlamaEngine
from ...engines.protocol import LoadSpec
from ...errors import EngineError
from ...records import Record


class Work(Record):
    """Token ids to compute, following those already in the context."""

    ids: tuple[int, ...]
    singly: bool = False
    """Compute one id per call, as in decoding; otherwise in batches, as in prefill."""
    clear: bool = False
    """Clear the context first."""


class Done(Record):
    """Time of one computation, including the fetching of logits.

    Logits are fetched for every id if ``singly``, else only for the last one.
    """

    wall_ms: float


class LlamaCppProcess:
    """The parent's handle of the child process."""

    def __init__(self, engine: str, spec: LoadSpec) -> None:
        """Start the process and load the model."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, engine, msgspec.json.encode(spec).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.pid = self._process.pid
        self._reply()

    def compute(self, work: Work) -> float:
        """Have the process compute ``work``; return the milliseconds this took. Raises EngineError if it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(work) + b"\n")
        self._process.stdin.flush()
        return self._reply().wall_ms

    def _reply(self) -> Done:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise EngineError("the process that drives llama.cpp directly ended; its last words are above")
        return msgspec.json.decode(line, type=Done)

    def __enter__(self) -> LlamaCppProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()


def _serve(engine: LlamaEngine, n_batch: int) -> None:
    api, context = engine._api, engine._context
    memory = api.llama_get_memory(context)
    _say(0.0)
    for line in sys.stdin.buffer:
        work = msgspec.json.decode(line, type=Work)
        if work.clear:
            api.llama_memory_clear(memory, False)
        ids = (ctypes.c_int32 * len(work.ids))(*work.ids)
        step = 1 if work.singly else n_batch
        began = time.perf_counter()
        for at in range(0, len(ids), step):
            place = ctypes.cast(ctypes.byref(ids, 4 * at), ctypes.POINTER(ctypes.c_int32))
            if api.llama_decode(context, api.llama_batch_get_one(place, min(step, len(ids) - at))) != 0:
                raise EngineError(f"llama.cpp could not compute the tokens from {at} on: {api.complaint()}")
            if work.singly or at + step >= len(ids):
                api.llama_get_logits_ith(context, -1)  # waits until they are there
        _say((time.perf_counter() - began) * 1e3)


def _say(wall_ms: float) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(Done(wall_ms=wall_ms)) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    spec = msgspec.json.decode(sys.argv[2], type=LoadSpec)
    loaded = load_engine(sys.argv[1], spec)
    if not isinstance(loaded, LlamaEngine):
        raise EngineError(f"{sys.argv[1]} is not llama.cpp")
    _serve(loaded, spec.n_batch)
