"""Cuts a worker process off from the network where the system allows it.

A worker reads a model file and talks to its parent through pipes. On Linux it moves into a network namespace of its own
(``unshare``), in which there is no interface but a loopback that is down: not even a compiled library can then reach
anything. Elsewhere, and where namespaces are forbidden, the audit hook of :mod:`sanderling.egress` remains, which sees
what Python code does.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x1000_0000, 0x4000_0000


def isolate() -> str:
    """Give this process a network namespace of its own.

    Returns the reason if it has none, else an empty text. Call it before other threads exist, because a process with
    threads may not make a namespace of users.
    """
    if sys.platform != "linux":
        return f"{sys.platform} has no network namespaces"
    try:
        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except (OSError, AttributeError) as error:
        return str(error)
    if unshare(CLONE_NEWNET) == 0:  # as root; the user and its files stay what they are
        return ""
    user, group = os.geteuid(), os.getegid()
    if unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return os.strerror(ctypes.get_errno())
    try:
        # Else the process would see itself and its files as nobody's.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    except OSError:
        pass  # names of owners are wrong then, and nothing else
    return ""
