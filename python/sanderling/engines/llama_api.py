"""Bindings to the C functions of llama.cpp that the engines call.

They work with any library that exports these functions. All engines are llama.cpp: llama-cpp-python and our own wheel
ship ``libllama``; xllamacpp links it into its extension module and exports the same symbols. Only the library is
opened; no package is imported. This saves Python imports, and avoids xllamacpp's ``Server`` class, which cannot be
constructed without opening a listening socket.

Only the parameter structs change their layout between releases (those of the two packages differ by a pointer). The
library's defaults are taken as a run of bytes, only fields near the start are written, and the bytes are passed back.
Two checks turn a changed layout into an error instead of wrong results: the defaults read at our offsets must be the
expected ones, and once the context exists the written values are read back through functions.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EngineError
from ..records import KvType
from . import cpu_variant
from .waiting import waiting_of

_SPARE_BYTES = 256
POOLING_NONE = 0
KV_TYPES: dict[KvType, int] = {"f16": 1, "q8_0": 8}
"""ggml's type ids by our names for the cache types."""
STATE_WHOLE = 0
STATE_PARTIAL = 1
"""Flag that selects only the convolution state of a hybrid model. That state cannot be rolled back to a position."""
TOKEN_UNKNOWN, TOKEN_CONTROL, TOKEN_USER_DEFINED = 1, 8, 16
"""Bits in the attributes of a token."""
ROPE_NORM, ROPE_NEOX = 0, 2
"""Types of position encoding with one position per token. The others have several, which cannot be shifted."""
_LOG_LEVEL_ERROR = 4
_SWITCHES = b"\0\1\1\1\1\0"
"""Defaults of the switches ``embeddings``, ``offload_kqv``, ``no_perf``, ``op_offload``, ``swa_full``, ``kv_unified``.

They follow ``type_v`` behind pointers, whose number differs between releases and which are null."""


class ModelParams(ctypes.Structure):
    """First fields of ``llama_model_params``. The remaining fields keep the library's defaults."""

    _fields_ = (
        ("devices", ctypes.c_void_p),
        ("tensor_buft_overrides", ctypes.c_void_p),
        ("n_gpu_layers", ctypes.c_int32),
        ("split_mode", ctypes.c_int32),
        ("load_mode", ctypes.c_int32),
        ("lazy_mode", ctypes.c_int32),
        ("main_gpu", ctypes.c_int32),
        ("tensor_split", ctypes.c_void_p),
        ("progress_callback", ctypes.c_void_p),
        ("progress_callback_user_data", ctypes.c_void_p),
        ("kv_overrides", ctypes.c_void_p),
        ("vocab_only", ctypes.c_bool),
        ("check_tensors", ctypes.c_bool),
        ("use_extra_bufts", ctypes.c_bool),
        ("spare", ctypes.c_uint8 * _SPARE_BYTES),
    )


class ContextParams(ctypes.Structure):
    """First fields of ``llama_context_params``.

    The remaining fields keep the library's defaults. One of these is ``swa_full``, which is true.
    """

    _fields_ = (
        ("n_ctx", ctypes.c_uint32),
        ("n_batch", ctypes.c_uint32),
        ("n_ubatch", ctypes.c_uint32),
        ("n_seq_max", ctypes.c_uint32),
        # Must stay 0: rolling recurrent state back reports success with a wrong state (llama.cpp issue 26695).
        ("n_rs_seq", ctypes.c_uint32),
        ("n_outputs_max", ctypes.c_uint32),
        ("n_outputs_max_per_seq", ctypes.c_uint32),
        ("n_threads", ctypes.c_int32),
        ("n_threads_batch", ctypes.c_int32),
        ("ctx_type", ctypes.c_int32),
        ("rope_scaling_type", ctypes.c_int32),
        ("pooling_type", ctypes.c_int32),
        ("attention_type", ctypes.c_int32),
        ("flash_attn_type", ctypes.c_int32),
        ("rope_freq_base", ctypes.c_float),
        ("rope_freq_scale", ctypes.c_float),
        ("yarn_ext_factor", ctypes.c_float),
        ("yarn_attn_factor", ctypes.c_float),
        ("yarn_beta_fast", ctypes.c_float),
        ("yarn_beta_slow", ctypes.c_float),
        ("yarn_orig_ctx", ctypes.c_uint32),
        ("defrag_thold", ctypes.c_float),
        ("cb_eval", ctypes.c_void_p),
        ("cb_eval_user_data", ctypes.c_void_p),
        ("type_k", ctypes.c_int32),
        ("type_v", ctypes.c_int32),
        ("spare", ctypes.c_uint8 * _SPARE_BYTES),
    )


def set_kv_unified(params: ContextParams) -> bool:
    """Make all sequences of a context share the context's cells.

    Returns False if the switch is not found among the defaults. The bytes may agree by chance. The caller must prove
    that the context took the switch, because without it a copy between sequences ends the process: with several
    sequences, ``llama_n_ctx_seq`` equals ``llama_n_ctx`` only then.
    """
    start = bytes(params.spare).find(_SWITCHES)
    if start < 0 or any(params.spare[:start]):
        return False
    params.spare[start + len(_SWITCHES) - 1] = 1
    return True


class Batch(ctypes.Structure):
    """``llama_batch`` as opaque bytes.

    They are passed from ``llama_batch_get_one`` to ``llama_decode``.

    256 bytes: more than the struct has had in any release.
    """

    _fields_ = (("content", ctypes.c_uint64 * 32),)


_MODEL_DEFAULTS = {"n_gpu_layers": -1, "split_mode": 1, "vocab_only": False, "use_extra_bufts": True}
_CONTEXT_DEFAULTS = {
    "n_ctx": 512,
    "n_batch": 2048,
    "n_ubatch": 512,
    "n_seq_max": 1,
    "n_rs_seq": 0,
    "n_threads": 4,
    "n_threads_batch": 4,
    "rope_scaling_type": -1,
    "pooling_type": -1,
    "attention_type": -1,
    # -1: flash attention where available; an 8-bit cache needs it.
    "flash_attn_type": -1,
    "type_k": 1,
    "type_v": 1,
}

_LOG_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
_callbacks: list[Any] = []
"""Log callbacks, kept alive for llama.cpp. It holds the address of the last one, and may log until the process ends."""
_Ids = ctypes.POINTER(ctypes.c_int32)
_Floats = ctypes.POINTER(ctypes.c_float)
_p, _i32, _u32, _bool, _text = ctypes.c_void_p, ctypes.c_int32, ctypes.c_uint32, ctypes.c_bool, ctypes.c_char_p
_size = ctypes.c_size_t

_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "llama_backend_init": (None, ()),
    "llama_batch_get_one": (Batch, (_Ids, _i32)),
    "llama_context_default_params": (ContextParams, ()),
    "llama_decode": (_i32, (_p, Batch)),
    "llama_free": (None, (_p,)),
    "llama_get_embeddings_seq": (_Floats, (_p, _i32)),
    "llama_get_logits_ith": (_p, (_p, _i32)),
    "llama_get_memory": (_p, (_p,)),
    "llama_init_from_model": (_p, (_p, ContextParams)),
    "llama_log_set": (None, (_LOG_CALLBACK, _p)),
    "llama_memory_can_shift": (_bool, (_p,)),
    "llama_memory_clear": (None, (_p, _bool)),
    "llama_memory_seq_add": (None, (_p, _i32, _i32, _i32, _i32)),
    "llama_memory_seq_cp": (None, (_p, _i32, _i32, _i32, _i32)),
    "llama_memory_seq_rm": (_bool, (_p, _i32, _i32, _i32)),
    "llama_model_default_params": (ModelParams, ()),
    "llama_model_free": (None, (_p,)),
    "llama_model_get_vocab": (_p, (_p,)),
    "llama_model_is_hybrid": (_bool, (_p,)),
    "llama_model_is_recurrent": (_bool, (_p,)),
    "llama_model_load_from_file": (_p, (_text, ModelParams)),
    "llama_model_meta_val_str": (_i32, (_p, _text, ctypes.c_char_p, _size)),
    "llama_model_n_embd_out": (_i32, (_p,)),
    "llama_model_n_swa": (_i32, (_p,)),
    "llama_model_rope_type": (_i32, (_p,)),
    "llama_n_batch": (_u32, (_p,)),
    "llama_n_ctx": (_u32, (_p,)),
    "llama_n_ctx_seq": (_u32, (_p,)),
    "llama_n_seq_max": (_u32, (_p,)),
    "llama_n_threads": (_i32, (_p,)),
    "llama_n_threads_batch": (_i32, (_p,)),
    "llama_n_ubatch": (_u32, (_p,)),
    "llama_pooling_type": (_i32, (_p,)),
    "llama_print_system_info": (_text, ()),
    "llama_set_embeddings": (None, (_p, _bool)),
    "llama_set_n_threads": (None, (_p, _i32, _i32)),
    "llama_state_seq_get_data_ext": (_size, (_p, _p, _size, _i32, _u32)),
    "llama_state_seq_get_size_ext": (_size, (_p, _i32, _u32)),
    "llama_state_seq_set_data_ext": (_size, (_p, _p, _size, _i32, _u32)),
    "llama_token_to_piece": (_i32, (_p, _i32, ctypes.c_char_p, _i32, _i32, _bool)),
    "llama_tokenize": (_i32, (_p, _text, _i32, _Ids, _i32, _bool, _bool)),
    "llama_vocab_bos": (_i32, (_p,)),
    "llama_vocab_eos": (_i32, (_p,)),
    "llama_vocab_eot": (_i32, (_p,)),
    "llama_vocab_get_add_bos": (_bool, (_p,)),
    "llama_vocab_get_attr": (_i32, (_p, _i32)),
    "llama_vocab_get_text": (_text, (_p, _i32)),
    "llama_vocab_is_eog": (_bool, (_p, _i32)),
    "llama_vocab_n_tokens": (_i32, (_p,)),
    "llama_vocab_pad": (_i32, (_p,)),
}


class LlamaApi:
    """An opened library of llama.cpp. Each C function is an attribute with the same name."""

    def __init__(self, library: Path, name: str, variant: str = "") -> None:
        """Open ``library``. Raises EngineError if it cannot be opened or is not a known release of llama.cpp.

        ``name``: package and version, to which the variant of the kernels is added. ``variant``: kernels to load
        (:mod:`sanderling.engines.cpu_variant`); empty: the best for this CPU.
        """
        self.name = name
        self.log: list[str] = []
        """Error lines that llama.cpp logged. None is printed; callers clear the list before a step that may fail."""
        try:
            handle = ctypes.CDLL(str(library))
            for function, (result, arguments) in _FUNCTIONS.items():
                entry = getattr(handle, function)
                entry.restype, entry.argtypes = result, list(arguments)
                setattr(self, function, entry)
        except (OSError, AttributeError) as error:
            raise EngineError(f"{name} cannot be used ({error}): install the version this package asks for") from error
        self.waiting = waiting_of(name, handle, os.environ)
        """Whether the library's threads spin or sleep while they wait."""
        callback = _LOG_CALLBACK(self._take_log)
        _callbacks.append(callback)
        self.llama_log_set(callback, None)  # before the kernels are loaded, which logs to stderr otherwise
        chosen = cpu_variant.load(handle, library.parent, variant)
        self.name += f"+{chosen}" if chosen else ""
        self.check_defaults("llama_model_params", self.llama_model_default_params(), _MODEL_DEFAULTS)
        self.check_defaults("llama_context_params", self.llama_context_default_params(), _CONTEXT_DEFAULTS)
        self.llama_backend_init()

    if TYPE_CHECKING:  # every function of _FUNCTIONS becomes an attribute when the library is opened

        def __getattr__(self, function: str) -> Any: ...

    def complaint(self) -> str:
        """Return llama.cpp's first logged error since ``log`` was cleared.

        Later errors only repeat that something failed.
        """
        return self.log[0] if self.log else "llama.cpp gave no reason"

    def _take_log(self, level: int, text: bytes, _user_data: object) -> None:
        line = text.decode("utf-8", "replace").strip()
        if level == _LOG_LEVEL_ERROR and line:
            self.log.append(line)

    def check_defaults(self, struct: str, params: ctypes.Structure, expected: dict[str, Any]) -> None:
        """Raise EngineError unless the library's defaults equal ``expected``."""
        found = {field: getattr(params, field) for field in expected}
        if found != expected:
            raise EngineError(
                f"{self.name} lays out {struct} in a way this version does not know: "
                f"install the version this package asks for (expected {expected}, found {found})"
            )
