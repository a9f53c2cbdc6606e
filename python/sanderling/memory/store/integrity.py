"""Check a memory file: pages, foreign keys, full-text index, and consistency between the tables."""

from __future__ import annotations

from . import full_text
from .database import Database

# (what is wrong, query that counts it, whether it takes the dimension)
_RULES = (
    (
        "nodes without a vector",
        "SELECT count(*) FROM node WHERE key NOT IN (SELECT node FROM vector)",
        False,
    ),
    (
        "vectors of the wrong length",
        "SELECT count(*) FROM vector WHERE typeof(value) <> 'blob' OR length(value) NOT IN (4 * ?1, 2 * ?1 + 5)",
        True,
    ),
    (
        "documents that are not complete",
        "SELECT count(*) FROM document d WHERE node_count <> (SELECT count(*) FROM node WHERE document = d.key) "
        "OR node_count <> (SELECT coalesce(max(position) + 1, 0) FROM node WHERE document = d.key)",
        False,
    ),
)


def integrity_problems(database: Database, dim: int) -> tuple[str, ...]:
    """Check the whole file; return one description per problem. ``dim``: number of components of its vectors."""
    problems: list[str] = []
    with database.transaction("DEFERRED" if database.read_only is not None else "IMMEDIATE"):
        # Several lines may come in one row, the first of them naming the database only.
        report = "\n".join(row[0] for row in database.execute("PRAGMA integrity_check"))
        problems += [line for line in report.splitlines() if line != "ok" and not line.startswith("***")]
        for row in database.execute("PRAGMA foreign_key_check"):
            problems.append(f"table {row[0]} points at a missing row of {row[2]}")
        for what, sql, takes_dim in _RULES:
            count = database.execute(sql, (dim,) if takes_dim else ())[0][0]
            if count:
                problems.append(f"{count} {what}")
        if wrong := full_text.problem(database):
            problems.append(wrong)
    return tuple(problems)
