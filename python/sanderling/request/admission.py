"""The interface for queues that decide when a question may use a model.

A runtime of one program admits every question at once; its models' own turns are queue enough. A service puts a queue
here (:mod:`sanderling.server.admission`), because only between route and model are both known: what a question will
cost, and that it has not yet taken anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from ..records import Route
from .handle import Handle


class Admission(Protocol):
    """Decides when a question may use the model of its route."""

    def wait_ms(self, handle: Handle) -> float:
        """Predict how long the question of ``handle`` will wait, in milliseconds. If it were routed now."""

    def preparing(self, handle: Handle) -> AbstractContextManager[None]:
        """Wait for the question's turn to embed and search; hold the turn during the block.

        Raises Cancelled when ``handle`` is cancelled.
        """

    def routed(self, handle: Handle, route: Route) -> None:
        """Record the route of the question of ``handle``. Before the question takes its place."""

    def place(self, handle: Handle, route: Route) -> AbstractContextManager[None]:
        """Wait for the model of ``route``, and occupy the model during the block.

        Raises Busy if that takes too long, Cancelled when ``handle`` is cancelled.
        """


class AtOnce:
    """An admission without a queue: no question waits."""

    def wait_ms(self, handle: Handle) -> float:
        """Return 0."""
        return 0.0

    def preparing(self, handle: Handle) -> AbstractContextManager[None]:
        """Return a context that does nothing."""
        return nullcontext()

    def routed(self, handle: Handle, route: Route) -> None:
        """Do nothing."""

    @contextmanager
    def place(self, handle: Handle, route: Route) -> Iterator[None]:
        """Run the block."""
        yield
