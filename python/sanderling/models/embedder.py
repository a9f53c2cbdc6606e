"""Opens an installed embedder by its name, or the one that made a memory's vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config import Config
from ..embedding.contract import Embedder
from ..embedding.encoder import Encoder
from ..embedding.onnx import OnnxEmbedder, require_libraries
from ..errors import ModelUnavailable
from . import registry
from .entries import WeightsRecipe
from .recipe.likeness import require_likeness
from .registry import InstalledModel

if TYPE_CHECKING:
    from ..engines.embedder import GgufEmbedder


def open_embedder(name: str = Config().embedder, *, n_threads: int = 1) -> OnnxEmbedder | GgufEmbedder:
    """Load an installed embedder by its name; where it is not installed, the one that takes its place.

    Raises MissingExtra if onnxruntime and tokenizers, or an engine for GGUF files, are not installed; ModelUnavailable
    if its files are absent or cannot be loaded; UsageError for an unknown name; ValueError for a model that is no
    embedder.
    """
    spec = registry.get(name).embedding
    if spec is None:
        raise ValueError(f"{name} is no embedder")
    if spec.engine == "onnx":
        require_libraries()
    return _opened(registry.installed_or_instead(name) or registry.resolve(name), n_threads)


def embedder_id(model: InstalledModel) -> str:
    """Return the id that memories keep of an installed embedder: the model's, and the hash of its file."""
    return f"{model.entry.id}@{model.sha256[:12]}"


def installed_with_id(id_: str) -> InstalledModel | None:
    """Return the installed embedder whose vectors have the id ``id_``; None if it is not on this machine."""
    name = id_.partition("@")[0]
    entry = registry.entries().get(name)
    if entry is None or entry.embedding is None:
        return None
    quants = (found for quant in entry.quants if (found := registry.installed(name, quant)) is not None)
    return next((found for found in quants if embedder_id(found) == id_), None)


def open_with_id(id_: str, *, n_threads: int = 1) -> OnnxEmbedder | GgufEmbedder | None:
    """Load the installed embedder whose vectors have the id ``id_``; return None if it is not on this machine.

    Raises MissingExtra, and ModelUnavailable if its files cannot be loaded.
    """
    model = installed_with_id(id_)
    return None if model is None else _opened(model, n_threads)


def accept(model: InstalledModel) -> None:
    """Test an embedder that was built on this device; do nothing for any other model.

    Raises ModelUnavailable if it gives other vectors than it should, MissingExtra if nothing is here to run it.
    """
    spec = model.entry.embedding
    if spec is not None and spec.like:
        embedder: Embedder = _opened(model, 1)
        require_likeness(embedder, spec.like)


def _opened(model: InstalledModel, n_threads: int) -> OnnxEmbedder | GgufEmbedder:
    spec = model.entry.embedding
    if spec is None:
        raise ModelUnavailable(f"{model.entry.id} is no embedder")
    encoder = Encoder(
        name=model.entry.id,
        id=embedder_id(model),
        path=model.path,
        dim=spec.dim,
        max_tokens=spec.max_tokens,
        normalise=spec.normalise,
        pooling=spec.pooling,
        query_prefix=spec.query_prefix,
        passage_prefix=spec.passage_prefix,
        alone=spec.one_by_one,
        opens_as_it_is=isinstance(model.entry.files_of(model.quant)[0].sources[0], WeightsRecipe),
    )
    if spec.engine == "gguf":
        from ..engines.embedder import GgufEmbedder

        return GgufEmbedder(encoder, n_threads=n_threads)
    return OnnxEmbedder.open(encoder, n_threads=n_threads)
