"""A real llama-server on loopback, in a process that a test may kill: xllamacpp's, which the engine extra brings."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2

CODE = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port, params.n_ctx, params.n_parallel = sys.argv[1], 0, 4096, 2
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
if len(sys.argv) > 2:
    params.api_keys = [sys.argv[2]]
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


class LlamaServer(NamedTuple):
    """A running server."""

    url: str
    process: subprocess.Popen[str]


@contextmanager
def llama_server(model: Path, key: str = "") -> Iterator[LlamaServer]:
    """Run a server until the block ends; ``key``: without which it answers nothing."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, str(model), *([key] if key else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        address = next(line for line in process.stdout if "http" in line or ":" in line).strip()
        root = address if address.startswith("http") else f"http://{address}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx2.get(f"{root}/health", timeout=5).status_code == 200:
                    break
            except httpx2.HTTPError:
                pass
            time.sleep(0.1)
        yield LlamaServer(f"{root}/v1", process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        if process.stdin:
            process.stdin.close()
