"""An embedder that runs a sentence encoder on ONNX Runtime. The encoder is an ONNX graph and its tokenizer.

::

    prefix, text ─► token ids, cut at max_tokens ─► batches of like length ─► graph ─► pooling ─► cut ─► unit length

Pooling and normalisation follow Reimers and Gurevych, "Sentence-BERT" (arXiv 1908.10084), section 3; a graph with an
output ``sentence_embedding`` pools by itself. Texts are batched by length, because every row is padded to the longest
of its batch and padding costs as much as words. A graph that quantizes its activations as it runs gets one text at a
time: its vectors would otherwise depend on the batch, and batches are no faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import optouts, ranges
from ..errors import MissingExtra, ModelUnavailable
from ..records import Vectors
from .contract import OnTruncated
from .encoder import Encoder
from .kept_graph import KeptGraph, kept_graph
from .pooling import matryoshka, pooled

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BATCH_TOKENS = 512
"""Padded tokens per run of the graph. On one x86 core, 4096 took 1.4 times as long as 512 and 260 MB more, because the
activations did not fit the cache; fewer than 512 gained nothing."""
CHARACTERS_PER_TOKEN = 32
"""A long text is first read up to this many characters per token of ``max_tokens``; English has about 4."""

SENTENCE, HIDDEN = "sentence_embedding", "last_hidden_state"
"""Outputs of a graph: one vector per text, or one per token."""


def require_libraries() -> None:
    """Raise MissingExtra if onnxruntime or tokenizers is not installed."""
    try:
        optouts.onnxruntime()
        import tokenizers  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise MissingExtra("embedding text", "embed") from error


class OnnxEmbedder:
    """An embedder that runs a loaded encoder. Threads can share it, because a run keeps no state."""

    def __init__(self, encoder: Encoder, session: Any, tokenizer: Tokenizer) -> None:
        """Wrap a loaded session and tokenizer.

        Only :meth:`open` calls this.
        """
        self.id = encoder.id
        """Model id and hash of the graph; vectors of encoders with different ids cannot be compared."""
        self.dim = encoder.dim
        self.languages = encoder.languages
        """ISO 639 codes of the languages it was trained for; ``mul``: a hundred or more."""
        self.max_tokens = encoder.max_tokens
        """Longest text the graph reads, in tokens, including the start and end tokens; the rest is cut."""
        self.tokenizer = tokenizer
        self._encoder = encoder
        self._session = session
        self._inputs = {value.name for value in session.get_inputs()}
        self._output = SENTENCE if SENTENCE in {value.name for value in session.get_outputs()} else HIDDEN

    @classmethod
    def open(cls, encoder: Encoder, *, n_threads: int = 1) -> OnnxEmbedder:
        """Load an encoder from its files.

        To load an encoder by name, use :func:`sanderling.models.embedder.open_embedder`. Raises MissingExtra if
        onnxruntime or tokenizers is not installed, ModelUnavailable if the files cannot be loaded.
        """
        require_libraries()
        onnxruntime = optouts.onnxruntime()
        from tokenizers import Tokenizer

        ranges.THREADS.check("n_threads", n_threads)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.inter_op_num_threads = 1
        # Threads that spin while they wait would take a core from the language model on a small device.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if encoder.opens_as_it_is:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        kept = _kept(encoder, onnxruntime.__version__)
        session = kept.open(onnxruntime, options) if kept else None
        try:
            if session is None:
                session = onnxruntime.InferenceSession(str(encoder.path), options, providers=["CPUExecutionProvider"])
            tokenizer = Tokenizer.from_file(str(encoder.path.parent / "tokenizer.json"))
        except Exception as error:
            # Both libraries raise their own classes, whose only common base is Exception.
            raise ModelUnavailable(
                f"{encoder.name} cannot be loaded ({error}): run  sanderling models pull {encoder.name}"
            ) from error
        # The published tokenizer.json pads and cuts every text to 128 tokens: a query would cost as much as a page.
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return cls(encoder, session, tokenizer)

    def keep_graph(self) -> None:
        """Save the optimised graph, if this embedder has one, for later processes.

        They open it in a fifth of the time.
        """
        onnxruntime = optouts.onnxruntime()
        kept = _kept(self._encoder, onnxruntime.__version__)
        if kept is not None:
            kept.keep(onnxruntime)

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a note's ``text``, including prefix, start and end tokens."""
        return len(self.tokenizer.encode(self._encoder.passage_prefix + text).ids)

    def embed(self, texts: Sequence[str], on_truncated: OnTruncated | None = None) -> Vectors:
        """Return one unit vector per text of a note, shape [len(texts), dim].

        An empty text is embedded as the empty sequence. Texts longer than ``max_tokens`` are cut, with a call of
        ``on_truncated`` for each.
        """
        return self._embed(self._encoder.passage_prefix, texts, on_truncated)

    def embed_queries(self, texts: Sequence[str], on_truncated: OnTruncated | None = None) -> Vectors:
        """Return one unit vector per question, shape [len(texts), dim]. Questions have a prefix of their own."""
        return self._embed(self._encoder.query_prefix, texts, on_truncated)

    def _embed(self, prefix: str, texts: Sequence[str], on_truncated: OnTruncated | None) -> Vectors:
        rows: list[list[int]] = []
        for index, text in enumerate(texts):
            ids = self._ids(prefix + text)
            if len(ids) > self.max_tokens:
                if on_truncated is not None:
                    on_truncated(index, len(ids))
                # The closing mark stays: the encoder was never trained on a text without it.
                ids = [*ids[: self.max_tokens - 1], ids[-1]]
            rows.append(ids)
        vectors = np.zeros((len(rows), self.dim), dtype=np.float32)
        alone = [[index] for index in range(len(rows))]
        for batch in alone if self._encoder.alone else _batches([len(ids) for ids in rows]):
            vectors[batch] = self._run([rows[index] for index in batch])
        return vectors

    def _ids(self, text: str) -> list[int]:
        """Return the token ids of ``text``, or of a prefix long enough to fill ``max_tokens``.

        Tokenizing a megabyte takes seconds and a hundred megabytes of memory, and only 256 tokens are used. A prefix
        is enough once it has more than ``max_tokens`` tokens in whole words: the tokenizer splits at white space and
        punctuation and encodes each word alone, so only the tokens of the last word can depend on the rest. No fixed
        number of characters is enough (a run of spaces has no token), so the prefix doubles, which keeps the work
        linear in the text.
        """
        read = self.max_tokens * CHARACTERS_PER_TOKEN
        while read < len(text):
            encoding = self.tokenizer.encode(text[:read])
            words = [word for word in encoding.word_ids if word is not None]
            if words and sum(word < words[-1] for word in words) > self.max_tokens:
                return list(encoding.ids)
            read *= 2
        return list(self.tokenizer.encode(text).ids)

    def _run(self, rows: list[list[int]]) -> Vectors:
        width = max(len(ids) for ids in rows)
        mask = np.array([[1] * len(ids) + [0] * (width - len(ids)) for ids in rows], dtype=np.int64)
        # Whatever id pads: the mask keeps it out of the attention and of the pooling.
        ids = np.array([[*ids, *[0] * (width - len(ids))] for ids in rows], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        feed = {name: value for name, value in given.items() if name in self._inputs}
        found: NDArray[np.float32] = self._session.run([self._output], feed)[0]
        vectors = found if self._output == SENTENCE else pooled(found, mask, self._encoder.pooling)
        return matryoshka(vectors, self.dim, normalise=self._encoder.normalise)


def _kept(encoder: Encoder, version: str) -> KeptGraph | None:
    return None if encoder.opens_as_it_is else kept_graph(encoder.path, encoder.id, version)


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Return row indices grouped by length; a group of several rows has at most ``BATCH_TOKENS`` padded tokens."""
    groups: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        # Ascending, so this row is the longest of its group and gives the padded width.
        if groups and (len(groups[-1]) + 1) * lengths[index] <= BATCH_TOKENS:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups
