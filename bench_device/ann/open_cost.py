"""Measure, in a separate process, how fast a saved index opens and how much memory it then occupies.

The request is an argument of ``python -m``; the result is one JSON line on stdout. A separate process is needed because
memory is attributable to the index only if nothing else was allocated or freed. The file was just written and is in the
page cache, so this is a warm start, not the first one after boot.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import psutil

from ... import child_process
from ...errors import EngineError
from ...records import Record, Vectors
from .measure import in_turn
from .peer import Peer, Spec
from .peers import by_name

_TIMEOUT_S = 600


class OpenRequest(Record):
    """The request to a child process: which index to open, and which queries to run."""

    peer: str
    spec: Spec
    index: str
    """Path of the saved index, a file or a folder."""
    queries: str
    """Path of a ``.npy`` file. All its rows are searched, because pages of a mapped index become resident only when
    used."""
    k: int
    ef: int


class Opening(Record):
    """Time and memory needed to open an index once."""

    open_ms: float
    first_search_ms: float
    resident_bytes: int
    """Growth of the resident set from before opening to after all queries, excluding the library's code."""


def open_apart(request: OpenRequest) -> Opening:
    """Open the index in a new process; return the time and memory needed.

    Raises EngineError with the process's last line if the opening fails.
    """
    try:
        done = child_process.run(__name__, msgspec.json.encode(request).decode(), timeout_s=_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"{request.peer} did not open its index within {_TIMEOUT_S} s") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        raise EngineError(f"{request.peer} cannot open its own index: {last}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Opening)


def open_all(
    indexes: Sequence[Peer],
    queries: Vectors,
    exact_queries: Vectors,
    request: OpenRequest,
    openings: int,
    advance: Callable[[int, int, str], None],
) -> tuple[list[int | None], list[list[Opening]]]:
    """Save each index that has a file format, open it ``openings`` times, and return the costs.

    They are the file sizes and the measurements of the openings.

    ``request`` is a template whose paths are filled in here. ``exact_queries`` are used for exact indexes.
    """
    sizes: list[int | None] = [None] * len(indexes)
    opened: list[list[Opening]] = [[] for _ in indexes]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "graph.npy", queries)
        np.save(folder / "exact.npy", exact_queries)
        saving = [i for i, index in enumerate(indexes) if index.saves]
        for i in saving:
            indexes[i].save(folder / f"{i}")
            sizes[i] = _size(folder / f"{i}")
        for turn in range(openings):
            advance(turn, openings, "open")
            for i in in_turn(saving, turn):
                asked = folder / ("exact.npy" if indexes[i].exact else "graph.npy")
                opened[i].append(
                    open_apart(
                        msgspec.structs.replace(
                            request, peer=indexes[i].name, index=str(folder / f"{i}"), queries=str(asked)
                        )
                    )
                )
    return sizes, opened


def _size(path: Path) -> int:
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def _open(request: OpenRequest) -> Opening:
    queries = np.load(request.queries)
    index: Peer = by_name(request.peer)(request.spec)
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    started = time.perf_counter()
    index.load(Path(request.index))
    opened = time.perf_counter()
    index.search(queries[0], request.k, request.ef)
    answered = time.perf_counter()
    for query in queries:
        index.search(query, request.k, request.ef)
    return Opening(
        open_ms=1000 * (opened - started),
        first_search_ms=1000 * (answered - opened),
        resident_bytes=process.memory_info().rss - before,
    )


if __name__ == "__main__":
    answer = _open(msgspec.json.decode(sys.argv[1], type=OpenRequest))
    print(msgspec.json.encode(answer).decode())
