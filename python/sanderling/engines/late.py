"""Ends a generation at its deadline even if the worker does not answer.

A batch of a prompt may take a second. The caller gets what has arrived. A separate thread reads the rest and keeps the
worker reserved meanwhile, so that the next request finds an empty pipe.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable

from msgspec.structs import replace

from ..request.handle import Handle
from ..request.turns import Turns
from . import frames
from .protocol import Finish, GenerateRequest

GRACE_S = 0.05
"""Seconds to wait for the worker's own report after the deadline. Between two tokens it answers at once."""


def silent(process: subprocess.Popen[bytes] | None, handle: Handle, stall_timeout_s: float) -> bool:
    """Return whether the worker stays silent past the deadline of ``handle``.

    The worker has ``GRACE_S`` more than the deadline. Returns False at once if the question has no time, or more than
    ``stall_timeout_s``, after which a worker is hung.
    """
    if handle.deadline_s is None or process is None or process.stdout is None:
        return False
    left_s = handle.deadline_s + GRACE_S - time.monotonic()
    return left_s < stall_timeout_s and not frames.speaks(process.stdout.fileno(), left_s)


def drain_later(turns: Turns, drain: Callable[[], None]) -> None:
    """Run ``drain`` in a thread that holds the lock ``turns``. The calling thread must hold them."""
    ours = threading.Event()

    def work() -> None:
        ours.wait()
        try:
            drain()
        finally:
            turns.give_back()

    thread = threading.Thread(target=work, name="late worker", daemon=True)
    thread.start()
    assert thread.ident is not None
    turns.hand_over(thread.ident)
    ours.set()


def in_time(finish: Finish, handle: Handle) -> Finish:
    """Return ``finish``, with the reason ``budget`` if the question ran out of time.

    A generation that somebody cancelled keeps its reason.
    """
    return replace(finish, reason="budget") if finish.reason == "cancelled" and handle.out_of_time else finish


def unheard(request: GenerateRequest, began_s: float, first_s: float | None) -> Finish:
    """Return a Finish for a generation whose end the worker did not report.

    Its memory is not known. ``began_s`` and ``first_s``: moments of :func:`time.monotonic` of the request and of its
    first token, if any.
    """
    now = time.monotonic()
    computed = now if first_s is None else first_s
    return Finish(
        reason="budget",
        prompt_tokens=len(request.prompt_ids),
        cached_tokens=0,
        prefill_ms=1e3 * (computed - began_s),
        decode_ms=1e3 * (now - computed),
        ttft_ms=1e3 * (computed - began_s),
        rss_bytes=0,
    )
