"""Loads a model with an opened library of llama.cpp."""

from __future__ import annotations

from .llama_api import LlamaApi
from .llama_embedder import LlamaEmbedder
from .llama_engine import LlamaEngine
from .protocol import LoadSpec


def loaded(spec: LoadSpec, api: LlamaApi) -> LlamaEngine | LlamaEmbedder:
    """Load the model of ``spec`` with an opened library.

    It embeds if ``spec.pooling`` is set, else it generates. Raises ModelUnavailable for an absent, truncated or foreign
    file, OutOfMemory if its context does not fit.
    """
    return LlamaEmbedder(spec, api) if spec.pooling else LlamaEngine(spec, api)
