"""Reads a GGUF file's header: architecture, sizes and tensor table.

The tensors themselves are not read.

Layout (GGUF specification in ggml, versions 2 and 3, little-endian)::

    "GGUF" u32 version  u64 n_tensors  u64 n_keys
    n_keys    of (string key, u32 type, value)
    n_tensors of (string name, u32 n_dims, n_dims of u64, u32 ggml type, u64 offset)
    padding to general.alignment, then the tensors

The file is untrusted: each length is compared with the remaining bytes before anything is read or allocated, so the
work is bounded by the file's size, and the only error is ModelUnavailable.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import BinaryIO

from ..disk.files import irregular
from ..errors import ModelUnavailable
from ..records import Record
from . import other_files
from .gguf_reader import MAX_KEPT_BYTES, Reader
from .other_files import OtherFile

MAX_ENTRIES = 65_536
"""Maximum number of keys, and of tensors, in a header. The largest published models have a few thousand."""

SYNTHETIC = "synthetic weights"
"""Mark of a synthetic file in its ``general.name``.

``sanderling models synth`` writes it; every report on the file repeats it.
"""

BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
"""Elements and bytes of a block, by ggml type id.

ggml.h, ``enum ggml_type``; ggml-common.h, the block structs.
"""

FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 25: "IQ4_NL", 32: "BF16",
}  # fmt: skip
"""Quantization by ``general.file_type`` (llama.h, ``enum llama_ftype``)."""
UNKNOWN_FILE_TYPE = 1024
"""llama.cpp's flag for a guessed file type."""


class TensorInfo(Record):
    """An entry of the header's tensor table."""

    name: str
    dims: tuple[int, ...]
    """Dimensions in ggml's order, the row length first."""
    kind: int
    """ggml type id. One that is not in ``BLOCKS`` counts as 0 bytes."""
    offset: int
    """Position in bytes from the end of the header."""

    @property
    def elements(self) -> int:
        """Number of weights in the tensor."""
        return math.prod(self.dims)

    @property
    def of_experts(self) -> bool:
        """Whether the tensor holds the matrices of a layer's experts."""
        return "_exps." in self.name

    @property
    def n_bytes(self) -> int:
        """Size of the tensor in the file, in bytes."""
        elements, size = BLOCKS.get(self.kind, (1, 0))
        return self.elements // elements * size


class GgufHeader(Record):
    """The header of a model file."""

    architecture: str
    name: str
    quant: str
    """Quantization named in the file; ``file`` if it is unknown."""
    block_count: int
    context_length: int
    embedding_length: int
    feed_forward_length: int
    """Width of the feed-forward layers; the largest if they differ."""
    vocab_size: int
    n_merges: int
    tensors: tuple[TensorInfo, ...]
    head_count_kv: tuple[int, ...]
    """Number of key and value heads of each layer.

    0 for a layer without keys and values (LFM2's convolutions).
    """
    key_length: int
    value_length: int
    recurrent_bytes: int
    """Bytes of state per sequence, in f32, independent of the context."""
    expert_count: int
    """Number of experts of each layer; 0: no mixture of experts."""
    expert_used_count: int
    """Number of experts used per layer for one token."""
    chat_template: str
    """Chat template in the file; empty: none. Also empty if it is longer than ``MAX_KEPT_BYTES``."""
    file_bytes: int
    least_bytes: int
    """End of the last tensor, in bytes. A shorter file is truncated."""

    @property
    def parameters(self) -> int:
        """Number of weights in all tensors."""
        return sum(tensor.elements for tensor in self.tensors)

    @property
    def active_parameters(self) -> int:
        """Number of weights used for one token. All but those of the experts not chosen."""
        return sum(map(self.active_elements, self.tensors))

    def active_elements(self, tensor: TensorInfo) -> int:
        """Return how many of a tensor's weights one token uses."""
        if not tensor.of_experts or not self.expert_count:
            return tensor.elements
        return tensor.elements * min(self.expert_used_count, self.expert_count) // self.expert_count

    @property
    def synthetic(self) -> bool:
        """Whether the weights are random. The model's text is then meaningless."""
        return SYNTHETIC in self.name

    @property
    def kv_bytes_per_token(self) -> int:
        """Bytes of key and value cache per token, in f16."""
        return sum(self.head_count_kv) * (self.key_length + self.value_length) * 2


def parse_header(stream: BinaryIO, file_bytes: int, name: str) -> GgufHeader:
    """Read a GGUF header from ``stream``.

    The stream must stand at the start of the file. ``file_bytes``: size of the whole file. ``name`` identifies it in
    error messages. Raises ModelUnavailable if the file is not a usable GGUF; errors of ``stream`` are passed on.
    """
    return _read(Reader(name, stream, file_bytes))


def read_header(path: Path) -> GgufHeader:
    """Read the header of a GGUF file.

    Raises ModelUnavailable if the file is absent, is not a GGUF of version 2 or 3, has no tensors, contradicts itself
    or is truncated.
    """
    try:
        if kind := irregular(path):
            raise ModelUnavailable(f"{path} is {kind}, not a GGUF file: choose a model by its id or by its file")
        with path.open("rb") as stream:
            return parse_header(stream, path.stat().st_size, str(path))
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror or error}") from error


def _read(reader: Reader) -> GgufHeader:
    file_bytes = reader.left
    beginning = reader.take(min(4, file_bytes))
    if beginning != b"GGUF":
        beginning += reader.take(min(other_files.BEGINNING_BYTES - len(beginning), reader.left))
        other = other_files.by_beginning(beginning)
        raise reader.other(other) if other else reader.broken("it does not begin with GGUF" if beginning else "empty")
    if unread := other_files.by_version(reader.number("I")):
        raise reader.other(unread)
    n_tensors, n_keys = reader.number("Q"), reader.number("Q")
    if max(n_tensors, n_keys) > MAX_ENTRIES:
        raise reader.broken("more than 65536 entries")
    values: dict[str, object] = {}
    for _ in range(n_keys):
        key = reader.name()
        values[key] = reader.value()
    if other := other_files.by_keys(values):
        raise reader.other(other)
    tensors = tuple(_tensor(reader) for _ in range(n_tensors))
    extent = max((tensor.offset + tensor.n_bytes for tensor in tensors), default=0)
    alignment = _count(reader, values, "general.alignment", 32)
    if not 0 < alignment <= MAX_KEPT_BYTES:
        raise reader.broken("alignment out of range")
    header_bytes = file_bytes - reader.left
    least_bytes = (-(-header_bytes // alignment) * alignment + extent) if n_tensors else header_bytes
    if least_bytes > file_bytes:
        raise reader.broken(f"truncated: {file_bytes} of {least_bytes} bytes")
    return _header(reader, values, tensors, file_bytes, least_bytes)


def _tensor(reader: Reader) -> TensorInfo:
    name = reader.name()
    n_dims = reader.number("I")
    if n_dims > 4:
        raise reader.broken(f"tensor with {n_dims} dimensions")
    dims = tuple(reader.number("Q") for _ in range(n_dims))
    return TensorInfo(name=name, dims=dims, kind=reader.number("I"), offset=reader.number("Q"))


def _count(reader: Reader, values: dict[str, object], key: str, default: int = 0) -> int:
    value = values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
        raise reader.broken(f"{key} is no count")
    return value


def _header(
    reader: Reader, values: dict[str, object], tensors: tuple[TensorInfo, ...], file_bytes: int, least_bytes: int
) -> GgufHeader:
    architecture = values.get("general.architecture")
    if not isinstance(architecture, str) or not architecture:
        raise reader.broken("no general.architecture")

    def count(key: str, default: int = 0) -> int:
        return _count(reader, values, f"{architecture}.{key}", default)

    def counts(key: str) -> tuple[int, ...]:
        """Return the counts stored under ``key``. One per layer, or a single one for all layers."""
        several = values.get(f"{architecture}.{key}")
        if not isinstance(several, tuple):
            return (count(key),)
        if not all(isinstance(n, int) and 0 <= n < 2**32 for n in several):
            raise reader.broken(f"{architecture}.{key} holds what is no count")
        return several

    layers, width, heads = count("block_count"), count("embedding_length"), count("attention.head_count")
    if layers > MAX_ENTRIES:
        raise reader.broken("block_count out of range")
    key = f"{architecture}.attention.head_count_kv"
    per_layer = values.get(key, heads)
    # An integer holds for every layer; hybrids such as LFM2 have one per layer.
    kv = per_layer if isinstance(per_layer, tuple) else (_count(reader, values, key, heads),) * layers
    if len(kv) != layers or not all(isinstance(n, int) and 0 <= n < 2**16 for n in kv):
        raise reader.broken(f"{key} does not fit block_count")
    head = width // heads if heads else 0
    tokens, merges = values.get("tokenizer.ggml.tokens", 0), values.get("tokenizer.ggml.merges", 0)
    vocab_size = tokens if isinstance(tokens, int) else 0
    # llama.cpp replaces a missing token by another, and then answers begin or end in the wrong place.
    for token in ("bos", "eos", "eot") if vocab_size else ():
        if not _count(reader, values, f"tokenizer.ggml.{token}_token_id") < vocab_size:
            raise reader.broken(f"tokenizer.ggml.{token}_token_id is not among its {vocab_size} tokens")
    if count("context_length", 1) == 0:
        raise reader.broken("a context of 0 tokens")
    if not any(tensor.elements for tensor in tensors):
        raise reader.other(OtherFile("no weights", "choose the model's own file"))
    name, template = values.get("general.name"), values.get("tokenizer.chat_template")
    return GgufHeader(
        architecture=architecture,
        name=name if isinstance(name, str) else "",
        quant=FILE_TYPES.get(_count(reader, values, "general.file_type", UNKNOWN_FILE_TYPE), "file"),
        block_count=layers,
        context_length=count("context_length"),
        embedding_length=width,
        feed_forward_length=max(counts("feed_forward_length"), default=0),
        vocab_size=vocab_size,
        n_merges=merges if isinstance(merges, int) else 0,
        tensors=tensors,
        head_count_kv=kv,
        key_length=count("attention.key_length", head),
        value_length=count("attention.value_length", head),
        # LFM2 keeps the last l_cache - 1 inputs of each convolution layer, in f32.
        recurrent_bytes=kv.count(0) * width * max(count("shortconv.l_cache") - 1, 0) * 4,
        expert_count=count("expert_count"),
        expert_used_count=count("expert_used_count"),
        chat_template=template if isinstance(template, str) else "",
        file_bytes=file_bytes,
        least_bytes=least_bytes,
    )
