"""Several devices, each with a memory of its own, and the hub that they share.

Where the extra ``hub`` is not installed, tests that import this are skipped; in CI that is an error.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from hash_embedder import HashEmbedder
from postgres import Server

from sanderling.hub import connect
from sanderling.hub.exchange import Exchanged
from sanderling.hub.sync import sync
from sanderling.hub.tables import schema
from sanderling.hub.tables.space import Space, opened
from sanderling.memory import Memory
from sanderling.privacy_rules import PrivacyRules

if "CI" not in os.environ:
    pytest.importorskip("psycopg", reason="the extra hub is not installed")
import psycopg

ROLE = "device"
SPACE = "notes"
LIKES = ("same_topic", "shares_entity")


class Fleet:
    """A database with a hub, and devices that are opened on demand."""

    def __init__(
        self, server: Server, folder: Path, embedder: HashEmbedder | None = None, *, pieces: bool = True
    ) -> None:
        self.server, self.folder = server, folder
        self.embedder = embedder or HashEmbedder()
        self.database = f"hub_{uuid.uuid4().hex[:12]}"
        self.memories: dict[str, Memory] = {}
        self.rules = PrivacyRules()
        with self.owner("postgres") as owner:
            owner.execute(f"CREATE DATABASE {self.database} TEMPLATE template0")
        with self.owner() as owner:
            if not pieces:
                # As on a server without the extension.
                owner.execute("CREATE SCHEMA sanderling")
            schema.init(owner, SPACE, ROLE, f"{self.embedder.id} {self.embedder.dim}", self.embedder.dim)
            if not pieces:
                owner.execute("DROP TABLE sanderling.piece")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for memory in self.memories.values():
            memory.close()
        with self.owner("postgres") as owner:
            owner.execute(f"DROP DATABASE {self.database} WITH (FORCE)")

    @contextmanager
    def owner(self, database: str = "") -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """Connect as the superuser, who sees every space."""
        connection = psycopg.connect(self.server.dsn(database=database or self.database), autocommit=True)
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def space(
        self, name: str = SPACE, role: str = ROLE, kind: type[psycopg.Connection[tuple[Any, ...]]] = psycopg.Connection
    ) -> Iterator[Space]:
        """Open a space as a device does; ``kind``: the class of the connection."""
        connection = kind.connect(self.dsn(role), autocommit=True)
        try:
            with connect.explained():
                yield opened(connection, name)
        finally:
            connection.close()

    def dsn(self, role: str = ROLE) -> str:
        """How a device connects."""
        return self.server.dsn(role, self.database)

    def path(self, device: str) -> Path:
        """Where the memory of a device is."""
        return self.folder / f"{device}.sanderling"

    def memory(self, device: str) -> Memory:
        """The memory of a device."""
        if device not in self.memories:
            self.memories[device] = Memory.open(self.path(device), self.embedder)
        return self.memories[device]

    def close(self, device: str) -> None:
        """Close the memory of a device."""
        self.memories.pop(device).close()

    def sync(self, device: str, **options: Any) -> Exchanged:
        """Exchange the memory of a device with the hub."""
        with self.space() as space:
            return sync(self.memory(device), space, options.pop("rules", self.rules), **options)


def held(memory: Memory) -> dict[str, tuple[Any, ...]]:
    """Everything of a memory that devices have in common: documents, notes and edges, without keys and times."""
    store = memory.store
    nodes: dict[str, list[Any]] = {}
    names: dict[int, str] = {}
    for key in sorted(key for (key,) in store.database.execute("SELECT key FROM node")):
        (node,) = store.nodes([key])
        name = node.uri or node.id
        names[key] = f"{name} {node.position}"
        about = (node.position, node.text, node.type, node.source, node.title, node.metadata.tags, node.metadata.domain)
        nodes.setdefault(name, []).append(about)
    # Edges between likes lead from the newer node to the older, which is which differs.
    edges = sorted(
        (*(sorted((names[src], names[dst])) if rel in LIKES else (names[src], names[dst])), rel, round(weight, 5), by)
        for src, dst, rel, weight, by in store.database.execute(
            "SELECT e.src, e.dst, r.name, e.weight, e.created_by FROM edge e JOIN relation r ON r.id = e.rel"
        )
    )
    return {**{name: tuple(sorted(each)) for name, each in nodes.items()}, "edges": tuple(edges)}


def found(memory: Memory, question: str) -> list[tuple[str, int, str]]:
    """What a search finds: address, position and text of the notes, best first."""
    vector = memory.embedder.embed([question])[0]
    keys = memory.find(question, vector).attended.keys.tolist()
    return [(node.uri, node.position, node.text) for node in memory.nodes(keys)]
