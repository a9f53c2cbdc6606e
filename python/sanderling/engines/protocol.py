"""The interface of all engines, and the records of its requests and results.

An engine holds one model. It runs in a worker process (:mod:`sanderling.engines.worker`), because a crash inside
llama.cpp cannot be caught: in a process of its own it costs one request. All records can be encoded as msgpack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from ..records import FinishReason, KvType, Record, Sampling, Token


class LoadSpec(Record):
    """The model file to load, and the settings of its context."""

    model_id: str
    path: str
    n_ctx: int
    n_threads: int
    n_threads_prefill: int
    n_batch: int = 512
    """Prompt tokens computed between two checks for cancellation."""
    n_ubatch: int = 512
    """Tokens of a batch computed at once; their activations are what a computation needs in memory."""
    kv_type: KvType = "f16"
    """Type of the cached keys and values."""
    n_gpu_layers: int = 0
    cpus: tuple[int, ...] = ()
    """Logical CPUs the worker is pinned to, if the system supports it; empty: all."""
    state_bytes: int = 0
    """RAM for saved states that are not in the context: other conversations and shared prefixes."""
    state_folder: str = ""
    """Folder in which shared prefixes are saved for later processes; empty: they are not saved."""
    state_folder_bytes: int = 0
    """Bound of the size of ``state_folder``, for all models together."""


class ModelInfo(Record):
    """Facts about a loaded model and its process."""

    engine: str
    """Name and version, such as ``llama_cpp 0.3.36``."""
    architecture: str
    n_ctx: int
    n_vocab: int
    eos_ids: tuple[int, ...]
    load_ms: float
    rss_bytes: int
    cpus: tuple[int, ...] = ()
    """Logical CPUs the worker may run on; empty: not reported by the system."""


class GenerateRequest(Record):
    """One generation: the prompt's token ids, when to stop, and where to keep states."""

    prompt_ids: tuple[int, ...]
    max_tokens: int
    sampling: Sampling
    stop: tuple[str, ...] = ()
    """Texts that end the generation; they are not part of the output."""
    shared_tokens: int = 0
    """Number of leading tokens with which other conversations begin too: the system prompt."""
    checkpoints: tuple[int, ...] = ()
    """Further positions in the prompt at which to keep the state; after the prompt and the answer it is always kept.
    A batch ends at each of them, so that a prompt can be computed again in exactly the same steps."""
    ignore_end: bool = False
    """Whether to continue after the model's end token; benchmarks need a fixed number of tokens."""


class Finish(Record):
    """Last item of a stream: why it ended, its token counts, times and memory."""

    reason: FinishReason
    prompt_tokens: int
    cached_tokens: int
    prefill_ms: float
    decode_ms: float
    ttft_ms: float
    rss_bytes: int
    peak_rss_bytes: int = 0
    """Peak resident memory of the worker since its start; 0: not reported by the engine."""


class Engine(Protocol):
    """A loaded model. Not thread-safe: it takes one request at a time."""

    info: ModelInfo

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text``, without BOS; ``special``: recognise control tokens written in the text."""

    def generate(self, request: GenerateRequest, cancelled: Callable[[], bool]) -> Iterator[Token | Finish]:
        """Yield tokens as they are drawn, then exactly one Finish; call ``cancelled`` before each token.

        Raises ContextOverflow when the prompt leaves no room for one token, EngineError when llama.cpp fails.
        """

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Return the mean-pooled, L2-normalised hidden states of each text, shape (len(texts), n_embd)."""

    def close(self) -> None:
        """Free the model."""
