"""The valid values of each column of a memory, and replacements for damaged cells.

SQLite stores any type in any column and does not check that a text is UTF-8. ``memory/upkeep/verification.py`` counts
the cells that are invalid, and ``memory/upkeep/salvage.py`` reads the rows of a damaged file with replacements for
them. The change log and the vectors are not covered: ``memory/upkeep/repair.py`` mends them in place.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple, get_args

import msgspec

from ...records import EdgeCreator, NodeSource, NodeType
from .database import Database
from .schema import ADDED_COLUMNS, RELATION_LIMIT, RELATIONS

# Far more than a memory has rows, far less than the last key that SQLite can give.
MAX_KEY = 1 << 40
ROWS_AT_ONCE = 256
_FIXED = ", ".join(f"('{name}', {number})" for name, number in RELATIONS.items())
_ENCODINGS = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}


class Lost(Exception):
    """Raised if a damaged cell cannot be replaced and its whole row is lost."""


class Column(NamedTuple):
    """The valid values of one column."""

    name: str
    sound: str
    """SQL condition for a valid cell: the right type, within bounds."""
    mended: Callable[[object], object]
    """Return the replacement for an invalid cell. Raises Lost."""
    read: Callable[[str], object] = str
    """Parse a text. Raises ValueError."""


class Row(NamedTuple):
    """A row read from a damaged memory."""

    values: tuple[object, ...]
    mended: bool


def _lost(value: object) -> object:
    raise Lost


def _words(value: object) -> object:
    # A text that is partly readable is better than none.
    return value.decode(errors="replace") if isinstance(value, bytes) else _lost(value)


def _value(value: object) -> Callable[[object], object]:
    return lambda _: value


def _text(name: str, mended: Callable[[object], object] = _lost) -> Column:
    return Column(name, f"typeof({name}) = 'text'", mended)


def _one_of(name: str, names: Sequence[str]) -> Column:
    listed = ", ".join(f"'{each}'" for each in names)
    return Column(name, f"typeof({name}) = 'text' AND {name} IN ({listed})", _value(names[0]))


def _integer(name: str, low: int, high: int, mended: Callable[[object], object] = _lost, null: str = "") -> Column:
    return Column(name, f"typeof({name}) = 'integer' AND {name} BETWEEN {low} AND {high}{null}", mended)


def _key(name: str, mended: Callable[[object], object] = _lost, null: str = "") -> Column:
    return _integer(name, 1, MAX_KEY, mended, null)


def _real(name: str, mended: float) -> Column:
    # JSON has no infinite numbers. The weight of an edge has a rule of its own, in verification.py.
    return Column(name, f"typeof({name}) = 'real' AND abs({name}) < 9e999", _value(mended))


def _tags(text: str) -> object:
    return msgspec.json.decode(text, type=tuple[str, ...])


# Columns that a file of an earlier format lacks; their cells are then empty.
LATER_COLUMNS = {"node": tuple(column.split()[0] for column in ADDED_COLUMNS)}
COLUMNS: dict[str, tuple[Column, ...]] = {
    "meta": (_text("key"), _text("value")),
    "relation": (_integer("id", 0, RELATION_LIMIT - 1), _text("name", _words)),
    "document": (
        _key("key"),
        _text("uri"),
        _text("title", _words),
        _text("content_hash", _value("")),
        _text("ingested_at", _value("")),
        # Counted again where it is lost: see salvage.py.
        _integer("node_count", 0, MAX_KEY, _value(-1)),
    ),
    "node": (
        _key("key"),
        _text("id", lambda _: str(uuid.uuid4())),
        _text("text", _words),
        _text("title", lambda value: value.decode(errors="replace") if isinstance(value, bytes) else ""),
        _one_of("type", get_args(NodeType)),
        _one_of("source", get_args(NodeSource)),
        # 0: the document is lost.
        _key("document", _value(0), null=" OR document IS NULL"),
        _integer("position", 0, MAX_KEY, _value(0)),
        _text("timestamp", _value("")),
        _text("tags", _value("[]"))._replace(read=_tags),
        *(_text(name, _value("")) for name in ("language", "domain", "version")),
        _real("score", 0.0),
        *(_text(name, _value("")) for name in LATER_COLUMNS["node"]),
    ),
    "edge": (
        _integer("key", 0, MAX_KEY),
        _text("id", lambda _: str(uuid.uuid4())),
        _key("src"),
        _key("dst"),
        _integer("rel", 0, RELATION_LIMIT - 1),
        Column("weight", "typeof(weight) = 'real' AND weight > 0", _lost),
        _text("timestamp", _value("")),
        _one_of("created_by", get_args(EdgeCreator)),
        _real("confidence", 1.0),
    ),
    "link": (_key("node"), _text("target")),
    "name": (_key("node"), _integer("heading", 0, 1), _text("text")),
    "entity": (_text("text"), _key("node")),
}


def problems(database: Database) -> Iterator[str]:
    """Yield one description for each column with invalid cells. Only inside a transaction."""
    for table, columns in COLUMNS.items():
        for column in columns:
            count = database.execute(f"SELECT count(*) FROM {table} WHERE NOT coalesce({column.sound}, 0)")[0][0]
            if count:
                yield f"{count} rows of {table} whose {column.name} is not of its kind"
        texts = [column for column in columns if column.sound.startswith(f"typeof({column.name}) = 'text'")]
        if texts:
            yield from _unreadable(database, table, texts)
    yield from key_problems(database)
    names = database.execute(f"SELECT count(*) FROM relation WHERE (name, id) IN (VALUES {_FIXED})")[0][0]
    if names != len(RELATIONS):
        yield "the relations are not numbered as they are everywhere"


def key_problems(database: Database) -> Iterator[str]:
    """Yield the problems that keep SQLite from giving a new row a key.

    SQLite then reports a full disk.
    """
    counter = f"typeof(name) = 'text' AND typeof(seq) = 'integer' AND seq BETWEEN 0 AND {MAX_KEY}"
    if database.execute(f"SELECT 1 FROM sqlite_sequence WHERE NOT coalesce({counter}, 0)"):
        yield "the counter of keys is not one"
    for table in ("document", "node"):
        if (database.execute(f"SELECT max(key) FROM {table}")[0][0] or 0) > MAX_KEY:
            yield f"a key of {table} is none of ours"


def _unreadable(database: Database, table: str, columns: Sequence[Column]) -> Iterator[str]:
    counts = dict.fromkeys(columns, 0)
    cells = ", ".join(
        f"CASE typeof({column.name}) WHEN 'text' THEN CAST({column.name} AS BLOB) END" for column in columns
    )
    for rows in database.batches(f"SELECT {cells} FROM {table}", (), ROWS_AT_ONCE):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            # Most texts are sound and many are equal.
            counts[column] += sum(
                values.count(value) for value in set(values) if value is not None and not _is_read(column, value)
            )
    for column, count in counts.items():
        if count:
            yield f"{count} rows of {table} whose {column.name} cannot be read"


def _is_read(column: Column, value: bytes) -> bool:
    try:
        column.read(value.decode())
    except (ValueError, msgspec.MsgspecError):  # UnicodeDecodeError is a ValueError
        return False
    return True


def expressions(table: str, missing: Collection[str] = ()) -> str:
    """Return the SQL expressions that select the cells of ``table`` for :func:`row`.

    They work whatever the cells hold. The table lacks the columns named in ``missing``: their cells are empty texts.
    """
    return ", ".join(
        "1, 1, x''"
        if column.name in missing
        else f"coalesce({column.sound}, 0), typeof({column.name}) = 'text', "
        f"CASE typeof({column.name}) WHEN 'text' THEN CAST({column.name} AS BLOB) ELSE {column.name} END"
        for column in COLUMNS[table]
    )


def row(table: str, cells: Sequence[Any], encoding: str) -> Row | None:
    """Read a row selected with :func:`expressions`, replacing damaged cells; None if the row is lost."""
    values: list[object] = []
    mended = False
    for at, column in enumerate(COLUMNS[table]):
        sound, is_text, value = cells[3 * at : 3 * at + 3]
        try:
            if sound and is_text:
                value = value.decode(encoding)
                column.read(value)
        except (ValueError, msgspec.MsgspecError):
            sound = False
        if not sound:
            mended = True
            try:
                value = column.mended(value)
            except Lost:
                return None
        values.append(value)
    return Row(tuple(values), mended)


def encoding_of(database: Database) -> str:
    """Return Python's name for the text encoding of a file."""
    return _ENCODINGS[database.execute("PRAGMA encoding")[0][0]]
