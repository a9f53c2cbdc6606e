"""Find out which embedder made the vectors of a damaged memory. Its ``meta`` table is lost or wrong.

The dimension follows from the vectors themselves. The configured embedder is taken to have made them only if it makes
similar vectors of the stored texts, so that no memory passes for one of another embedder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

import numpy as np

from ...embedding.contract import Embedder, embedded_text
from ...errors import MemoryFileError, SanderlingError
from ...records import Vectors
from ..store.database import REMEDY, Database
from ..store.identity import Identity, stated
from ..store.packed import dim_of, unpack
from ..store.salvaged_rows import embedded_pairs, has_nodes_or_none, is_table, vector_lengths
from ..store.schema import MAX_DIM

# Texts embedded again to test whether an embedder made the vectors. Its kernels may round differently on another
# machine, and a text may itself be damaged: so half of them must agree, within this cosine.
SAMPLE = 16
AGREEING_COSINE = 0.9
# Fewer vectors than this do not outvote the stated dimension.
FEW_VECTORS = 3


class Origin(NamedTuple):
    """The embedder and the dimension of a memory's vectors.

    ``said``: a sentence that says which of the two was lost in the file; "" if neither was.
    """

    identity: Identity
    said: str


def origin_of(damaged: Database, embedder: Callable[[], Embedder] | None) -> Origin:
    """Return the embedder and the dimension of the vectors in ``damaged``.

    ``embedder`` opens the configured embedder; None: there is none to compare with. Raises MemoryFileError if the
    origin cannot be determined, and errors from opening the embedder if only the embedder could have settled it.
    """
    known: dict[str, str] = {}
    with suppress(SanderlingError):
        known = stated(damaged) if is_table(damaged, "meta") else {}
    id_, dim, created = known.get("embedder_id", ""), int(known.get("dim", 0)), known.get("created", "")
    measured = measured_dim(damaged, FEW_VECTORS if dim else 1)
    if id_ and dim and measured in (0, dim):
        return Origin(Identity(id_, dim, created), "")
    if not id_:
        ours = embedder() if embedder and has_nodes_or_none(damaged) else None
        if ours is None or measured not in (0, ours.dim) or not _makes(ours, damaged):
            raise _unknown(damaged, ours)
        said = f"what made its vectors was lost: they are as {ours.id} makes them, the embedder that is set"
        return Origin(Identity(ours.id, ours.dim, created), said)
    with suppress(SanderlingError):
        ours = embedder() if embedder else None
        if ours is not None and ours.id == id_:
            measured = ours.dim
    if not measured:
        raise _unknown(damaged, None)
    said = f"the dimension of its vectors was lost: it is {measured}" if measured != dim else ""
    return Origin(Identity(id_, measured, created), said)


def measured_dim(database: Database, least: int) -> int:
    """Return the dimension of most stored vectors; 0 without vectors.

    More than half of the vectors, and at least ``least`` vectors, must have it.
    """
    if not is_table(database, "vector"):
        return 0
    counts = Counter(dim_of(length) for length in vector_lengths(database))
    if not counts:
        return 0
    ((dim, count),) = counts.most_common(1)
    return dim if 1 <= dim <= MAX_DIM and count >= least and 2 * count > counts.total() else 0


def _unknown(damaged: Database, ours: Embedder | None) -> MemoryFileError:
    if ours is not None:
        return MemoryFileError(
            f"{damaged.path}: damaged where it says how its vectors were made, and {ours.id}, the embedder that is "
            f"set, did not make them: set the one that did and {REMEDY}"
        )
    return MemoryFileError(
        f"{damaged.path}: damaged where it says how its vectors were made, which nothing can replace: "
        "restore a backup, or move it away and ingest again"
    )


def _makes(embedder: Embedder, damaged: Database) -> bool:
    """Whether ``embedder`` reproduces the stored vectors from the stored texts. True if no vectors are stored."""
    rows = islice(embedded_pairs(damaged, embedder.dim), SAMPLE)
    pairs = [(embedded_text(head, text), _read(value, embedder.dim)) for head, text, value in rows]
    if not pairs:
        return True
    vectors = embedder.embed([text for text, _ in pairs])
    with np.errstate(all="ignore"):  # a vector may hold anything
        cosines = [
            float(np.dot(ours, its) / np.linalg.norm(its)) for ours, (_, its) in zip(vectors, pairs, strict=True)
        ]
    return 2 * sum(cosine >= AGREEING_COSINE for cosine in cosines) >= len(cosines)


def _read(value: bytes, dim: int) -> Vectors:
    try:
        return unpack(value, dim)
    except ValueError:  # damaged: it agrees with nothing
        return np.zeros(dim, np.float32)
