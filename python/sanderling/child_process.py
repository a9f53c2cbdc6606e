"""Runs a module in a child that ends when this process does, whatever ends it: also kill -9.

The child's stdin is a pipe whose other end this process alone has, and which the kernel closes with it; a thread of the
child waits for that. A death signal (``prctl``) would be Linux's only, and sent when the *thread* ends that started the
child.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import threading


def environment() -> dict[str, str]:
    """Return the environment in which a child started with ``-P`` finds this package the way this process did."""
    # Not through the working directory: what lies there may have the name of a module.
    paths = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100 (an entry may be a zip)
    return {**os.environ, "PYTHONPATH": paths}


def run(module: str, *arguments: str, timeout_s: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``python -m MODULE ARGUMENT ...`` to its end and return what it wrote and its exit code.

    Raises TimeoutExpired after ``timeout_s`` (None: never), with the child ended.
    """
    theirs, ours = os.pipe()
    try:
        return subprocess.run(
            [sys.executable, "-P", "-m", __name__, module, *arguments],
            stdin=theirs,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout_s,
            env=environment(),
        )
    finally:
        os.close(theirs)
        os.close(ours)


def _follow() -> None:
    """End this process when stdin ends. At once: nothing of it is worth saving."""
    while os.read(0, 512):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_follow, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
