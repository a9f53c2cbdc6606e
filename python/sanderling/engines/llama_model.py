"""Loads a GGUF file with llama.cpp, and opens contexts for the model."""

from __future__ import annotations

import ctypes
import os

from ..errors import EngineError, ModelUnavailable, OutOfMemory
from .llama_api import KV_TYPES, POOLING_NONE, ROPE_NEOX, ROPE_NORM, ContextParams, LlamaApi, set_kv_unified
from .newer_engine import newer_engine
from .protocol import LoadSpec

CONVOLUTIONS = ("lfm2", "lfm2moe")
"""Hybrid architectures with a short convolution as recurrent part."""
MOST_METADATA = 65_536
"""Maximum number of bytes read of a metadata value. Chat templates have several thousand."""
ROTATED_KEYS = 64
"""Divisor of the key lengths that llama.cpp rotates. It rotates only quantized keys."""


class LlamaModel:
    """A loaded model file. ``handle`` is llama.cpp's pointer to the model."""

    def __init__(self, spec: LoadSpec, api: LlamaApi) -> None:
        """Load ``spec.path``. Raises ModelUnavailable for an absent, truncated or foreign file."""
        self._spec, self._api = spec, api
        params = api.llama_model_default_params()
        params.n_gpu_layers = spec.n_gpu_layers
        # A build with AMX crashes in ggml_backend_amx_mul_mat at the first longer prompt. Elsewhere the extra buffers
        # stay on: they repack Q4_0 weights, which makes them fast. Our own wheel has no AMX kernels, on no CPU.
        params.use_extra_bufts = b"AMX_INT8 = 1" not in api.llama_print_system_info()
        api.log.clear()
        handle: int | None = api.llama_model_load_from_file(str(spec.path).encode(), params)
        if not handle:
            complaint = api.complaint()
            if "unknown model architecture" in complaint:
                raise ModelUnavailable(newer_engine(spec.model_id, complaint, api.name))
            raise ModelUnavailable(
                f"{spec.model_id} cannot be loaded from {spec.path}: {complaint}; verify the file, or pull it again"
            )
        self.handle = handle

    def open_context(self, n_ctx: int, n_batch: int, pooling: int) -> int:
        """Open a context and return llama.cpp's pointer to it.

        ``pooling`` is ``POOLING_NONE`` or one of ``POOLINGS``; pooling needs the whole text in one physical batch, so
        ``n_ubatch`` is then ``n_batch``. Raises OutOfMemory if the context does not fit, EngineError if llama.cpp did
        not apply the parameters.
        """
        return self._open(self._params(n_ctx, n_batch, pooling))

    def _params(self, n_ctx: int, n_batch: int, pooling: int) -> ContextParams:
        params: ContextParams = self._api.llama_context_default_params()
        params.n_ctx, params.n_batch = n_ctx, n_batch
        params.n_ubatch = n_batch if pooling else min(n_batch, self._spec.n_ubatch)
        params.type_k = params.type_v = KV_TYPES[self._spec.kv_type]
        params.n_threads, params.n_threads_batch = self._spec.n_threads, self._spec.n_threads_prefill
        params.pooling_type = pooling
        return params

    def _open(self, params: ContextParams) -> int:
        self._api.log.clear()
        context: int | None = self._api.llama_init_from_model(self.handle, params)
        if not context:
            raise OutOfMemory(
                f"{self._spec.model_id} loads, but a context of {params.n_ctx} tokens does not fit"
                f" ({self._api.complaint()}): ask for a smaller context or choose a smaller model"
            )
        self._check_applied(context, params)
        return context

    def open_shared_context(self, n_ctx: int, n_batch: int) -> tuple[int | None, str]:
        """Open a context whose two sequences share all cells.

        Returns (pointer, ""), or None and the reason, in words, if this model's memory or this library does not allow
        states to be moved and merged. Raises what :meth:`open_context` raises.
        """
        reason = self._unmovable()
        if reason:
            return None, reason
        params = self._params(n_ctx, n_batch, POOLING_NONE)
        params.n_seq_max = 2
        unknown = f"{self._api.name} has no switch for shared cells where this version looks for it"
        if not set_kv_unified(params):
            return None, unknown
        context = self._open(params)
        api = self._api
        if api.llama_n_seq_max(context) != 2 or api.llama_n_ctx_seq(context) != api.llama_n_ctx(context):
            api.llama_free(context)
            return None, unknown
        if not api.llama_memory_can_shift(api.llama_get_memory(context)):
            api.llama_free(context)
            return None, "this model's keys cannot be moved to another position"
        return context, ""

    def metadata(self, key: str) -> str:
        """Return the file's metadata value for ``key``; empty if there is none. At most ``MOST_METADATA`` bytes."""
        room = 256
        while True:
            buffer = ctypes.create_string_buffer(room)
            length = self._api.llama_model_meta_val_str(self.handle, key.encode(), buffer, room)
            if length < room or room > MOST_METADATA:
                return buffer.value.decode("utf-8", "replace") if length >= 0 else ""
            room = min(length, MOST_METADATA) + 1

    def free(self) -> None:
        """Free the model. The caller must have freed its contexts."""
        self._api.llama_model_free(self.handle)

    def _unmovable(self) -> str:
        """Return why this model's state cannot be moved and merged, or an empty text."""
        api = self._api
        if api.llama_model_n_swa(self.handle) > 0:
            return "this model attends to a sliding window"
        if api.llama_model_rope_type(self.handle) not in (ROPE_NORM, ROPE_NEOX):
            return "this model's positions cannot be shifted"
        architecture = self.metadata("general.architecture")
        if self.metadata(f"{architecture}.rope.scaling.type") == "yarn":
            return "this model's positions are scaled, and moving its keys would scale them again"
        if self._spec.kv_type != "f16" and (
            os.environ.get("LLAMA_ATTN_ROT_DISABLE") or not self._rotates(architecture)
        ):
            return f"this model's {self._spec.kv_type} keys cannot be moved"
        recurrent = api.llama_model_is_recurrent(self.handle) or api.llama_model_is_hybrid(self.handle)
        # A convolution over three tokens is that of the last note; a recurrence would forget all notes but the last.
        if recurrent and architecture not in CONVOLUTIONS:
            return "this model's recurrent state cannot be merged"
        return ""

    def _rotates(self, architecture: str) -> bool:
        """Return whether llama.cpp rotates this model's quantized keys.

        It ends the process when it moves quantized keys that are not rotated.
        """
        texts = (self.metadata(f"{architecture}.{key}") for key in ("embedding_length", "attention.head_count"))
        length = self.metadata(f"{architecture}.attention.key_length")
        try:
            width, heads = map(int, texts)
            return (int(length) if length else width // heads) % ROTATED_KEYS == 0
        except (ValueError, ZeroDivisionError):  # a list, where layers differ
            return False

    def _check_applied(self, context: int, params: ContextParams) -> None:
        """Raise EngineError if ``context`` does not have the requested parameters.

        This is the second check described in :mod:`sanderling.engines.llama_api`.
        """
        wanted = {name: getattr(params, name) for name in ("n_batch", "n_ubatch", "n_threads", "n_threads_batch")}
        found = {name: getattr(self._api, f"llama_{name}")(context) for name in wanted}
        # llama.cpp rounds the context up to a multiple of 256, never down.
        if found != wanted or self._api.llama_n_ctx(context) < params.n_ctx:
            raise EngineError(f"{self._api.name} did not take its parameters (wanted {wanted}, found {found})")
