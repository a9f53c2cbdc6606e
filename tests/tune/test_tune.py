from __future__ import annotations

import pytest

from sanderling.errors import StorageFull, UsageError
from sanderling.tune.proposal import Interval, Proposal
from sanderling.tune.tune import Tuned, tune


class Part:
    """A tunable whose proposal is given; it counts its installations."""

    def __init__(self, name: str, better: bool = False, error: Exception | None = None) -> None:
        self.name, self.installed = name, 0
        self._better, self._error = better, error

    def propose(self) -> Proposal:
        if self._error is not None:
            raise self._error
        return Proposal(self.name, "measured", Interval(0.1, 0.05, 0.15), self._better, self._install)

    def _install(self) -> None:
        self.installed += 1

    def rollback(self) -> str:
        return "as before"


def test_only_what_is_better_beyond_chance_is_installed() -> None:
    parts = Part("a", better=True), Part("b"), Part("c", error=UsageError("rate more answers"))
    a, b, c = tune(parts)
    assert [part.installed for part in parts] == [1, 0, 0]
    assert a == Tuned(what="a", reason="measured", gain=(0.1, 0.05, 0.15), better=True, installed=True)
    assert (b.better, b.installed) == (False, False)
    assert (c.refused, c.installed) == ("rate more answers", False)


def test_a_dry_run_installs_nothing() -> None:
    part = Part("a", better=True)
    (a,) = tune([part], dry_run=True)
    assert (a.better, a.installed, part.installed) == (True, False, 0)


def test_an_error_that_is_not_about_the_data_ends_it() -> None:
    with pytest.raises(StorageFull):
        list(tune([Part("a", error=StorageFull("full"))]))
