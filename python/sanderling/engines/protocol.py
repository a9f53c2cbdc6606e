"""The one contract every generator fulfils, and what travels over it.

An engine holds one model. It runs inside a worker process (:mod:`sanderling.engines.worker`), because a crash inside
llama.cpp cannot be caught: there it costs one request. All values here are msgpack-encodable records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from ..records import FinishReason, KvType, Record, Sampling, Token


class LoadSpec(Record):
    """Which file to load and how."""

    model_id: str
    path: str
    n_ctx: int
    n_threads: int
    n_threads_prefill: int
    n_batch: int = 512
    """Prompt tokens computed between two looks at whether the request was cancelled."""
    n_ubatch: int = 512
    """Of which so many at once: their activations are the memory that computing takes."""
    kv_type: KvType = "f16"
    """Of the keys and values that are kept."""
    n_gpu_layers: int = 0
    cpus: tuple[int, ...] = ()
    """Logical CPUs the worker is pinned to, where the system can; empty: all."""
    state_bytes: int = 0
    """RAM for the states of prompts that are not in the context: other conversations', shared beginnings."""
    state_folder: str = ""
    """Where shared beginnings are kept for the next process; empty: nowhere."""
    state_folder_bytes: int = 0
    """Bound of that folder, all models together."""


class ModelInfo(Record):
    """What the loaded file says of itself."""

    engine: str
    """Name and version, such as ``llama_cpp 0.3.36``."""
    architecture: str
    n_ctx: int
    n_vocab: int
    eos_ids: tuple[int, ...]
    load_ms: float
    rss_bytes: int
    cpus: tuple[int, ...] = ()
    """Logical CPUs the worker may run on; empty: the system does not say."""


class GenerateRequest(Record):
    """One generation: the prompt as token ids, and how to continue it."""

    prompt_ids: tuple[int, ...]
    max_tokens: int
    sampling: Sampling
    stop: tuple[str, ...] = ()
    """Texts that end the generation; they are not part of the output."""
    shared_tokens: int = 0
    """Leading tokens that other conversations begin with too: the system prompt."""
    checkpoints: tuple[int, ...] = ()
    """Further positions in the prompt to keep the state at. After the prompt and after the answer it is kept anyway.
    Each is where a batch ends, so that a prompt can be computed in the very steps in which it once came about."""
    ignore_end: bool = False
    """Go on past the model's end token: benchmarks need a fixed number of tokens."""


class Finish(Record):
    """Last item of a stream: why it ended and what it cost."""

    reason: FinishReason
    prompt_tokens: int
    cached_tokens: int
    prefill_ms: float
    decode_ms: float
    ttft_ms: float
    rss_bytes: int
    peak_rss_bytes: int = 0
    """The most the worker has had resident since it started; 0: the engine does not say."""


class Engine(Protocol):
    """A loaded model. Not thread-safe.

    It serves one request at a time, because co-batched LFM2 sequences change each other's output.
    """

    info: ModelInfo

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Token ids of ``text``; ``special``: control tokens written in the text count as such. Never adds BOS."""

    def generate(self, request: GenerateRequest, cancelled: Callable[[], bool]) -> Iterator[Token | Finish]:
        """Yield tokens as they are drawn, then exactly one Finish. Looks at ``cancelled`` before each token.

        Raises ContextOverflow when the prompt leaves no room for one token; EngineError for anything llama.cpp refuses.
        """

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Mean-pooled, L2-normalised hidden states, one per text."""

    def close(self) -> None:
        """Free the model."""
