"""Tunes the width of the index search.

It is the smallest with which a memory's own notes find their nearest others. Recall is measured against comparing all
notes, at 10 of the 64 that a question looks at. A large index consists of clusters and has no beam: see ``nprobe``.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from ..errors import UsageError
from ..memory import Memory
from ..memory.retrieve import beam
from ..memory.store.nodes import node_keys
from ..records import DEFAULT_SEARCH, SearchParams
from .proposal import Interval, Proposal

TARGET = 0.99
"""Recall that the lower end of the interval must reach."""
DEPTH = 10
WIDTHS = (64, 80, 96, 128, 192, 256, 384, 512)
"""Widths tried, the default first. The index takes no narrower one, since a question looks at 64 notes."""
QUERIES = 300
LEAST = 50
RESAMPLES = 2000


class SearchWidth:
    """The tunable ``search``."""

    name = "search"

    def __init__(self, memory: Memory, seed: int = 0) -> None:
        """``seed``: of the notes that are searched for, and of the intervals."""
        self._memory, self._seed = memory, seed

    def propose(self) -> Proposal:
        """Measure the recall of increasing widths, until the recall reaches the target."""
        store, index = self._memory.store, self._memory.index
        index.catch_up()
        if index.clusters:
            return Proposal(self.name, "the index of this memory consists of clusters and has no beam: see nprobe")
        random = np.random.default_rng(self._seed)
        with store.read():
            every = np.array(node_keys(store), dtype=np.uint64)
            keys = index.indexed(random.permutation(every)[:QUERIES])
            if len(keys) < LEAST:
                raise UsageError(f"{store.path}: {len(keys)} notes are too few to tune a search: ingest more first")
            vectors = index.vectors(keys)
            truth = [self._nearest(vector, key, len(index)) for vector, key in zip(vectors, keys, strict=True)]
            present = beam.search_params(store.path).ef_search
            measured: dict[int, Interval] = {}
            for width in sorted({*WIDTHS, present}):
                found = [self._nearest(vector, key, width) for vector, key in zip(vectors, keys, strict=True)]
                shares = [len(got & true) / max(len(true), 1) for got, true in zip(found, truth, strict=True)]
                measured[width] = _mean(np.array(shares), self._seed)
                if measured[width].low >= TARGET and width >= present:
                    break
        return self._proposed(measured, present, len(keys))

    def rollback(self) -> str:
        """Go back to the previous width."""
        state = beam.rollback(self._memory.store.path)
        width = state.current.ef_search if state.current else DEFAULT_SEARCH.ef_search
        return f"searches have a beam of {width} nodes"

    def _nearest(self, vector: np.ndarray, key: np.uint64, width: int) -> set[int]:
        # One more than wanted, because a note finds itself; as wide as the memory, all notes are compared.
        params = SearchParams(k=DEFAULT_SEARCH.k, ef_search=width)
        return set([each for each in self._memory.index.nearest(vector, params).keys.tolist() if each != key][:DEPTH])

    def _proposed(self, measured: dict[int, Interval], present: int, count: int) -> Proposal:
        here = measured[present]
        reaching = [width for width, recall in measured.items() if recall.low >= TARGET]
        best = min(reaching) if reaching else max(measured)
        said = f"recall {here.mean:.4f} [{here.low:.4f}, {here.high:.4f}] with a beam of {present}, over {count} notes"
        if best == present:
            return Proposal(self.name, said)
        new = measured[best]
        said += f"; {new.mean:.4f} [{new.low:.4f}, {new.high:.4f}] with {best}"
        # Wider only where the present one misses the target beyond chance; narrower where that still reaches it.
        better = here.high < TARGET and new.low > here.high if best > present else new.low >= TARGET
        gain = Interval(new.mean - here.mean, new.low - here.high, new.high - here.low)
        kept = beam.Beam(
            ef_search=best,
            recall=(new.mean, new.low, new.high),
            when=datetime.now(UTC).isoformat(timespec="seconds"),
        )

        def install() -> None:
            beam.install(self._memory.store.path, kept)

        return Proposal(self.name, said, gain, better, install)


def _mean(values: np.ndarray, seed: int) -> Interval:
    """Return the mean of ``values`` with its percentile bootstrap interval."""
    random = np.random.default_rng(seed)
    means = values[random.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(values.mean()), float(low), float(high))
