"""Chooses the number of threads by the load of other processes.

Threads of one model wait for each other several hundred times per token. A thread whose CPU is shared with another
process keeps all the others waiting, so a thread more can make a busy device slower: two CPUs and one rival leave one
CPU to decode on. A prompt is different: its pieces of work are long, so a second thread pays even if it is often
interrupted, provided that the others sleep while they wait (:mod:`sanderling.engines.waiting`).
"""

from __future__ import annotations

from ..device.load import Load
from ..records import Record
from .waiting import Waiting

SPARE_CPUS = 0.25
"""CPUs that other processes may use before a thread is given up.

With two threads a token takes 0.77 of its time with one (SmolLM2 135M, x86-64, idle: 9.0 and 11.7 ms), and stands still
while another process has one of the two CPUs: 1 / (1 - use) times 0.77 is 1 at a use of 0.23.
"""
SHARED_PREFILL_THREADS = 2
"""Least number of threads for a prompt, however busy the CPUs are.

Beside four busy processes on two CPUs two threads get two shares of six, one gets one of five.
"""


class Threads(Record):
    """The chosen numbers of threads, with the reason in one line."""

    decode: int
    prefill: int
    reason: str


def choose_threads(decode: int, prefill: int, load: Load, waiting: Waiting) -> Threads:
    """Choose the numbers of threads for single tokens and for prompts.

    At most ``decode`` for single tokens, ``prefill`` for prompts. ``decode`` and ``prefill``: what the plan found best
    on an idle device, within its quota and its big cores. ``load``: what others use now. ``waiting``: how the engine's
    threads wait for each other.
    """
    others = load.others
    if others is None:
        return Threads(decode=decode, prefill=prefill, reason="the system does not say what else runs")
    free = max(1, int(load.cpus - others + SPARE_CPUS))
    shared = min(SHARED_PREFILL_THREADS, load.cpus) if waiting == "sleeping" else 1
    chosen = Threads(
        decode=min(decode, free),
        prefill=min(prefill, max(free, shared)),
        reason=f"others use {others:.1f} of {load.cpus} CPUs",
    )
    if (chosen.decode, chosen.prefill) == (decode, prefill):
        return chosen
    why = "" if waiting == "sleeping" else ", and the engine's threads do not sleep while they wait"
    return Threads(decode=chosen.decode, prefill=chosen.prefill, reason=f"{chosen.reason}{why}")
