"""Runs child processes that end when this process ends, even if ``kill -9`` ends it.

The child's stdin is a pipe. Only this process holds the other end, so the kernel closes it when the process ends, and a
thread of the child waits for that. A death signal (``prctl``) exists on Linux only, and is sent as soon as the *thread*
that started the child ends.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import threading


def environment() -> dict[str, str]:
    """Return environment variables that let a child process started by ``python -P`` import this package.

    They are those of this process, with ``PYTHONPATH`` set to its ``sys.path`` as absolute paths and without
    ``GGML_BACKEND_PATH``, from which llama.cpp would load any library.
    """
    # The working directory is not added (-P): a file in it may have the name of a module.
    paths = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100 (an entry may be a zip)
    kept = {name: value for name, value in os.environ.items() if name != "GGML_BACKEND_PATH"}
    return {**kept, "PYTHONPATH": paths}


def run(module: str, *arguments: str, timeout_s: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``python -m MODULE ARGUMENT ...``, wait until it ends, and return its output and exit code.

    ``timeout_s``: seconds after which the child is killed and ``subprocess.TimeoutExpired`` raised; None: no limit.
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
    """Exit this process as soon as its stdin closes, without cleaning up."""
    while os.read(0, 512):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_follow, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
