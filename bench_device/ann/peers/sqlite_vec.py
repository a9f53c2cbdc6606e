"""Adapter of sqlite-vec."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ....records import Keys, Vectors
from ..peer import Spec


class SqliteVec:
    """The exact scan of sqlite-vec inside SQLite, by L2 distance.

    sqlite-vec has SIMD code for this distance. Used through apsw, because the sqlite3 module of many Python builds
    cannot load extensions.
    """

    name: ClassVar[str] = "sqlite-vec"
    modules: ClassVar[tuple[str, ...]] = ("sqlite_vec", "apsw")
    packages: ClassVar[tuple[str, ...]] = ("sqlite-vec", "apsw")
    cpu: ClassVar[str] = ""
    exact: ClassVar[bool] = True
    inserts: ClassVar[bool] = True
    deletes: ClassVar[bool] = True
    saves: ClassVar[bool] = True
    filters: ClassVar[bool] = True

    def __init__(self, spec: Spec) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self.threads = 1
        self._restricted = False
        self._connect(":memory:")
        self._db.execute(f"CREATE VIRTUAL TABLE v USING vec0(e float[{spec.dim}])")

    def _connect(self, where: str) -> None:
        import apsw
        import sqlite_vec

        self._db: Any = apsw.Connection(where)
        self._db.enable_load_extension(True)
        self._db.load_extension(sqlite_vec.loadable_path())

    def insert(self, keys: Keys, vectors: Vectors) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        rows = zip(keys.tolist(), (row.tobytes() for row in vectors), strict=True)
        with self._db:
            self._db.executemany("INSERT INTO v (rowid, e) VALUES (?, ?)", rows)

    def search(self, query: Vectors, k: int, ef: int) -> Keys:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        among = "AND rowid IN (SELECT key FROM allowed)" if self._restricted else ""
        sql = f"SELECT rowid FROM v WHERE e MATCH ? AND k = ? {among} ORDER BY distance"
        rows = self._db.execute(sql, (query.tobytes(), k))
        return np.fromiter((key for (key,) in rows), dtype=np.uint64)

    def restrict(self, keys: Keys | None) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._restricted = keys is not None
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS allowed(key INTEGER PRIMARY KEY); DELETE FROM allowed")
        with self._db:
            rows = ((key,) for key in ([] if keys is None else keys.tolist()))
            self._db.executemany("INSERT INTO allowed VALUES (?)", rows)

    def delete(self, keys: Keys) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        with self._db:
            self._db.executemany("DELETE FROM v WHERE rowid = ?", ((key,) for key in keys.tolist()))

    def save(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._db.execute("VACUUM INTO ?", (str(path),))

    def load(self, path: Path) -> None:
        """See :class:`~sanderling.bench_device.ann.peer.Peer`."""
        self._connect(str(path))
