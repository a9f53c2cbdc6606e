"""Tunes the router by training on this device's rated answers (:mod:`sanderling.router.training`)."""

from __future__ import annotations

from .._core import FastGrnn
from ..router import installed
from ..router.present import present
from ..router.training import logged
from ..router.training.online import train_online
from ..router.training.settings import Settings
from ..telemetry.store import TelemetryStore
from .proposal import Interval, Proposal


class RouterWeights:
    """The tunable ``router``."""

    name = "router"

    def __init__(self, seed: int = 0) -> None:
        """``seed``: of the split and of the first weights."""
        self._seed = seed

    def propose(self) -> Proposal:
        """Train a router on the log, and judge it on held-out questions."""
        with TelemetryStore() as store:
            log, ladder = logged.read(store.rows())
        data, against = present(installed.state(), ladder)
        found = train_online(log, None, ladder, present=data, against=against, options=Settings(seed=self._seed))
        (judged,) = found.judgements
        gain = Interval(judged.difference.mean, judged.difference.low, judged.difference.high)

        def install() -> None:
            installed.install(found.data, f"fastgrnn:{FastGrnn.from_bytes(found.data).id}", found.judgements)

        return Proposal(self.name, str(judged), gain, found.better, install)

    def rollback(self) -> str:
        """Go back to the previous router."""
        current = installed.rollback().current
        return f"{current.id if current else 'the rule'} chooses model and context"
