"""SQL is written where the tables are, in the folders below ``HOMES``; everything else calls them."""

from __future__ import annotations

import ast
import re

from tree import PACKAGE, TOP

HOMES = ("memory/store/", "telemetry/", "response_cache/", "conversations/", "hub/tables/")
EXCEPTIONS = {
    "disk/medium.py": "opens any SQLite file, whoever it belongs to: the connection's own PRAGMAs, no table",
    "disk/sqlite_schema.py": "compares the schemas of any two SQLite files: sqlite_master, no table of ours",
    "bench_device/ann/peers/sqlite_vec.py": "sqlite-vec, a peer of the index: its own virtual table",
}

CALLS = {"execute", "executemany", "executescript", "run_many", "batches"}
STATEMENT = re.compile(
    r"\s*(SELECT\s|INSERT\s+(INTO|OR)\s|UPDATE\s+(OR\s+\S+\s+)?\S+\s+SET\s|DELETE\s+FROM\s|VACUUM\b|PRAGMA\s|"
    r"CREATE\s+(TABLE|TEMP|INDEX|VIEW|VIRTUAL|TRIGGER|UNIQUE)\s|(DROP|ALTER)\s+(TABLE|VIEW|INDEX|TRIGGER)\s|"
    r"WITH\s+\w+\s+AS\s*\(|BEGIN\s+(DEFERRED|IMMEDIATE)|FROM\s+\w+\s+(\w+\s+)?(JOIN|WHERE)\s)"
)


def sql_in(source: str) -> list[str]:
    """Return "line: what" for each call that runs a statement and each string that begins one."""
    tree = ast.parse(source)
    # Docstrings, and the parts of f-strings, which are looked at as a whole.
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    passed |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            found.append(f"{node.lineno}: .{node.func.attr}(")
        elif isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in passed and STATEMENT.match(_text(node)):
            found.append(f"{node.lineno}: {_text(node)[:40]!r}")
    return found


def _text(node: ast.expr) -> str:
    """The string that a node stands for, with a word for each value put into it; "" for what is no string."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "value" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def outside() -> dict[str, list[str]]:
    """Return what :func:`sql_in` finds by file, in all files of the package and of ``bench_device``."""
    names = {file.relative_to(PACKAGE).as_posix(): file for file in PACKAGE.rglob("*.py")}
    names |= {file.relative_to(TOP).as_posix(): file for file in (TOP / "bench_device").rglob("*.py")}
    assert len(names) > 300
    found = {name: sql_in(file.read_text(encoding="utf-8")) for name, file in names.items()}
    return {name: lines for name, lines in found.items() if lines and not name.startswith(HOMES)}


def test_sql_stays_where_the_tables_are() -> None:
    found = outside()
    assert {name: lines for name, lines in found.items() if name not in EXCEPTIONS} == {}


def test_every_exception_is_still_needed() -> None:
    assert outside().keys() == EXCEPTIONS.keys()


def test_what_counts_as_sql() -> None:
    assert sql_in("database.execute(statement, (1,))") == ["1: .execute("]
    assert sql_in('self._db.executemany(f"{insert} VALUES(?)", rows)') == ["1: .executemany("]
    assert sql_in("connection.executescript(script)") == ["1: .executescript("]
    assert sql_in('SQL = (\n    "SELECT key FROM node"\n)') == ["2: 'SELECT key FROM node'"]
    assert sql_in('sql = f"DELETE FROM {table} WHERE key = ?"') == ["1: 'DELETE FROM value WHERE key = ?'"]
    assert sql_in('sql = f"UPDATE OR IGNORE {table} SET src = 1"') == ["1: 'UPDATE OR IGNORE value SET src = 1'"]
    assert sql_in('sql = f"""\nWITH used AS (SELECT 1)\n"""') == ["1: '\\nWITH used AS (SELECT 1)\\n'"]
    assert sql_in('"""SELECT is a verb."""\nwords = "Select a model", "with care as (always)"\nexecute()') == []
