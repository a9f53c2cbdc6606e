"""Run a module in a child process that ends with this one, even after ``kill -9``.

The child's stdin is a pipe of which only this process holds the other end. The kernel closes it when this process ends,
and a thread of the child waits for that. A death signal (``prctl``) exists on Linux only, and is sent when the *thread*
that started the child ends.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import threading


def environment() -> dict[str, str]:
    """Return an environment in which a child started with ``-P`` imports this package from the same place."""
    # Not through the working directory: a file there may have the name of a module.
    paths = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100 (an entry may be a zip)
    return {**os.environ, "PYTHONPATH": paths}


def run(module: str, *arguments: str, timeout_s: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``python -m MODULE ARGUMENT ...`` to its end; return its output and exit code.

    ``timeout_s`` None: no limit. Raises TimeoutExpired after that time, once the child has been ended.
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
    """End this process as soon as stdin closes, without cleaning up: it holds nothing worth saving."""
    while os.read(0, 512):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_follow, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
