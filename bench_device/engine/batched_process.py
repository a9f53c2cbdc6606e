"""A child process that continues prompts greedily, either one by one or several in one batch.

Only measurements batch sequences: sequences of LFM2 change each other's output (llama.cpp issue 29002), and kernels for
AMX crash, which the model's loading rules out. The context has as many sequences as prompts. Each prompt is computed by
itself; then every batch holds one token of each sequence.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from ...engines.choose import load_engine
from ...engines.llama_api import POOLING_NONE, LlamaApi, set_kv_unified
from ...engines.llama_engine import LlamaEngine
from ...engines.protocol import LoadSpec
from ...errors import EngineError
from ...records import Record


class BatchedWork(Record):
    """Prompts to continue greedily, with ``at_once`` prompts per batch."""

    prompts: tuple[tuple[int, ...], ...]
    tokens: int
    at_once: int


class BatchedDone(Record):
    """The ids generated for each prompt, and how long the decoding took."""

    ids: tuple[tuple[int, ...], ...]
    wall_ms: float
    """Wall time, including the time to compute the prompts."""
    recurrent: bool
    """Whether any part of the model's state is recurrent."""


def generate_batched(engine: str, spec: LoadSpec, work: BatchedWork) -> BatchedDone:
    """Generate in a child process with the model of ``spec``. Raises EngineError if the process ends."""
    arguments = [engine, msgspec.json.encode(spec).decode()]
    done = subprocess.run(
        [sys.executable, "-P", "-m", __name__, *arguments],
        input=msgspec.json.encode(work),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise EngineError("the process that batches sequences ended; its last words are above")
    return msgspec.json.decode(done.stdout, type=BatchedDone)


class Sequences:
    """A context with several sequences that share its cells."""

    def __init__(self, engine: LlamaEngine, spec: LoadSpec, number: int) -> None:
        self._api: LlamaApi = engine._api
        self._n_vocab = engine.info.n_vocab
        params = engine._model._params(spec.n_ctx, min(spec.n_batch, spec.n_ctx), POOLING_NONE)
        params.n_seq_max = number
        if number > 1 and not set_kv_unified(params):
            raise EngineError("this build has no switch for shared cells where this version looks for it")
        self._context = engine._model._open(params)
        self._n_batch = min(spec.n_batch, spec.n_ctx)

    def free(self) -> None:
        """Free the context."""
        self._api.llama_free(self._context)

    def generate(self, prompts: Sequence[tuple[int, ...]], tokens: int) -> list[tuple[int, ...]]:
        """Return the greedy continuation of each prompt, one sequence each."""
        self._api.llama_memory_clear(self._api.llama_get_memory(self._context), False)
        said: list[list[int]] = []
        for sequence, prompt in enumerate(prompts):
            for start in range(0, len(prompt), self._n_batch):
                part = prompt[start : start + self._n_batch]
                self._decode(part, range(start, start + len(part)), [sequence] * len(part))
            said.append([self._best(len(part) - 1)])
        while len(said[0]) < tokens:
            places = [len(prompt) + len(ids) - 1 for prompt, ids in zip(prompts, said, strict=True)]
            self._decode([ids[-1] for ids in said], places, range(len(said)))
            for at, ids in enumerate(said):
                ids.append(self._best(at))
        return [tuple(ids) for ids in said]

    def _decode(self, ids: Sequence[int], positions: Sequence[int], sequences: Sequence[int]) -> None:
        n = len(ids)
        tokens, places = (ctypes.c_int32 * n)(*ids), (ctypes.c_int32 * n)(*positions)
        counts, wanted = (ctypes.c_int32 * n)(*[1] * n), (ctypes.c_int8 * n)(*[1] * n)
        each = [(ctypes.c_int32 * 1)(sequence) for sequence in sequences]
        names = (ctypes.c_void_p * n)(*[ctypes.addressof(one) for one in each])
        if n > len(set(sequences)):  # a prompt: only its end is looked at
            wanted = (ctypes.c_int8 * n)(*[0] * (n - 1), 1)
        batch = self._api.llama_batch_get_one(tokens, n)
        arrays: tuple[ctypes.Array[Any], ...] = (places, counts, names, wanted)
        for at, array in enumerate(arrays, start=3):
            batch.content[at] = ctypes.addressof(array)
        if self._api.llama_decode(self._context, batch) != 0:
            raise EngineError(f"llama.cpp could not compute {n} tokens: {self._api.complaint()}")

    def _best(self, at: int) -> int:
        row = (ctypes.c_float * self._n_vocab).from_address(self._api.llama_get_logits_ith(self._context, at))
        return int(np.ctypeslib.as_array(row).argmax())


def _run(engine: LlamaEngine, spec: LoadSpec, work: BatchedWork) -> BatchedDone:
    sequences = Sequences(engine, spec, work.at_once)
    try:
        sequences.generate(work.prompts[:1], 2)  # the first use of a context is slower
        began, ids = time.perf_counter(), []
        for start in range(0, len(work.prompts), work.at_once):
            ids += sequences.generate(work.prompts[start : start + work.at_once], work.tokens)
        wall_ms, api, model = 1e3 * (time.perf_counter() - began), engine._api, engine._model.handle
        recurrent = bool(api.llama_model_is_recurrent(model) or api.llama_model_is_hybrid(model))
        return BatchedDone(ids=tuple(ids), wall_ms=wall_ms, recurrent=recurrent)
    finally:
        sequences.free()


if __name__ == "__main__":
    loaded_spec = msgspec.json.decode(sys.argv[2], type=LoadSpec)
    loaded = load_engine(sys.argv[1], loaded_spec)
    if not isinstance(loaded, LlamaEngine):
        raise EngineError(f"{sys.argv[1]} is not llama.cpp")
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=BatchedWork)
    sys.stdout.buffer.write(msgspec.json.encode(_run(loaded, loaded_spec, asked)))
