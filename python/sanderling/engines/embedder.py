"""An embedder that runs a GGUF file in a worker process.

A crash inside llama.cpp costs no more than the texts that were being embedded: they are embedded again, one by one, in
a new process. Only a text that ends two processes is given up, with an error that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .. import ranges
from ..embedding.contract import OnTruncated
from ..embedding.encoder import Encoder
from ..embedding.pooling import matryoshka
from ..errors import EngineError, ModelUnavailable, WorkerDied
from ..records import Vectors
from .choose import EngineName, start
from .protocol import LoadSpec
from .worker import Worker

TEXTS_AT_ONCE = 16
"""Number of texts sent to the process in one request.

A crash makes them necessary again; they take a small part of a second.
"""
PROBES = ("north", "two south winds")
"""Two texts whose vectors must differ. No model that reads its whole input can take one for the other."""


class GgufEmbedder:
    """An embedder that runs a model in a worker process. Threads can share it; they take turns."""

    def __init__(self, encoder: Encoder, *, n_threads: int = 1, engine: EngineName = "auto") -> None:
        """Load the model.

        Raises MissingExtra if no engine is installed; ModelUnavailable if the file cannot be loaded, if its vectors are
        shorter than ``encoder.dim``, or if this llama.cpp does not know its architecture well enough; OutOfMemory.
        """
        ranges.THREADS.check("n_threads", n_threads)
        self.id = encoder.id
        """Model id and hash of the file. Vectors of encoders with different ids cannot be compared."""
        self.dim = encoder.dim
        self.languages = encoder.languages
        """ISO 639 codes of the model's languages; ``mul``: a hundred or more."""
        self.max_tokens = encoder.max_tokens
        """Maximum number of tokens read of a text. The prefix and the start and end tokens count; the rest is cut."""
        self._encoder = encoder
        self._worker: Worker = start(engine)
        spec = LoadSpec(
            model_id=encoder.name,
            path=str(encoder.path),
            n_ctx=encoder.max_tokens,
            n_threads=n_threads,
            n_threads_prefill=n_threads,
            pooling=encoder.pooling,
        )
        try:
            self._worker.load(spec)
            self._require_whole_input()
        except BaseException:
            self._worker.close()
            raise

    def close(self) -> None:
        """End the process; the next call starts another one."""
        self._worker.close()

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a note's ``text``. The prefix and the start and end tokens count."""
        prefixed = self._encoder.passage_prefix + text
        return self._again(lambda: self._worker.count([prefixed]))[0]

    def embed(self, texts: Sequence[str], on_truncated: OnTruncated | None = None) -> Vectors:
        """Embed each text as a note, and return unit vectors, float32[len(texts), dim].

        Texts longer than ``max_tokens`` are cut, with a call of ``on_truncated`` for each. Raises EngineError for a
        text that ended the process twice.
        """
        return self._embed(self._encoder.passage_prefix, texts, on_truncated)

    def embed_queries(self, texts: Sequence[str], on_truncated: OnTruncated | None = None) -> Vectors:
        """Embed each question, and return unit vectors, float32[len(texts), dim].

        Questions have a prefix of their own.
        """
        return self._embed(self._encoder.query_prefix, texts, on_truncated)

    def _embed(self, prefix: str, texts: Sequence[str], on_truncated: OnTruncated | None) -> Vectors:
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        for first in range(0, len(texts), TEXTS_AT_ONCE):
            part = [prefix + text for text in texts[first : first + TEXTS_AT_ONCE]]
            rows, tokens = self._rows(part)
            vectors[first : first + len(part)] = matryoshka(rows, self.dim, normalise=self._encoder.normalise)
            for row, count in enumerate(tokens, start=first):
                if count > self.max_tokens and on_truncated is not None:
                    on_truncated(row, count)
        return vectors

    def _rows(self, texts: list[str]) -> tuple[Vectors, tuple[int, ...]]:
        """Return the model's vectors of ``texts`` and the number of tokens of each."""
        try:
            embedded = self._worker.embed(texts)
        except WorkerDied:
            if len(texts) > 1:
                parts = [self._rows([text]) for text in texts]
                return np.concatenate([rows for rows, _ in parts]), tuple(count for _, (count,) in parts)
            try:
                embedded = self._worker.embed(texts)
            except WorkerDied as error:
                raise EngineError(
                    f"{self._encoder.name} ends its process whenever it embeds a text of {len(texts[0])} characters "
                    f"that begins with {texts[0][:40]!r}: leave that text out, or choose another embedder"
                ) from error
        return np.frombuffer(embedded.vectors, "<f4").reshape(len(texts), -1), embedded.tokens

    @staticmethod
    def _again(work: Callable[[], list[int]]) -> list[int]:
        try:
            return work()
        except WorkerDied:
            return work()

    def _require_whole_input(self) -> None:
        """Raise ModelUnavailable unless two different texts get different vectors.

        The vectors must also have the expected length. A model that reads in both directions and takes its first
        token's vector gives all texts the same one in a llama.cpp that lets it read forwards only.
        """
        rows, _ = self._rows(list(PROBES))
        name = self._encoder.name
        if rows.shape[1] < self.dim:
            raise ModelUnavailable(f"{name} gives vectors of {rows.shape[1]} components, not {self.dim}: pull it again")
        one, other = matryoshka(rows, self.dim, normalise=True)
        if float(one @ other) > 1 - 1e-6:
            raise ModelUnavailable(
                f"this build of llama.cpp does not know how {name} reads a text, and gives all texts the same vector: "
                "install a newer engine, or choose another embedder"
            )
