"""Tunes the number of clusters that a search of a large index examines.

It is the smallest with which notes find their nearest. Recall is measured against comparing all notes
(:mod:`sanderling.memory.upkeep.nprobe`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from ..memory import Memory
from ..memory.retrieve import beam
from ..memory.upkeep.nprobe import Probed, smallest_nprobe
from .proposal import Interval, Proposal
from .search import TARGET


class ClusterProbes:
    """The tunable ``nprobe``."""

    name = "nprobe"

    def __init__(self, memory: Memory, seed: int = 0) -> None:
        """``seed``: of the notes that are searched for."""
        self._memory, self._seed = memory, seed

    def propose(self) -> Proposal:
        """Measure the recall with more and more clusters, until the recall reaches the target."""
        memory = self._memory
        found = smallest_nprobe(memory.store, memory.index, TARGET, memory.search_params, self._seed)
        if found is None:
            return Proposal(self.name, "the index of this memory is one graph and has no clusters to probe")
        return self._proposed(found)

    def rollback(self) -> str:
        """Go back to the previous number of clusters."""
        probes = beam.rollback_probes(self._memory.store.path).probes
        return f"searches look at {probes.nprobe if probes else 'the default number of'} clusters"

    def _proposed(self, found: Probed) -> Proposal:
        here, new = Interval(*found.recall[found.present]), Interval(*found.recall[found.nprobe])
        of = f"{found.present} of {found.clusters} clusters"
        said = f"recall {here.mean:.4f} [{here.low:.4f}, {here.high:.4f}] with {of}"
        said += f", over {found.notes} notes"
        if found.nprobe == found.present:
            return Proposal(self.name, said)
        said += f"; {new.mean:.4f} [{new.low:.4f}, {new.high:.4f}] with {found.nprobe}"
        # More only where the present number misses the target beyond chance; fewer where those still reach it.
        more = found.nprobe > found.present
        better = here.high < TARGET and new.low > here.high if more else new.low >= TARGET
        gain = Interval(new.mean - here.mean, new.low - here.high, new.high - here.low)
        when = datetime.now(UTC).isoformat(timespec="seconds")
        kept = beam.Probes(nprobe=found.nprobe, recall=(new.mean, new.low, new.high), when=when)

        def install() -> None:
            beam.install_probes(self._memory.store.path, kept)

        return Proposal(self.name, said, gain, better, install)
