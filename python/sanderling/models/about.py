"""Reads a GGUF file's metadata: chat template, control tokens, sampling, licence.

:mod:`~sanderling.models.gguf` reads its shape.

Only a model that is being added is read like this; the header that every start needs (:mod:`.gguf`) is shorter. The
file is untrusted, as there.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from ..disk.files import irregular
from ..errors import ModelUnavailable
from ..ranges import REPEAT_PENALTY, SHARE, TEMPERATURE, TOP_K, Range
from ..records import Record, Sampling
from .gguf import MAX_ENTRIES
from .gguf_reader import Reader

MOST_TEMPLATE = 1 << 20
"""Maximum length of a chat template in bytes. Published ones have up to 30,000."""
_CONTROL, _USER_DEFINED = 3, 4
"""Token types whose tokens are more than text (llama.h, ``enum llama_token_type``)."""
_SAMPLING: dict[str, tuple[str, Range]] = {
    "temp": ("temperature", TEMPERATURE),
    "top_p": ("top_p", SHARE),
    "min_p": ("min_p", SHARE),
    "top_k": ("top_k", TOP_K),
    "penalty_repeat": ("repeat_penalty", REPEAT_PENALTY),
}
"""Our name and the allowed range of each key under ``general.sampling``.

llama.cpp, ``src/llama-arch.cpp``.
"""


class About(Record):
    """Metadata of a model's file."""

    template: str
    """Chat template in Jinja; empty: none."""
    control: tuple[str, ...]
    """Control tokens and user-defined tokens, as written. Those of one character or white space are left out."""
    bos: str
    """Token that begins every prompt; empty: none."""
    eos: str
    licence: str
    """Licence; empty: not named."""
    sampling: Sampling | None
    """Recommended sampling; None: not named."""
    pieces: int
    """Number of files over which the model is split."""
    adds_bos: bool
    """Whether the tokenizer puts ``bos`` before a text, which matters for a model without a template."""
    makes_vectors: bool
    """Whether it makes a vector or a score of a text, and writes none, whatever its architecture."""


def read_about(path: Path) -> About:
    """Read the metadata of a GGUF file. Raises ModelUnavailable as :func:`sanderling.models.gguf.read_header`."""
    try:
        if kind := irregular(path):
            raise ModelUnavailable(f"{path} is {kind}, not a GGUF file: choose a model by its id or by its file")
        with path.open("rb") as stream:
            return _read(stream, path.stat().st_size, str(path))
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror or error}") from error


def _read(stream: BinaryIO, size: int, name: str) -> About:
    reader = Reader(name, stream, size)
    if reader.take(4) != b"GGUF":
        raise reader.broken("it does not begin with GGUF")
    reader.number("I")
    reader.number("Q")
    n_keys = reader.number("Q")
    if n_keys > MAX_ENTRIES:
        raise reader.broken("more than 65536 entries")
    values: dict[str, object] = {}
    tokens: list[bytes] = []
    types: tuple[int, ...] = ()
    for _ in range(n_keys):
        key = reader.name()
        if key == "tokenizer.ggml.tokens":
            tokens = reader.strings()
        elif key == "tokenizer.ggml.token_type":
            types = reader.numbers()
        elif key == "tokenizer.chat_template":
            values[key] = reader.text(MOST_TEMPLATE)
        else:
            values[key] = reader.value()
    return _about(values, tokens, types)


def _about(values: dict[str, object], tokens: list[bytes], types: tuple[int, ...]) -> About:
    def text(key: str) -> str:
        value = values.get(key)
        return value if isinstance(value, str) else ""

    def token(name: str) -> str:
        at = values.get(f"tokenizer.ggml.{name}_token_id")
        known = isinstance(at, int) and 0 <= at < len(tokens)
        return tokens[at].decode("utf-8", "replace") if known and isinstance(at, int) else ""

    special = {
        each.decode("utf-8", "ignore")
        for each, kind in zip(tokens, types, strict=False)
        if kind in (_CONTROL, _USER_DEFINED)
    }
    pieces = values.get("split.count", 1)
    architecture = text("general.architecture")
    # Of embedders and rerankers converters write how vectors are pooled (llama.h, ``enum llama_pooling_type``).
    pooling, causal = (values.get(f"{architecture}.{key}") for key in ("pooling_type", "attention.causal"))
    return About(
        template=text("tokenizer.chat_template"),
        control=tuple(sorted(each for each in special if len(each) > 1 and not each.isspace())),
        bos=token("bos"),
        eos=token("eos"),
        licence=text("general.license"),
        sampling=_sampling(values),
        pieces=pieces if isinstance(pieces, int) else 1,
        adds_bos=values.get("tokenizer.ggml.add_bos_token", True) is True,
        makes_vectors=causal is False or (isinstance(pooling, int) and pooling > 0),
    )


def _sampling(values: dict[str, object]) -> Sampling | None:
    found: dict[str, float] = {}
    for key, (name, allowed) in _SAMPLING.items():
        value = values.get(f"general.sampling.{key}")
        if isinstance(value, (int, float)) and allowed.has(value):
            found[name] = value if allowed.whole else round(value, 6)  # a float of 32 bits
    return Sampling(**found) if found else None  # type: ignore[arg-type]  # top_k is an int
