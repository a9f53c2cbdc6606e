"""Opens a saved index in a process of its own: how long that takes, and what it keeps resident.

One request goes in as the argument of ``python -m``, one line of JSON comes out. A process of its own, because resident
memory can only be told apart from what was there before where nothing else was allocated and freed. The file is in the
page cache, for it was just written: this is the time of a second start, not of the first after boot.
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


class Request(Record):
    """What to open and what to ask of it."""

    peer: str
    spec: Spec
    index: str
    """The saved index."""
    queries: str
    """A ``.npy`` file, all of whose rows are asked: pages of a mapped index are resident only once they were needed."""
    k: int
    ef: int


class Opening(Record):
    """What opening cost."""

    open_ms: float
    first_search_ms: float
    resident_bytes: int
    """Growth of the resident set from before the opening to after all queries, the library's code left out."""


def open_apart(request: Request) -> Opening:
    """Run the request in a new process. Raises EngineError with the last line it wrote if that fails."""
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
    request: Request,
    openings: int,
    advance: Callable[[int, int, str], None],
) -> tuple[list[int | None], list[list[Opening]]]:
    """Save each index that can be, and open it ``openings`` times; bytes of its file, and the openings.

    ``request`` says how to search; what to open is filled in here. ``exact_queries`` are asked of indexes without a
    graph.
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
            sizes[i] = (folder / f"{i}").stat().st_size
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


def _open(request: Request) -> Opening:
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
    answer = _open(msgspec.json.decode(sys.argv[1], type=Request))
    print(msgspec.json.encode(answer).decode())
