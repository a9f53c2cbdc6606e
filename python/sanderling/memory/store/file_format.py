"""Create memory files in the current format, upgrade earlier formats, and refuse any other."""

from __future__ import annotations

import sqlite3

from ...errors import MemoryFileError
from ...text.searched import beside
from . import full_text, meta, schema
from .database import Database
from .packed import Precision
from .schema_check import require_ours
from .writer import now

ROWS_AT_ONCE = 1000
_TEXTS = "SELECT key, title, text, names FROM node WHERE key > ? AND beside = '' ORDER BY key LIMIT ?"


def is_empty(database: Database) -> bool:
    """Whether the file has neither tables nor an application id."""
    return not database.execute("SELECT 1 FROM sqlite_master LIMIT 1") and _application_id(database) == 0


def create(database: Database, embedder_id: str, dim: int, precision: Precision, generation: int) -> None:
    """Create the tables of an empty memory with the first generation ``generation``.

    Only inside a writing transaction.
    """
    _run_script(database, schema.TABLES)
    database.run_many("INSERT INTO relation(name, id) VALUES(?, ?)", list(schema.RELATIONS.items()))
    identity = {"embedder_id": embedder_id, "dim": str(dim), "created": now(), "vectors": precision}
    database.run_many("INSERT INTO meta(key, value) VALUES(?, ?)", list(identity.items()))
    database.execute("INSERT INTO change(generation) VALUES(?)", (generation,))
    database.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")


def require_current(database: Database) -> None:
    """Upgrade a file of an earlier format to the current one.

    Raises MemoryFileError unless the file is then a memory of the current format.
    """
    if _application_id(database) != schema.APPLICATION_ID:
        raise MemoryFileError(f"{database.path}: not a memory file: choose another path, or move this file away")
    version = database.execute("PRAGMA user_version")[0][0]
    if version == 3 and database.read_only is not None:
        version = schema.SCHEMA_VERSION  # the same tables: it only does not say how new vectors would be kept
    if version in _UPGRADES:
        require_ours(database, version)
        with database.transaction("IMMEDIATE"):
            # Another process may have been faster.
            while (version := database.execute("PRAGMA user_version")[0][0]) in _UPGRADES:
                _UPGRADES[version](database)
                database.execute(f"PRAGMA user_version = {version + 1}")
    if version != schema.SCHEMA_VERSION:
        raise MemoryFileError(
            f"{database.path}: has format {version}, this sanderling reads format {schema.SCHEMA_VERSION}: "
            "use the sanderling that wrote it, or ingest into a new memory"
        )
    require_ours(database)


def _application_id(database: Database) -> int:
    return int(database.execute("PRAGMA application_id")[0][0])


def _add_names(database: Database) -> None:
    """Upgrade a file from format 1 to format 2.

    Documents have no aliases, headings and entities until they are ingested again.
    """
    _run_script(database, schema.NAMES)
    number = schema.RELATIONS["shares_entity"]
    taken = database.execute("SELECT name FROM relation WHERE id = ?", (number,))
    if taken:
        # A user's relation has the number that is fixed now: it gets another.
        database.execute("UPDATE relation SET name = '' WHERE id = ?", (number,))
        other = database.insert("INSERT INTO relation(id, name) SELECT max(id) + 1, ? FROM relation", taken[0])
        database.execute("INSERT INTO change(generation) SELECT max(generation) + 1 FROM change")
        database.execute("UPDATE edge SET rel = ? WHERE rel = ?", (other, number))
        database.execute("UPDATE relation SET name = 'shares_entity' WHERE id = ?", (number,))
    else:
        database.execute("INSERT INTO relation(id, name) VALUES(?, 'shares_entity')", (number,))


def _add_columns(database: Database) -> None:
    """Upgrade a file from format 2 to format 3, and index all its texts again.

    Documents have no names and no date of their own until they are ingested again.
    """
    for name in ("insert", "delete", "update"):
        database.execute(f"DROP TRIGGER node_text_{name}")
    database.execute("DROP TABLE node_text")
    for column in schema.ADDED_COLUMNS:
        database.execute(f"ALTER TABLE node ADD COLUMN {column}")
    write_beside(database)
    _run_script(database, schema.TIMES + schema.FULL_TEXT)
    full_text.rebuild(database)


def _add_precision(database: Database) -> None:
    """Upgrade a file from format 3 to format 4, which allows packed vectors.

    Those that are there stay in float32 until the memory is compacted.
    """
    meta.put(database, "vectors", "int16")


def write_beside(database: Database) -> None:
    """Fill the empty cells of the column ``beside`` in the table of nodes.

    It holds the words that the full-text index does not find in the texts themselves. Call inside a writing
    transaction.
    """
    last = 0
    while rows := database.execute(_TEXTS, (last, ROWS_AT_ONCE)):
        # A damaged file may hold any type; verification and repair deal with it later.
        found = [(beside(*filter(_is_text, texts)), key) for key, *texts in rows]
        database.run_many("UPDATE node SET beside = ? WHERE key = ?", [each for each in found if each[0]])
        last = rows[-1][0]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_UPGRADES = {1: _add_names, 2: _add_columns, 3: _add_precision}


def _run_script(database: Database, script: str) -> None:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.execute(statement)
            statement = ""
