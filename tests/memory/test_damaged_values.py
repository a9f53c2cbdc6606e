"""Every column of a memory with values that no writer of ours puts there: each use ends in a result or in one line.

The line names the repair, and the repair mends the memory without losing what was not damaged.
"""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sanderling.errors import MemoryFileError, SanderlingError
from sanderling.memory import Memory, Note
from sanderling.memory.index import index_path
from sanderling.memory.store import cells
from sanderling.memory.store.store import Store
from sanderling.memory.upkeep.clusters import clusters
from sanderling.memory.upkeep.compaction import compact
from sanderling.memory.upkeep.pruning import prune
from sanderling.memory.upkeep.repair import repair
from sanderling.memory.upkeep.tidy import tidy
from sanderling.memory.upkeep.verification import verify

NOTES = {
    "pump.md": "---\ntags: [ops]\naliases: [The Pump]\n---\n# Feed Pump\n\nThe pump is mended by [Ada Lind](ada.md).\n",
    "ada.md": "# Ada Lind\n\nAda Lind looks after the Feed Pump of Gate Nine.\n",
    "menu.txt": "Lentil soup on Fridays, cooked by Ada Lind near Gate Nine.",
}
NOT_UTF8 = "CAST(x'c328ff' AS TEXT)"
HOSTILE = (
    *("NULL", "-1", "70000", "9223372036854775807", "9e999"),
    *("'abc'", "'[1]'", "x'ff'", "zeroblob(256)", NOT_UTF8),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A sound memory with a row in every table, and the notes it is of."""
    from hash_embedder import HashEmbedder

    root = tmp_path_factory.mktemp("made")
    notes = root / "notes"
    notes.mkdir()
    for name, text in NOTES.items():
        (notes / name).write_text(text, encoding="utf-8")
    with Memory.open(root / "m.sanderling", HashEmbedder()) as memory:
        memory.ingest([notes])
        memory.write_back([Note(text="An answer.", edges=((1, "cites", 1.0), (2, "cites", 1.0)))])
    tidy(root / "m.sanderling")
    assert verify(root / "m.sanderling").store == ()
    return root / "m.sanderling", notes


def columns():
    found = {table: [column.name for column in each] for table, each in cells.COLUMNS.items()}
    found |= {
        "vector": ["node", "value"],
        "change": ["generation", "src", "dst", "rel"],
        "sqlite_sequence": ["name", "seq"],
    }
    return [(table, column) for table, names in found.items() for column in names]


def damaged(made, folder, *statements):
    """A copy of the memory after ``statements``, which no trigger and no rule of the tables keeps from anything."""
    path = folder / "damaged"
    shutil.copy(made[0], path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    not_null = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql LIKE '%NOT NULL%'").fetchall()
    allow(connection, [(name, sql.replace("NOT NULL", "")) for name, sql in not_null])
    for statement in statements:
        try:
            connection.execute(statement)
        except sqlite3.IntegrityError:
            continue  # no file can hold it: a key twice, or no key
    allow(connection, not_null)
    for _, sql in triggers:
        connection.execute(sql)
    connection.commit()
    connection.close()
    return path


def fresh(made, folder, path):
    """A copy to use, with the index of the sound memory beside it."""
    copy = folder / "m.sanderling"
    for each in folder.glob("m.sanderling*"):
        each.unlink()
    shutil.copy(path, copy)
    shutil.copy(index_path(made[0]), index_path(copy))
    return copy


def allow(connection, tables):
    connection.execute("PRAGMA writable_schema = ON")
    for name, sql in tables:
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, name))
    connection.execute("PRAGMA writable_schema = RESET")


def ask(path, embedder, **_):
    with Memory.open(path, embedder) as memory:
        found = memory.find("Who mends the Feed Pump of Gate Nine?", embedder.embed(["Feed Pump"])[0])
        memory.nodes(found.attended.keys)
        memory.search_text("soup")


def ask_without_index(path, embedder, **_):
    index_path(path).unlink(missing_ok=True)
    ask(path, embedder)


def write(path, embedder, **_):
    with Memory.open(path, embedder) as memory:
        memory.write_back([Note(text="Another answer.", edges=((1, "cites", 1.0),))])


def ingest(path, embedder, notes):
    with Memory.open(path, embedder) as memory:
        memory.ingest([notes], prune=True, tags=["again"])


def stats(path, **_):
    store = Store.open_existing(path)
    store.stats()
    store.close()


def tidied(path, **_):
    tidy(path)


def compacted(path, **_):
    compact(path)


def pruned(path, **_):
    prune(path, older_than_days=0)


def grouped(path, **_):
    from sanderling.memory.upkeep.blame import opened

    with opened(path) as store:
        clusters(store)


def looked_over(path, **_):
    verify(path)


USES = (ask, ask_without_index, write, ingest, stats, tidied, compacted, pruned, grouped, looked_over)


def use(made, folder, embedder, path):
    for each in USES:
        try:
            each(fresh(made, folder, path), embedder=embedder, notes=made[1])
        except MemoryFileError as error:
            assert "sanderling memory repair" in str(error) or "made with embedder" in str(error), (each, error)
            assert "\n" not in str(error)


def mend(made, folder, embedder, path):
    path = fresh(made, folder, path)
    done = repair(path, lambda: embedder)
    assert (done.left.store, done.left.index) == ((), ()), done
    found = verify(path)
    assert (found.store, found.index) == ((), ()), found
    return path, done


@pytest.mark.parametrize(("table", "column"), columns())
def test_a_value_of_another_kind_in_any_column(made, tmp_path, hash_embedder, table, column):
    for value in HOSTILE:
        one = f"(SELECT {column} FROM {table} LIMIT 1)"
        path = damaged(made, tmp_path, f"UPDATE {table} SET {column} = {value} WHERE {column} IS {one}")
        use(made, tmp_path, hash_embedder, path)
        mend(made, tmp_path, hash_embedder, path)


META = ("embedder_id", "dim", "created")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM meta",
        *(f"DELETE FROM meta WHERE key = '{key}'" for key in META),
        *(f"UPDATE meta SET value = {value} WHERE key = 'embedder_id'" for value in ("''", NOT_UTF8, "x'00'")),
        *(
            f"UPDATE meta SET value = {value} WHERE key = 'dim'"
            for value in ("'x'", "'0'", "'-64'", "'1000000000'", "'64.0'", "''", "'10'", "'²'", NOT_UTF8)
        ),
    ],
)
def test_a_memory_that_lost_what_made_its_vectors_gets_it_back_and_loses_nothing(
    made, tmp_path, hash_embedder, statement
):
    path = damaged(made, tmp_path, statement)
    use(made, tmp_path, hash_embedder, path)
    mended, done = mend(made, tmp_path, hash_embedder, path)
    assert not done.forgotten
    store = Store.open_existing(mended)
    assert (store.embedder_id, store.dim) == (hash_embedder.id, hash_embedder.dim)
    store.close()
    assert rows(mended) == rows(made[0])


def rows(path):
    connection = sqlite3.connect(path)
    try:
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)
            for table in ("document", "node", "vector", "edge", "link", "name", "entity", "relation")
        }
    finally:
        connection.close()


def test_an_embedder_that_did_not_make_the_vectors_is_not_taken_for_the_one_that_did(made, tmp_path, hash_embedder):
    class Other:
        id, dim, max_tokens = "other", hash_embedder.dim, 256

        def embed(self, texts, on_truncated=None):
            return -hash_embedder.embed(texts)

    path = fresh(made, tmp_path, damaged(made, tmp_path, "DELETE FROM meta"))
    before = path.read_bytes()
    with pytest.raises(MemoryFileError, match="did not make them"):
        repair(path, Other)
    assert sqlite3.connect(path).execute("SELECT count(*) FROM node").fetchone() == (4,)
    assert len(path.read_bytes()) == len(before)


@pytest.mark.parametrize(
    ("statement", "table", "where"),
    [
        (f"UPDATE node SET text = {NOT_UTF8} WHERE key = 2", "node", "key <> 2"),
        ("UPDATE node SET tags = '[1]' WHERE key = 2", "node", "key <> 2"),
        ("UPDATE node SET tags = x'ff', score = 'x', type = 'y' WHERE key = 4", "node", "key <> 4"),
        ("UPDATE document SET title = x'ff' WHERE key = 1", "document", "key <> 1"),
    ],
)
def test_what_was_not_damaged_is_still_there(made, tmp_path, hash_embedder, statement, table, where):
    path, done = mend(made, tmp_path, hash_embedder, damaged(made, tmp_path, statement))
    assert not done.forgotten
    assert any("1 rows of" in action for action in done.actions), done.actions
    undamaged = [
        sqlite3.connect(each).execute(f"SELECT * FROM {table} WHERE {where}").fetchall() for each in (path, made[0])
    ]
    # What was mended is read again from its file.
    with Memory.open(path, hash_embedder) as memory:
        report = memory.ingest([made[1]])
    assert len(undamaged[0]) == len(undamaged[1])
    assert report.changed + report.unchanged == len(NOTES)


STATEMENTS = st.lists(
    st.sampled_from(columns()).flatmap(
        lambda column: st.builds(
            lambda value, limit: (
                f"UPDATE {column[0]} SET {column[1]} = {value} WHERE {column[1]} IN "
                f"(SELECT {column[1]} FROM {column[0]} LIMIT {limit})"
            ),
            st.sampled_from(HOSTILE),
            st.integers(1, 3),
        )
    ),
    min_size=1,
    max_size=4,
)
FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(statements=STATEMENTS)
@example(["UPDATE edge SET rel = -1", "UPDATE edge SET weight = -1"])
def test_values_at_random(made, tmp_path, hash_embedder, statements):
    path = damaged(made, tmp_path, *statements)
    use(made, tmp_path, hash_embedder, path)
    mend(made, tmp_path, hash_embedder, path)


@FEW
@given(changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=16)), min_size=1, max_size=6))
def test_bytes_at_random(made, tmp_path, hash_embedder, changes):
    path = damaged(made, tmp_path)
    data = bytearray(path.read_bytes())
    for at, new in changes:
        # The first hundred bytes say what the file is.
        place = 100 + at % (len(data) - 100 - len(new))
        data[place : place + len(new)] = new
    path.write_bytes(data)
    for each in USES:
        try:
            each(fresh(made, tmp_path, path), embedder=hash_embedder, notes=made[1])
        except SanderlingError as error:
            assert "\n" not in str(error)
    copy = fresh(made, tmp_path, path)
    try:
        done = repair(copy, lambda: hash_embedder)
    except MemoryFileError as error:
        assert "\n" not in str(error)
        return
    assert (done.left.store, done.left.index, verify(copy).store) == ((), (), ()), done
