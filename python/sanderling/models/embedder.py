"""Loads an installed embedder by its name."""

from __future__ import annotations

from ..config import Config
from ..embedding.onnx import Encoder, OnnxEmbedder, require_libraries
from . import registry


def open_embedder(name: str = Config().embedder, *, n_threads: int = 1) -> OnnxEmbedder:
    """Load an installed embedder by its name.

    Raises MissingExtra if onnxruntime or tokenizers is not installed, ModelUnavailable if its files are absent or
    cannot be loaded, UsageError for an unknown name, ValueError for a model that is no embedder.
    """
    require_libraries()
    model = registry.resolve(name)
    spec = model.entry.embedding
    if spec is None:
        raise ValueError(f"{model.entry.id} is no embedder")
    encoder = Encoder(
        name=name,
        id=f"{model.entry.id}@{model.sha256[:12]}",
        path=model.path,
        dim=spec.dim,
        max_tokens=spec.max_tokens,
        normalise=spec.normalise,
    )
    return OnnxEmbedder.open(encoder, n_threads=n_threads)
