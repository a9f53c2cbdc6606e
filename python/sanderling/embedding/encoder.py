"""The record of an installed sentence encoder. An embedder is opened from it."""

from __future__ import annotations

from pathlib import Path

from ..records import Record
from .pooling import Pooling


class Encoder(Record):
    """The files of a sentence encoder, and its settings for making vectors."""

    name: str
    """Model id, as given to ``sanderling models pull``."""
    id: str
    """Model id and hash of the file; vectors of encoders with different ids cannot be compared."""
    path: Path
    """Path of the ONNX graph, whose ``tokenizer.json`` is in the same folder, or of the GGUF file."""
    dim: int
    max_tokens: int
    """Longest text that is read, in tokens, including the prefix and the start and end tokens."""
    normalise: bool = True
    """Whether vectors are scaled to unit length."""
    pooling: Pooling = "mean"
    query_prefix: str = ""
    passage_prefix: str = ""
    languages: tuple[str, ...] = ("en",)
    """ISO 639 codes of the languages it was trained for; ``mul``: a hundred or more."""
    alone: bool = False
    """Whether the graph runs one text at a time."""
    opens_as_it_is: bool = False
    """Whether the graph is stored as ONNX Runtime would optimise it, so that no optimised copy is kept."""
