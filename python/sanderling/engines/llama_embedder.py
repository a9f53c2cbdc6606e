"""The engine for embedding models: llama.cpp, one text at a time.

llama.cpp computes and pools the vectors.

A text is computed in one batch, since pooling and attention in both directions need all its tokens; no batch holds two
texts, because LFM2 sequences batched together change each other's output (llama.cpp issue 29002).
"""

from __future__ import annotations

import ctypes
import time

import numpy as np

from ..embedding.pooling import Pooling
from ..errors import EngineError, SanderlingError
from ..records import Vectors
from .gguf_vocab import Vocab
from .llama_api import LlamaApi
from .llama_model import LlamaModel
from .protocol import Embedded, LoadSpec, ModelInfo
from .rss import rss_bytes

POOLINGS: dict[Pooling, int] = {"mean": 1, "cls": 2, "last": 3}
"""llama.cpp's number of each pooling."""


class LlamaEmbedder:
    """An :class:`~sanderling.engines.protocol.EmbeddingEngine` that runs llama.cpp."""

    def __init__(self, spec: LoadSpec, api: LlamaApi) -> None:
        """Load the model and open a context of ``spec.n_ctx`` tokens.

        Raises ModelUnavailable for an absent, truncated or foreign file, OutOfMemory if the context does not fit.
        """
        started = time.perf_counter()
        if not spec.pooling:
            raise ValueError("a model that embeds needs a pooling")
        self._spec, self._api = spec, api
        self._model = LlamaModel(spec, api)
        self._vocab = Vocab(api, self._model.handle)
        try:
            self._context = self._model.open_context(spec.n_ctx, spec.n_ctx, POOLINGS[spec.pooling])
        except SanderlingError:
            self._model.free()
            raise
        api.llama_set_embeddings(self._context, True)
        self._dim: int = api.llama_model_n_embd_out(self._model.handle)
        self.info = ModelInfo(
            engine=api.name,
            architecture=self._model.metadata("general.architecture"),
            n_ctx=spec.n_ctx,
            n_vocab=self._vocab.n_tokens,
            eos_ids=self._vocab.end_ids,
            load_ms=(time.perf_counter() - started) * 1e3,
            rss_bytes=rss_bytes(),
            system_info=api.llama_print_system_info().decode(),
        )

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text``, with the model's start and end tokens.

        Control tokens in the text are taken as plain text.
        """
        return self._vocab.marked(text)

    def embed(self, texts: list[str]) -> Embedded:
        """Return one vector per text, as :class:`~sanderling.engines.protocol.EmbeddingEngine` describes.

        Raises EngineError if llama.cpp fails or computes no numbers.
        """
        vectors = np.empty((len(texts), self._dim), dtype="<f4")
        tokens: list[int] = []
        for row, text in enumerate(texts):
            ids = self._vocab.marked(text)
            tokens.append(len(ids))
            vectors[row] = self._vector(self._cut(ids))
        return Embedded(vectors=vectors.tobytes(), tokens=tuple(tokens))

    def close(self) -> None:
        """Free the context and the model. The engine cannot be used afterwards."""
        self._api.llama_free(self._context)
        self._model.free()

    def _cut(self, ids: list[int]) -> list[int]:
        """Cut ``ids`` to ``n_ctx`` tokens.

        The last is the end token, if the model has one. The model was never trained on a text without its end token.
        """
        if len(ids) <= self._spec.n_ctx:
            return ids
        closing = ids[-1:] if self._vocab.closes else []
        return [*ids[: self._spec.n_ctx - len(closing)], *closing]

    def _vector(self, ids: list[int]) -> Vectors:
        if not ids:
            raise EngineError(f"{self._spec.model_id} has no token for an empty text: it cannot be embedded")
        api = self._api
        api.llama_memory_clear(api.llama_get_memory(self._context), True)
        array = (ctypes.c_int32 * len(ids))(*ids)
        api.log.clear()
        status = api.llama_decode(self._context, api.llama_batch_get_one(array, len(ids)))
        pointer = api.llama_get_embeddings_seq(self._context, 0)
        if status != 0 or not pointer:
            raise EngineError(f"llama.cpp could not embed {len(ids)} tokens (status {status}: {api.complaint()})")
        vector: Vectors = np.ctypeslib.as_array(pointer, (self._dim,)).astype(np.float32)
        if not np.isfinite(vector).all() or not vector.any():
            raise EngineError(
                f"{self._spec.model_id} computes no numbers, its weights are damaged: verify the file "
                f"{self._spec.path}, or pull it again"
            )
        return vector
