"""The interface of every engine, with its input and output records.

An engine holds one model. It runs in a worker process (:mod:`sanderling.engines.worker`), because a crash inside
llama.cpp cannot be caught: in a process of its own it costs one request. All records can be encoded as msgpack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, Protocol, runtime_checkable

from ..embedding.pooling import Pooling
from ..records import FinishReason, KvType, Record, Sampling, Token


class LoadSpec(Record):
    """The model file to load, with the settings of its context."""

    model_id: str
    path: str
    n_ctx: int
    n_threads: int
    n_threads_prefill: int
    n_batch: int = 512
    """Number of prompt tokens computed between two checks for cancellation."""
    n_ubatch: int = 512
    """Number of prompt tokens computed at once. It determines the memory for activations."""
    kv_type: KvType = "f16"
    """Type of the cached keys and values."""
    n_gpu_layers: int = 0
    cpus: tuple[int, ...] = ()
    """Logical CPUs to which the worker is pinned; empty: all. Only if the system supports it."""
    state_bytes: int = 0
    """RAM for saved states outside the context, in bytes. They are of other conversations and of shared prefixes."""
    state_folder: str = ""
    """Folder for shared prefixes on disk; empty: none are saved. Later processes load them."""
    state_folder_bytes: int = 0
    """Maximum size of ``state_folder`` in bytes. All models share the folder."""
    cpu_variant: str = ""
    """Kernel variant of ``sanderling_engine``; empty: the best for this CPU."""
    pooling: Pooling | Literal[""] = ""
    """How token states are pooled to one vector; empty: the model generates."""
    note_states_bytes: int = 0
    """RAM for the states of single notes, in bytes.

    0: blocks (``GenerateRequest.blocks``) are computed like all other tokens.
    """


class ModelInfo(Record):
    """A worker's report about its loaded model and its process."""

    engine: str
    """Name and version, such as ``llama_cpp 0.3.36`` or, with its kernels, ``sanderling_engine 0.3.36.1+zen4``."""
    architecture: str
    n_ctx: int
    n_vocab: int
    eos_ids: tuple[int, ...]
    load_ms: float
    rss_bytes: int
    cpus: tuple[int, ...] = ()
    """Logical CPUs on which the worker may run; empty: unknown."""
    system_info: str = ""
    """CPU features that the engine's kernels use; empty: unknown. In llama.cpp's words."""
    no_note_states: str = ""
    """Reason why the worker keeps no states of notes; empty: it keeps them.

    Only if ``LoadSpec.note_states_bytes`` allows them.
    """


class GenerateRequest(Record):
    """A request to generate text from a prompt. It says when to stop, and at which positions to keep the state."""

    prompt_ids: tuple[int, ...]
    max_tokens: int
    sampling: Sampling
    stop: tuple[str, ...] = ()
    """Texts that end the generation. The output does not include them."""
    shared_tokens: int = 0
    """Number of leading tokens shared with other conversations. It is the length of the system prompt."""
    shared_is_private: bool = False
    """Whether the shared tokens hold words of the user. Their state is then not written to disk."""
    checkpoints: tuple[int, ...] = ()
    """Positions in the prompt at which to keep the state.

    The ends of prompt and answer are kept anyway. A batch ends at each of them, so that a prompt can be computed again
    in exactly the same steps.
    """
    blocks: tuple[int, ...] = ()
    """End positions of the independent blocks.

    The first block begins at ``shared_tokens``, each later one at the end before it. An engine that keeps states of
    notes computes each block as if only the shared tokens stood before it, and reuses its state in any prompt with the
    same shared tokens.
    """
    ignore_end: bool = False
    """Whether to continue after the model's end token. Benchmarks need a fixed number of tokens."""
    yielding: bool = False
    """Whether to use fewer threads while other processes need the CPUs.

    False: always as many as the model was loaded with, for measurements and for users who chose a number.
    """
    json_schema: str = ""
    """JSON schema that the text must follow; empty: none.

    As :func:`sanderling.engines.json_schema.checked` returns it. The log-probabilities, margins and entropies of tokens
    are then those among the tokens that may come next.
    """
    top_logprobs: int = 0
    """Number of likeliest tokens reported with each token; 0: none."""
    echo: bool = False
    """Whether to report the probability of each token of the prompt. The whole prompt is then computed again."""


class Scored(Record):
    """Next-token predictions, one for each token of an answer."""

    ids: tuple[tuple[int, ...], ...]
    """Token ids of each prediction. All of ``among`` in the same order, or the likeliest ids, best first."""
    logprobs: tuple[tuple[float, ...], ...]
    """Log-probabilities of ``ids``, in nats."""
    answer_logprobs: tuple[float, ...]
    """Log-probability of each token of the answer, in nats."""
    likeliest: tuple[int, ...]


class Finish(Record):
    """The last item of a stream: the reason why the stream ended, and measurements.

    The measurements are token counts, times and memory of the request.
    """

    reason: FinishReason
    prompt_tokens: int
    cached_tokens: int
    prefill_ms: float
    decode_ms: float
    ttft_ms: float
    rss_bytes: int
    peak_rss_bytes: int = 0
    """Peak resident memory of the worker since its start; 0: unknown."""
    prefill_cpu_ms: float = 0.0
    """CPU time for the prompt, summed over threads; 0: unknown."""
    decode_cpu_ms: float = 0.0
    """CPU time after the prompt, summed over threads."""
    n_threads_prefill: int = 0
    """Number of threads at the start of the prompt; 0: unknown."""
    n_threads: int = 0
    """Number of threads for the last token."""
    threads_reason: str = ""
    """Reason for the number of threads, in one line."""
    no_note_states: str = ""
    """Reason why the blocks were computed like all other tokens.

    Empty if they were computed separately, or if ``GenerateRequest.blocks`` is empty.
    """
    echo: Scored | None = None
    """Predictions for each token of the prompt but the first.

    Only if ``GenerateRequest.echo`` asked for them and the prompt was computed before a cancellation; ``likeliest`` is
    -1 without ``top_logprobs``.
    """


class ScoreRequest(Record):
    """A request for next-token probabilities along a given answer."""

    prompt: GenerateRequest
    """The prompt of the answer. Nothing is drawn, so ``max_tokens``, ``sampling`` and ``stop`` have no effect."""
    answer_ids: tuple[int, ...]
    """Token ids of the answer, at least one. A prediction is reported before each of them."""
    among: tuple[tuple[int, ...], ...] = ()
    """Token ids whose probabilities are wanted, for each prediction. Empty: the likeliest ``top`` ones."""
    top: int = 256


class TokenizerInfo(Record):
    """Description of a tokenizer, for clients that write prompts themselves."""

    n_vocab: int
    special: dict[int, str]
    """Texts of the special tokens named below."""
    bos: int | None = None
    """Id of the token that begins a text; None: the model has none."""
    eos: int | None = None
    """Id of the token that ends a text or a chat's answer."""
    pad: int | None = None
    adds_bos: bool = False
    """Whether the model expects ``bos`` before any text."""
    chat_template: str = ""
    """Jinja template in the model's file; empty: none. Our own prompts do not use it."""


@runtime_checkable
class Engine(Protocol):
    """A loaded model. Not thread-safe: it takes one request at a time."""

    info: ModelInfo

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text``, without BOS.

        ``special``: whether to recognise control tokens in the text.
        """

    def pieces(self, ids: Sequence[int]) -> list[bytes]:
        """Return the bytes of each token. For control tokens, their written form. Raises ValueError for unknown ids."""

    def describe(self) -> TokenizerInfo:
        """Return a description of the model's tokenizer."""

    def generate(self, request: GenerateRequest, cancelled: Callable[[], bool]) -> Iterator[Token | Finish]:
        """Yield each token once it is drawn, then exactly one Finish.

        ``cancelled`` is called before each token; generation ends when it returns True.

        Raises ContextOverflow when the prompt leaves no room for one token, EngineError when llama.cpp fails.
        """

    def score(self, request: ScoreRequest, cancelled: Callable[[], bool]) -> Scored:
        """Return next-token predictions along a given answer.

        ``cancelled`` is called before each batch and each token, as a sign of life; its result does not matter.

        Raises ValueError for ids outside the vocabulary, ContextOverflow when prompt and answer do not fit.
        """

    def close(self) -> None:
        """Free the model. The engine cannot be used afterwards."""


class Embedded(Record):
    """The vectors of several texts."""

    vectors: bytes
    """Vectors as bytes, float32[texts, dim], row by row. They are little-endian, and not scaled to any length."""
    tokens: tuple[int, ...]
    """Number of tokens of each whole text. Also if only its beginning was read."""


@runtime_checkable
class EmbeddingEngine(Protocol):
    """A loaded model that embeds texts.

    It is loaded with ``LoadSpec.pooling`` set. Not thread-safe: it takes one request at a time.
    """

    info: ModelInfo

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text``, with the model's start and end tokens."""

    def embed(self, texts: list[str]) -> Embedded:
        """Return one vector per text. Only the first ``n_ctx`` tokens of a text are read."""

    def close(self) -> None:
        """Free the model. The engine cannot be used afterwards."""
