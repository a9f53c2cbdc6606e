"""Predicts a model's memory needs from its header.

The peak resident memory of a worker is a sum of parts; llama.cpp reports some of them when it loads.

Exact, from the header: the mapped part of the file (from the first to the last tensor that is used in place, all of it
touched while loading), the rearranged copies (``repack.py``), keys and values, recurrent state, attention mask.
Calibrated on workers measured on x86-64 with Linux (see the constants): the tables of the vocabulary, the activations
of one batch, and the process itself. Predictions were 2.2% below to 5.0% above the measured peaks, over both engines.

In builds of llama.cpp that use AMX, rearranging is switched off (its kernels crash), so there the prediction is too
high by ``repacked_bytes``.

The originals of rearranged weights are pages of the file that are not read again and can be reclaimed at any time.
``working_set_bytes`` does not count them.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..records import KvType, Record
from .gguf import GgufHeader
from .repack import EMBEDDING, Rows, repacked

KV_BITS: dict[KvType, float] = {"f16": 16, "q8_0": 8.5}
"""Bits per element of the key and value cache, by type. A block of q8_0 is 32 bytes and a scale in f16."""
CONTEXT_MULTIPLE = 256
"""Multiple to which llama.cpp rounds the context up, in tokens."""
DEFAULT_UBATCH = 512

# Measured with llama-cpp-python 0.3.36, Python 3.11 on x86-64, on SmolLM2 135M, Gemma 3 270M, Qwen2.5-Coder 0.5B and
# 1.5B and the four LFM2 shapes, at contexts of 2,048 and 8,192 tokens.
PROCESS_BYTES = 56_000_000
"""Memory of the interpreter, the modules and llama.cpp's library, in bytes.

20 MB of private memory and 25 MB of mapped code, and 9 MB more once it computes and samples. xllamacpp's larger library
takes 12 MB more; the constant lies between the two.
"""
COMPUTING_BYTES = 9_000_000
"""Part of ``PROCESS_BYTES`` that is taken only by the first computation."""
VOCABULARY_BYTES = 7_000_000
BYTES_PER_TOKEN = 145
BYTES_PER_MERGE = 105
"""Memory of the tokenizer's tables, in bytes per merge.

19 MB for 49,152 tokens with merges (SmolLM2), 22 MB for 65,536 (LFM2), 49 MB for 151,936 (Qwen2.5), 45 MB for 262,144
without merges (Gemma 3).
"""
DRAW_BYTES_PER_TOKEN = 38
"""Bytes for logits and sampling, per token of the vocabulary."""
FEED_FORWARD_COPIES = 3.3
"""Number of simultaneous activations as wide as the feed-forward layer.

Gate, up and product in f32, and the product again in 8 bits for the next matrix.
"""
WIDTH_COPIES = 1.1
"""Number of simultaneous activations as wide as the model.

Those that reuse the memory of the former are not counted.
"""
MASK_BYTES = 2
"""Bytes of the attention mask per token of the batch and of the context. In f16, as the fused kernel takes it."""


class Footprint(Record):
    """A worker's memory needs, by purpose."""

    mapped_bytes: int
    """Weights as pages of the file, in bytes."""
    repacked_bytes: int
    """Copies of weights rearranged for the processor, in bytes. They are held in addition to their originals."""
    kv_bytes: int
    recurrent_bytes: int
    compute_bytes: int
    """Activations of one batch at a full context, and logits, in bytes."""
    vocabulary_bytes: int
    process_bytes: int
    idle_bytes: int = 0
    """Part of ``mapped_bytes`` that is not read again after loading."""
    loading_bytes: int = 0
    """Resident memory at the end of loading, in bytes.

    It is taken before llama.cpp gives back the pages behind the last tensor that is used in place. Those of a layer's
    experts can be more than a batch takes later.
    """

    @property
    def peak_rss_bytes(self) -> int:
        """Peak resident memory with plentiful RAM, in bytes."""
        return max(self.running_bytes, self.loading_bytes)

    @property
    def running_bytes(self) -> int:
        """Resident memory with a full context, in bytes."""
        return (
            self.mapped_bytes
            + self.repacked_bytes
            + self.kv_bytes
            + self.recurrent_bytes
            + self.compute_bytes
            + self.vocabulary_bytes
            + self.process_bytes
        )

    @property
    def working_set_bytes(self) -> int:
        """Least memory for running without disk reads at every token, in bytes."""
        return self.running_bytes - self.idle_bytes


def footprint(
    header: GgufHeader,
    n_ctx: int,
    repacked_types: Mapping[int, Rows],
    *,
    n_ubatch: int = DEFAULT_UBATCH,
    kv_type: KvType = "f16",
) -> Footprint:
    """Predict a model's memory needs.

    ``n_ctx``: tokens of its context. ``n_ubatch``: tokens of a batch. ``repacked_types``: result of
    :func:`sanderling.models.repack.repacked_types` for the processor; empty if the layers are on a GPU.
    """
    cells = -(-n_ctx // CONTEXT_MULTIPLE) * CONTEXT_MULTIPLE
    batch = min(n_ubatch, n_ctx)
    copies = repacked(header, repacked_types)
    names = {tensor.name for tensor in copies}
    in_place = [tensor for tensor in header.tensors if tensor.name not in names or tensor.name == EMBEDDING]
    first = min((tensor.offset for tensor in in_place), default=0)
    last = max((tensor.offset + tensor.n_bytes for tensor in in_place), default=0)
    copied_bytes = sum(tensor.n_bytes for tensor in copies)
    idle_bytes = sum(tensor.n_bytes for tensor in copies if tensor.name != EMBEDDING and first <= tensor.offset < last)
    widths = FEED_FORWARD_COPIES * header.feed_forward_length + WIDTH_COPIES * header.embedding_length
    end = max((tensor.offset + tensor.n_bytes for tensor in header.tensors), default=0)
    vocabulary_bytes = VOCABULARY_BYTES + BYTES_PER_TOKEN * header.vocab_size + BYTES_PER_MERGE * header.n_merges
    return Footprint(
        mapped_bytes=last - first,
        repacked_bytes=copied_bytes,
        kv_bytes=int(header.kv_bytes_per_token * cells * KV_BITS[kv_type] / 16),
        recurrent_bytes=header.recurrent_bytes,
        compute_bytes=int(4 * batch * widths + MASK_BYTES * batch * cells + DRAW_BYTES_PER_TOKEN * header.vocab_size),
        vocabulary_bytes=vocabulary_bytes,
        process_bytes=PROCESS_BYTES,
        idle_bytes=idle_bytes,
        loading_bytes=end - first + copied_bytes + vocabulary_bytes + PROCESS_BYTES - COMPUTING_BYTES,
    )
