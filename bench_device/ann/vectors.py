"""Unit vectors to index: read from a file, embedded from texts in BEIR layout, or drawn from random clusters."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np

from ... import config
from ...errors import UsageError
from ...records import Vectors

DIM = 384
"""Dimension of generated vectors, as of MiniLM and most small sentence encoders."""
_SPREAD = 2.0
"""Length of a deviation relative to a cluster centre. With 2, hnswlib (m 32, ef_construction 200) found .846, .918,
.972, .994 and .999 of the ten nearest among 8,459 generated vectors at ef 10, 16, 32, 64 and 128; among as many MiniLM
vectors of encyclopedia texts .871, .928, .979, .991 and .999. With 1 the task is too easy: .972 at ef 10."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"'(]?[A-Z0-9])")
_MIN_SENTENCE_CHARACTERS = 20
"""Shorter strings are remains of abbreviations or headings rather than sentences."""
_SLICE = 256
"""Texts embedded between two progress reports."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Dataset:
    """Vectors to index, and query vectors.

    All have unit length and the same dimension.
    """

    name: str
    how: str
    """How the vectors were made, with enough detail to make them again."""
    base: Vectors
    queries: Vectors


class Embedder(Protocol):
    """The part of an embedder's interface needed by this module."""

    id: str
    dim: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector per text."""
        ...


def generate(n: int, n_queries: int, seed: int, dim: int = DIM) -> Dataset:
    """Draw ``n`` vectors and ``n_queries`` queries from a mixture of round(sqrt(n)) equally likely clusters.

    A vector is the normalised sum of its cluster's centre and a deviation. Both have independent Gaussian components
    with variance proportional to 1/i for component i. One random rotation then spreads them over all coordinates, as an
    encoder's vectors are, which matters for int8 codes. The spectrum is steeper than that of sentence vectors (the
    first 10 and 150 principal components hold .42 and .87 of the variance, against .20 and .85 for MiniLM). The spread
    was chosen so that neighbours are as hard to find.
    """
    if n < 1 or n_queries < 1:
        raise ValueError("at least one vector and one query have to be generated")
    rng = np.random.default_rng(seed)
    scale = (1.0 / np.sqrt(np.arange(1, dim + 1))).astype(np.float32)
    rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0].astype(np.float32)
    clusters = round(n**0.5)
    centres = rng.standard_normal((clusters, dim), dtype=np.float32) * scale
    rows = np.empty((n + n_queries, dim), dtype=np.float32)
    for start in range(0, len(rows), 65_536):  # a million rows and one more copy of them would not fit everywhere
        part = rows[start : start + 65_536]
        deviation = rng.standard_normal(part.shape, dtype=np.float32) * (scale * np.float32(_SPREAD))
        drawn = (centres[rng.integers(0, clusters, len(part))] + deviation) @ rotation
        part[:] = _unit(drawn.astype(np.float32, copy=False))
    how = f"generated: {clusters} clusters, component variance 1/i, spread {_SPREAD}, rotated, seed {seed}"
    return Dataset(name=f"generated {n:,}", how=how, base=rows[:n], queries=rows[n:])


def from_file(path: Path, n_queries: int, seed: int) -> Dataset:
    """Read vectors from a ``.npy`` file, and take random rows as queries.

    The file has an array of floats, [n, dim]; ``n_queries`` of its rows become queries.

    Raises UsageError if the file has another form or too few rows.
    """
    try:
        rows = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UsageError(f"{path} cannot be read as a .npy file: {error}") from error
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.dtype.kind != "f" or not np.isfinite(rows).all():
        raise UsageError(f"{path}: expected a two-dimensional array of finite floating-point numbers")
    if len(rows) < 2 * n_queries:
        raise UsageError(f"{path} has {len(rows)} rows: too few to take {n_queries} queries out of them")
    order = np.random.default_rng(seed).permutation(len(rows))
    unit = _unit(np.ascontiguousarray(rows, dtype=np.float32))
    how = f"{path.name}, {n_queries} rows taken out as queries, seed {seed}"
    return Dataset(
        name=path.stem, how=how, base=unit[np.sort(order[n_queries:])], queries=unit[np.sort(order[:n_queries])]
    )


class _Document(msgspec.Struct):
    text: str
    title: str = ""


def from_beir(
    folders: Sequence[Path],
    embedder: Embedder,
    n_queries: int,
    seed: int,
    *,
    sentences: bool = False,
    on_progress: Progress = lambda done, total, what: None,
) -> Dataset:
    """Embed the distinct texts in the files ``corpus.jsonl`` and ``queries.jsonl`` of ``folders``.

    A document is its title, a line break and its text; with ``sentences``, each sentence of the text is separate. At
    most ``n_queries`` queries are drawn. Vectors are cached in the data folder by content. Raises UsageError if a file
    cannot be read.
    """
    corpus = [document for folder in folders for document in _read(folder / "corpus.jsonl")]
    asked = list(dict.fromkeys(query.text for folder in folders for query in _read(folder / "queries.jsonl")))
    if sentences:
        parts = (part.strip() for document in corpus for part in _SENTENCE_END.split(document.text))
        texts = list(dict.fromkeys(part for part in parts if len(part) >= _MIN_SENTENCE_CHARACTERS))
    else:
        texts = list(dict.fromkeys(f"{document.title}\n{document.text}".strip() for document in corpus))
    if not texts or not asked:
        raise UsageError(f"{', '.join(map(str, folders))}: there are no texts or no queries in it")
    chosen = np.sort(np.random.default_rng(seed).permutation(len(asked))[:n_queries])
    names = ", ".join(folder.name for folder in folders)
    kind = "sentences" if sentences else "passages"
    return Dataset(
        name=f"{names} ({kind})",
        how=f"{len(texts):,} distinct {kind}, {len(chosen)} of {len(asked)} queries, {embedder.id}, seed {seed}",
        base=_unit(_embed(texts, embedder, on_progress)),
        queries=_unit(_embed(asked, embedder, on_progress)[chosen]),
    )


def _read(path: Path) -> list[_Document]:
    try:
        return [msgspec.json.decode(line, type=_Document) for line in path.read_bytes().splitlines() if line.strip()]
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{path} cannot be read as lines of JSON with a text: {error}") from error


def _embed(texts: Sequence[str], embedder: Embedder, on_progress: Progress) -> Vectors:
    """Return one vector per text, read from the cache in the data folder or newly embedded.

    The cache is keyed by the texts and the embedder.
    """
    digest = hashlib.sha256(embedder.id.encode())
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "little") + raw)
    path = config.home() / "bench" / f"{digest.hexdigest()[:32]}.npy"
    if path.exists():
        try:
            kept: Vectors = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise UsageError(f"{path} is damaged ({error}): delete it, and the texts are embedded again") from error
        return kept
    vectors = np.empty((len(texts), embedder.dim), dtype=np.float32)
    for start in range(0, len(texts), _SLICE):
        on_progress(start, len(texts), "embedding")
        vectors[start : start + _SLICE] = embedder.embed(texts[start : start + _SLICE])
    path.parent.mkdir(parents=True, exist_ok=True)
    # Renamed when whole, so that an interrupted run leaves nothing that looks like a cache.
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    with unfinished.open("wb") as file:
        np.save(file, vectors)
    unfinished.replace(path)
    return vectors


def _unit(rows: Vectors) -> Vectors:
    """Return each row divided by its length; a zero row stays zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = rows / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
