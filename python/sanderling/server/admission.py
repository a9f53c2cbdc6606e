"""The admission queue: decides which question may use a model next.

The order is: interactive before batch; then the clients in turn, so that one who asks much waits for himself; within
one client first come, first served. A question whose model is loaded may overtake others for which a model would have
to be loaded, but at most :data:`OVERTAKES` of them, and none is overtaken more often than that.

What waits is known in milliseconds: each question has the time its router predicted, corrected by how much earlier
predictions were off. A question that comes next is routed with the budget that this wait leaves, so that a busy device
chooses a smaller model, and a client that is refused is told when to come back.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal

from ..records import Route
from ..request.handle import Handle
from .preparation import Preparation
from .refusal import QueueFull, QueueTimeout
from .turns import Turns

Priority = Literal["interactive", "batch"]

OVERTAKES = 2
SHARE = 0.2
"""Weight of the newest measurement in the moving averages."""
MOST_OFF = 20.0
"""Largest factor by which a prediction is corrected, up or down."""


class Ticket:
    """A question in the queue, from admission to completion."""

    def __init__(self, client: str, priority: Priority) -> None:
        """``client``: name of the asker; the queue is fair between names."""
        self.client, self.priority = client, priority
        self.route: Route | None = None
        """The router's choice; None before routing."""
        self.model_id = ""
        """Id of the chosen model, known before the question waits for it.

        ``route`` is set only when the question lines up for the model.
        """
        self.queue_ms = 0.0
        """Time for which the question waited for its model, in milliseconds."""
        self.predicted_ms = 0.0
        self.left_device = False
        """Whether a tier was asked, even if it did not answer."""
        self.overtaken = 0
        self.called = threading.Event()
        self.began_s = 0.0


class AdmissionQueue:
    """The admission queue of one service.

    It is an :class:`~sanderling.request.admission.Admission`. Threads wait in :meth:`place`; everything else returns at
    once and may be called from the event loop.
    """

    def __init__(
        self,
        resident: Callable[[], tuple[str, ...]],
        *,
        max_queue: int,
        max_wait_s: float,
        generations: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``resident``: returns the ids of the loaded models. ``generations``: number of questions answered at once."""
        self._resident, self._clock = resident, clock
        self._max_queue, self._max_wait_s, self._generations = max_queue, max_wait_s, generations
        self._guard = threading.Lock()
        self._tickets: dict[str, Ticket] = {}  # by the id of the question's handle
        self._waiting: dict[Priority, Turns[Ticket]] = {"interactive": Turns(), "batch": Turns()}
        self._preparation = Preparation(max(2, os.cpu_count() or 1))
        self._running: list[Ticket] = []
        self._off = 1.0
        self._mean_ms = 0.0

    @property
    def waiting(self) -> int:
        """Number of admitted questions that do not have a model yet."""
        with self._guard:
            return max(len(self._tickets) - len(self._running), 0)

    def enter(self, handle: Handle, client: str, priority: Priority) -> Ticket:
        """Admit the question of ``handle``. Raises QueueFull if the queue is full."""
        with self._guard:
            if len(self._tickets) >= self._max_queue + self._generations:
                wait_s = self._wait_ms(None) / 1e3
                raise QueueFull(
                    f"{self._max_queue} questions wait already: ask again in about {max(1, round(wait_s))} s", wait_s
                )
            ticket = self._tickets[handle.id] = Ticket(client, priority)
            return ticket

    def leave(self, handle: Handle) -> None:
        """Remove the finished question of ``handle``."""
        with self._guard:
            self._tickets.pop(handle.id, None)

    def wait_ms(self, handle: Handle) -> float:
        """Predict how long the question of ``handle`` will wait, in milliseconds."""
        with self._guard:
            return self._wait_ms(self._tickets.get(handle.id))

    def routed(self, handle: Handle, route: Route) -> None:
        """Record the route of the question of ``handle``. Headers name it before the question has a place."""
        with self._guard:
            if (ticket := self._tickets.get(handle.id)) is not None:
                ticket.model_id = route.model_id

    def preparing(self, handle: Handle) -> AbstractContextManager[None]:
        """Wait for the question's turn to embed and search; hold the turn during the block.

        Raises Cancelled when ``handle`` is cancelled.
        """
        with self._guard:
            ticket = self._tickets.get(handle.id)
        return self._preparation.turn("" if ticket is None else ticket.client, handle)

    @contextmanager
    def place(self, handle: Handle, route: Route) -> Iterator[None]:
        """Wait for the model of ``route``, and occupy it during the block.

        A model of a tier is used at once. Raises QueueTimeout when that takes too long, Cancelled when ``handle`` is
        cancelled.
        """
        if route.tier:  # other machines compute for it, and count their own seats
            with self._guard:
                ticket = self._tickets.get(handle.id) or Ticket("", "interactive")
                ticket.route, ticket.model_id, ticket.left_device = route, route.model_id, True
            yield
            return
        ticket = self._line_up(handle, route)
        came_s = self._clock()
        try:
            with handle.ends_by(ticket.called.set):
                in_time = ticket.called.wait(self._max_wait_s)
            ticket.queue_ms = 1e3 * (self._clock() - came_s)
            if handle.cancelled:
                raise handle.refusal()
            if not in_time and not self._has_place(ticket):
                wait_s = self.wait_ms(handle) / 1e3
                raise QueueTimeout(
                    f"no model was free within {self._max_wait_s:g} s: ask again in about {max(1, round(wait_s))} s",
                    wait_s,
                )
            yield
            if not handle.out_of_time:  # its time says when it was cut, not what it would have cost
                self._learn(ticket)
        finally:
            self._give_up(ticket)

    def _line_up(self, handle: Handle, route: Route) -> Ticket:
        with self._guard:
            # A question of this program itself, not of a client, has no ticket.
            ticket = self._tickets.get(handle.id) or Ticket("", "interactive")
            ticket.route, ticket.model_id, ticket.predicted_ms = route, route.model_id, route.predicted_ms
            self._waiting[ticket.priority].add(ticket.client, ticket)
            self._call_next()
            return ticket

    def _has_place(self, ticket: Ticket) -> bool:
        with self._guard:
            return ticket in self._running

    def _give_up(self, ticket: Ticket) -> None:
        with self._guard:
            if ticket in self._running:
                self._running.remove(ticket)
            else:
                self._waiting[ticket.priority].remove(ticket.client, ticket)
            self._call_next()

    def _learn(self, ticket: Ticket) -> None:
        with self._guard:
            took_ms = 1e3 * (self._clock() - ticket.began_s)
            self._mean_ms += (SHARE if self._mean_ms else 1.0) * (took_ms - self._mean_ms)
            if ticket.predicted_ms > 0 and took_ms > 0:
                off = min(max(took_ms / ticket.predicted_ms, 1 / MOST_OFF), MOST_OFF)
                self._off += SHARE * (off - self._off)

    def _call_next(self) -> None:
        while len(self._running) < self._generations and (order := self._order()):
            ticket = self._chosen(order)
            self._waiting[ticket.priority].remove(ticket.client, ticket, served=True)
            self._running.append(ticket)
            ticket.began_s = self._clock()
            ticket.called.set()

    def _chosen(self, order: list[Ticket]) -> Ticket:
        """Return the next question in ``order``, or a later one whose model is loaded."""
        resident = self._resident()
        for at, ticket in enumerate(order[: OVERTAKES + 1]):
            before = order[:at]
            if ticket.priority != order[0].priority or any(each.overtaken >= OVERTAKES for each in before):
                break
            if ticket.route is not None and ticket.route.model_id in resident:
                for each in before:
                    each.overtaken += 1
                return ticket
        return order[0]

    def _order(self) -> list[Ticket]:
        """Return the waiting questions in order of service, before any overtaking."""
        return [ticket for turns in self._waiting.values() for ticket in turns.order()]

    def _wait_ms(self, ticket: Ticket | None) -> float:
        """Predict the wait of ``ticket`` in milliseconds.

        ``ticket``: a question without a place; None: a new question at the end of the queue.
        """
        now_s = self._clock()
        running = [max(self._cost_ms(each) - 1e3 * (now_s - each.began_s), 0.0) for each in self._running]
        if ticket is None or ticket.priority == "batch":
            ahead = self._order()
        else:
            turns = self._waiting["interactive"]
            # Those of other clients that are served before one more of this client.
            ahead = turns.before(len(turns.of(ticket.client)) + 1)
        waiting = [self._cost_ms(each) for each in ahead]
        # Those admitted before that have no route yet.
        unrouted = 0
        for each in self._tickets.values():
            if each is ticket:
                break
            unrouted += each.route is None
        total = sum(running) + sum(waiting) + unrouted * self._mean_ms
        busy = len(self._running) + len(waiting) + unrouted >= self._generations
        return total / self._generations if busy else 0.0

    def _cost_ms(self, ticket: Ticket) -> float:
        return ticket.predicted_ms * self._off if ticket.predicted_ms > 0 else self._mean_ms
