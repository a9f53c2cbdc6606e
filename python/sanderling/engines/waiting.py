"""Decides whether an engine's waiting threads spin or sleep.

Spinning is quick; sleeping leaves the CPU free. Both engines compute with OpenMP. GCC's runtime (``libgomp``) spins for
300,000 turns, some milliseconds, before a thread sleeps. While another process has the CPU of one thread, the others
spin that long at every step: beside busy processes a token took 40 times as long. Where threads sleep at once a token
takes twice as long on an idle device. The number of turns in between that costs nothing when idle is set in the
worker's environment, because libgomp reads it when the library is opened.
"""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Mapping
from typing import Literal

Waiting = Literal["sleeping", "spinning"]
"""Whether waiting threads sleep or spin.

``sleeping``: threads sleep after a short time; ``spinning``: they keep their CPU as long as they wait.
"""

SPIN_TURNS = 1000 if platform.machine().lower() in {"x86_64", "amd64", "i686"} else 10_000
"""Number of loop turns for which a libgomp thread spins before it sleeps.

x86-64: about 15 microseconds; a prompt and a token take as long as with 300,000 turns when idle, and 50,000, 20,000 and
5,000 are no faster (SmolLM2 135M, Zen 4, two threads). Elsewhere a turn has no pause instruction and is several times
as short; not measured there.
"""


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables to set for a worker process.

    They are added to those in ``given``. A variable that the user has set stays as it is.
    """
    if "OMP_WAIT_POLICY" in given or "GOMP_SPINCOUNT" in given:
        return {}
    # KMP_BLOCKTIME: the same for LLVM's runtime, in milliseconds, 200 by default; not measured.
    return {"GOMP_SPINCOUNT": str(SPIN_TURNS), **({} if "KMP_BLOCKTIME" in given else {"KMP_BLOCKTIME": "1"})}


def likely_waiting(system: str) -> Waiting:
    """Return whether waiting threads of a usual build for ``system`` spin or sleep.

    ``system``: a name as in ``sys.platform``. No library is opened.
    """
    # Apple's compiler has no OpenMP: the threads of builds for macOS are ggml's own.
    return "spinning" if system == "darwin" else "sleeping"


def waiting_of(engine: str, library: ctypes.CDLL, given: Mapping[str, str]) -> Waiting:
    """Return whether the waiting threads of an opened library spin or sleep.

    ``engine``: name and version. ``given``: the environment in which the library was opened.
    """
    if engine.startswith("sanderling_engine "):
        return "sleeping"  # built with a barrier of our own
    if given.get("OMP_WAIT_POLICY", "").lower() == "active" or given.get("GOMP_SPINCOUNT", "").lower().startswith(
        "inf"
    ):
        return "spinning"
    if any(hasattr(library, name) for name in ("GOMP_parallel", "kmp_set_blocktime")):
        return "sleeping"
    # Without OpenMP the threads are ggml's own, and its barrier spins without limit.
    return "spinning"
