"""Runs Sanderling like a peer, with lines of JSON as requests and replies.

The command is ``python -m sanderling.bench_device.peers.ours SETTINGS``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import msgspec

from ...records import Answer
from ..isolated import open_isolated
from ..workloads import document_id
from .child import MAX_TOKENS, serve


class Ours:
    """A runtime with one model and default settings, which answers greedily like the peers."""

    def __init__(self, settings: dict[str, Any]) -> None:
        """Open the memory in ``folder``."""
        path = Path(settings["folder"]) / "notes.sanderling"
        self._notes = Path(settings["notes"])
        self._runtime = open_isolated(path, settings["model"], settings["engine"], n_threads=settings["threads"])

    def ingest(self, documents: list[dict[str, str]]) -> None:
        """Read the notes from their files.

        ``documents``, the texts that a peer is given, are not needed.
        """
        self._runtime.add(self._notes)

    def ask(self, question: str) -> Generator[str, None, str]:
        """Yield the answer in pieces, as they are generated, and return the final text."""
        pieces: SimpleQueue[str | Answer | BaseException] = SimpleQueue()

        def answer() -> None:
            try:
                pieces.put(
                    self._runtime.ask(question, temperature=0, max_tokens=MAX_TOKENS, cache=False, stream=pieces.put)
                )
            except BaseException as error:
                pieces.put(error)

        Thread(target=answer, daemon=True).start()
        while isinstance(piece := pieces.get(), str):
            yield piece
        if isinstance(piece, BaseException):
            raise piece
        return piece.text

    def rank(self, question: str) -> list[str]:
        """Return ids of the notes found, best first."""
        return list(dict.fromkeys(document_id(note.uri, self._notes) for note in self._runtime.search(question)))


def main() -> None:
    """Answer requests from stdin.

    Prints go to stderr, since stdout carries the replies alone.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    ours = Ours(msgspec.json.decode(sys.argv[1]))
    serve(ours, iter(sys.stdin), out)
    ours._runtime.close()
    out.close()


if __name__ == "__main__":
    main()
