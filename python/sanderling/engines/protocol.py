"""The interface that every engine implements, and the records it takes and returns.

An engine holds one model. It runs in a worker process (:mod:`sanderling.engines.worker`), because a crash inside
llama.cpp cannot be caught: in a process of its own it costs one request. All records can be encoded as msgpack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, Protocol, runtime_checkable

from ..embedding.pooling import Pooling
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
    """Tokens of a batch that are computed at once; their activations determine how much memory that takes."""
    kv_type: KvType = "f16"
    """Type of the cached keys and values."""
    n_gpu_layers: int = 0
    cpus: tuple[int, ...] = ()
    """Logical CPUs the worker is pinned to, if the system supports it; empty: all."""
    state_bytes: int = 0
    """RAM for saved states outside the context, for other conversations and for shared prefixes."""
    state_folder: str = ""
    """Folder in which shared prefixes are saved for later processes; empty: they are not saved."""
    state_folder_bytes: int = 0
    """Largest size of ``state_folder``, which all models share."""
    cpu_variant: str = ""
    """Kernels of ``sanderling_engine`` to load; empty: the best for this CPU."""
    pooling: Pooling | Literal[""] = ""
    """How the states of a text's tokens become its vector, for a model that embeds; empty: the model generates."""
    note_states_bytes: int = 0
    """RAM for the states of single notes (``GenerateRequest.blocks``); 0: blocks are computed as all other tokens."""


class ModelInfo(Record):
    """What a worker reports about its loaded model and its process."""

    engine: str
    """Name and version, such as ``llama_cpp 0.3.36`` or, with its kernels, ``sanderling_engine 0.3.36.1+zen4``."""
    architecture: str
    n_ctx: int
    n_vocab: int
    eos_ids: tuple[int, ...]
    load_ms: float
    rss_bytes: int
    cpus: tuple[int, ...] = ()
    """Logical CPUs the worker may run on; empty: not reported by the system."""
    system_info: str = ""
    """What the engine's kernels use of the CPU, in llama.cpp's words; empty: not reported by the engine."""
    no_note_states: str = ""
    """Why states of notes are not kept although ``LoadSpec.note_states_bytes`` allows it; empty: they are."""


class GenerateRequest(Record):
    """A request to generate: the prompt's token ids, when to stop, and at which positions to keep the state."""

    prompt_ids: tuple[int, ...]
    max_tokens: int
    sampling: Sampling
    stop: tuple[str, ...] = ()
    """Texts that end the generation; the output does not include them."""
    shared_tokens: int = 0
    """Number of leading tokens that other conversations share: the length of the system prompt."""
    checkpoints: tuple[int, ...] = ()
    """Further positions in the prompt at which to keep the state; after the prompt and the answer it is always kept.
    A batch ends at each of them, so that a prompt can be computed again in exactly the same steps."""
    blocks: tuple[int, ...] = ()
    """Ends of the blocks that stand for themselves, the first of which begins at ``shared_tokens`` and each other where
    the one before ends. An engine that keeps states of notes computes each block as if nothing but the shared tokens
    stood before it, and uses its state again in any prompt with the same shared tokens."""
    ignore_end: bool = False
    """Whether to continue after the model's end token; benchmarks need a fixed number of tokens."""
    yielding: bool = False
    """Whether fewer threads compute while other processes need the CPUs; False: as many as the model was loaded with,
    as measurements and users who named a number want."""


class Finish(Record):
    """The last item of a stream: why it ended, and the token counts, times and memory of the request."""

    reason: FinishReason
    prompt_tokens: int
    cached_tokens: int
    prefill_ms: float
    decode_ms: float
    ttft_ms: float
    rss_bytes: int
    peak_rss_bytes: int = 0
    """Peak resident memory of the worker since its start; 0: not reported by the engine."""
    prefill_cpu_ms: float = 0.0
    """CPU time of the worker, all threads together, until the prompt was computed; 0: not reported by the engine."""
    decode_cpu_ms: float = 0.0
    """CPU time of the worker for the rest."""
    n_threads_prefill: int = 0
    """Threads that began to compute the prompt; 0: not reported by the engine."""
    n_threads: int = 0
    """Threads that computed the last token."""
    threads_reason: str = ""
    """Why they were as many, in one line."""
    no_note_states: str = ""
    """Why ``GenerateRequest.blocks`` were computed as all other tokens; empty: they were not, or there were none."""


class ScoreRequest(Record):
    """A request for the probabilities of next tokens along a given answer."""

    prompt: GenerateRequest
    """The prompt; nothing is drawn, so ``max_tokens``, ``sampling`` and ``stop`` have no effect."""
    answer_ids: tuple[int, ...]
    """Tokens to read after the prompt, at least one; a prediction is reported before each of them."""
    among: tuple[tuple[int, ...], ...] = ()
    """For each prediction, the ids whose probabilities are wanted; empty: the likeliest ``top`` ones."""
    top: int = 256


class Scored(Record):
    """Predictions of the next token, one before each token of the answer."""

    ids: tuple[tuple[int, ...], ...]
    """Ids per prediction: those of ``among`` in their order, or the likeliest ones first."""
    logprobs: tuple[tuple[float, ...], ...]
    """Natural logarithms of their probabilities."""
    answer_logprobs: tuple[float, ...]
    """Natural logarithm of the probability of each token of the answer."""
    likeliest: tuple[int, ...]


@runtime_checkable
class Engine(Protocol):
    """A loaded model. Not thread-safe: it takes one request at a time."""

    info: ModelInfo

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text``, without BOS; recognise control tokens in the text only if ``special``."""

    def generate(self, request: GenerateRequest, cancelled: Callable[[], bool]) -> Iterator[Token | Finish]:
        """Yield each token once it is drawn, then exactly one Finish.

        ``cancelled`` is called before each token; generation ends when it returns True.

        Raises ContextOverflow when the prompt leaves no room for one token, EngineError when llama.cpp fails.
        """

    def score(self, request: ScoreRequest, cancelled: Callable[[], bool]) -> Scored:
        """Return the model's predictions before each token of a given answer.

        ``cancelled`` is called before each batch and each token, as a sign of life; its result does not matter.

        Raises ValueError for ids outside the vocabulary, ContextOverflow when prompt and answer do not fit.
        """

    def close(self) -> None:
        """Free the model; the engine cannot be used afterwards."""


class Embedded(Record):
    """The vectors of several texts."""

    vectors: bytes
    """float32[texts, dim], little-endian, row by row, not scaled to any length."""
    tokens: tuple[int, ...]
    """Number of tokens of each whole text, even if only its beginning was read."""


@runtime_checkable
class EmbeddingEngine(Protocol):
    """A model that embeds texts, loaded with ``LoadSpec.pooling`` set.

    Not thread-safe: it takes one request at a time.
    """

    info: ModelInfo

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text`` as it is embedded, between the model's start and end tokens."""

    def embed(self, texts: list[str]) -> Embedded:
        """Return one vector per text; only the first ``n_ctx`` tokens of a text are read."""

    def close(self) -> None:
        """Free the model; the engine cannot be used afterwards."""
