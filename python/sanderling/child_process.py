"""Runs child processes that end with this process, even when this process is killed with ``kill -9``.

The child's stdin is a pipe. Only this process holds the other end, so the kernel closes it when the process ends, and a
thread of the child waits for that. A death signal (``prctl``) exists on Linux only, and is sent as soon as the *thread*
that started the child ends.

A server, which answers requests on its stdin, can be started ahead of its first request: :func:`begin` starts it,
:func:`server` hands it out, or starts one if none was begun.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping

_begun: dict[str, subprocess.Popen[bytes]] = {}
"""Servers started ahead of their first request and not yet used, by module."""
_guard = threading.Lock()
"""Guards ``_begun``."""


def environment() -> dict[str, str]:
    """Return environment variables with which ``python -P`` can import this package.

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


def begin(module: str) -> None:
    """Start the server ``module`` ahead of its first request, if no process of it is started.

    The command is ``python -m MODULE``. Its imports then run beside those of this process. It must exit when its stdin
    closes.
    """
    with _guard:
        if module not in _begun:
            _begun[module] = _start(module)


def server(module: str, further: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Return the process already started for ``module``, or start a new one.

    Its stdin, stdout and stderr are unbuffered pipes. ``further``: environment variables besides this process's, for
    which a new one is started; None: no others.
    """
    if further:
        return _start(module, further)
    with _guard:
        begun = _begun.pop(module, None)
    if begun is None:
        return _start(module)
    if begun.poll() is not None:  # ended by the system, or by its first imports: a new one shows why
        _close(begun)
        return _start(module)
    return begun


def end_begun() -> None:
    """End every started process that :func:`server` has not returned."""
    with _guard:
        left = list(_begun.values())
        _begun.clear()
    for process in left:
        process.kill()  # it has answered nothing yet, so there is nothing to save
        process.wait()
        _close(process)


def _start(module: str, further: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={**environment(), **(further or {})},
        process_group=0,  # Ctrl-C at the terminal then reaches the parent only
    )


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


def _follow() -> None:
    """Exit this process as soon as its stdin closes, without cleaning up."""
    while os.read(0, 512):
        pass
    os._exit(1)


def ended(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Wait for a process to end, and return whether it ended within ``timeout_s``.

    ``Popen.wait`` with a timeout looks at growing intervals, up to 50 ms apart; its output closes at once.
    """
    deadline = time.monotonic() + timeout_s
    if process.stdout is not None:
        poller = select.poll()
        poller.register(process.stdout.fileno(), select.POLLIN)
        while (left_s := deadline - time.monotonic()) > 0 and poller.poll(left_s * 1e3):
            if not process.stdout.read(65_536):
                break
    try:
        process.wait(max(0.05, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


if __name__ == "__main__":
    import runpy

    threading.Thread(target=_follow, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
