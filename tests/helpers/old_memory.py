"""Memory files of an earlier format, made from those of the present one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

TABLES_OF_2 = (Path(__file__).parents[1] / "golden" / "memory_format_2.sql").read_text()


def back_to_format_2(path: Path) -> None:
    """Write the closed memory at ``path`` anew as format 2, as far as that format could hold it."""
    with closing(sqlite3.connect(path)) as new:
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (application_id,) = new.execute("PRAGMA application_id").fetchone()
    work = path.with_name("format-2")
    with closing(sqlite3.connect(work)) as old:
        old.executescript(TABLES_OF_2)
        old.execute("ATTACH ? AS new", (str(path),))
        old.execute("INSERT INTO main.change(generation) VALUES(0)")
        tables = "meta", "document", "node", "vector", "relation", "edge", "link", "name", "entity"
        for table in tables:
            columns = ", ".join(row[1] for row in old.execute(f"PRAGMA main.table_info({table})"))
            old.execute(f"INSERT INTO main.{table}({columns}) SELECT {columns} FROM new.{table}")
        old.execute("DELETE FROM main.meta WHERE key = 'vectors'")
        old.execute("DELETE FROM main.change")  # what the triggers wrote
        old.execute("INSERT INTO main.change SELECT * FROM new.change")
        old.commit()
        old.execute("DETACH new")
        old.execute(f"PRAGMA application_id = {application_id}")
        old.execute("PRAGMA user_version = 2")
        old.execute("PRAGMA journal_mode = WAL")
    work.replace(path)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
