"""Extends sequence 0 by a batch of tokens, and computes only the logits that are wanted.

The logits after one token are a product with every token's vector: 145 MB to read in Qwen2.5-0.5B. Of a prompt in
several batches only the last one needs them; keys and values have the same bits without.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Literal

from ..errors import EngineError
from .llama_api import LlamaApi

Wanted = Literal["all", "last", "none"]
"""The tokens of a batch after which logits are computed."""
_LOGITS = 6
"""Position of the pointer to the logit flags in ``llama_batch``, in 8-byte words."""


def decode(api: LlamaApi, context: int, ids: Sequence[int], wanted: Wanted) -> int:
    """Compute ``ids`` after what the context holds, and return llama.cpp's status, 0 for success.

    Raises EngineError for ``all`` if the library lays out a batch in an unknown way.
    """
    array = (ctypes.c_int32 * len(ids))(*ids)
    flags = (ctypes.c_int8 * len(ids))(*[wanted == "all"] * len(ids))
    # Positions continue from the memory's last one; without flags, logits are computed for the last token only.
    batch = api.llama_batch_get_one(array, len(ids))
    if batch.content[1] == ctypes.addressof(array) and not any(batch.content[2 : _LOGITS + 1]):
        batch.content[_LOGITS] = 0 if wanted == "last" else ctypes.addressof(flags)
    elif wanted == "all":
        raise EngineError(
            f"{api.name} lays out llama_batch in a way this version does not know: "
            "install the version this package asks for"
        )
    api.log.clear()
    return int(api.llama_decode(context, batch))
