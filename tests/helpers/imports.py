"""Who imports whom: the modules of the package, and of ``bench_device`` as the package carries it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tree import PACKAGE, TOP

Graph = Mapping[str, frozenset[str]]
"""Modules by the name that imports use, each with what it imports anywhere: at its top, in functions, for types."""


def modules() -> dict[str, Path]:
    """Every module of ours and its file."""
    found = {}
    for folder, prefix in ((PACKAGE, "sanderling"), (TOP / "bench_device", "sanderling.bench_device")):
        for path in folder.rglob("*.py"):
            inner = path.relative_to(folder).with_suffix("").parts
            if folder == PACKAGE and inner[0] == "bench_device":
                continue  # the copy or link that the build makes
            name = ".".join((prefix, *inner))
            found[name.removesuffix(".__init__")] = path
    return found


def imported(name: str, path: Path, known: Iterable[str]) -> Iterator[str]:
    """Modules among ``known`` that the module ``name`` imports."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            base = ".".join(filter(None, (above, node.module)))
            for alias in node.names:
                full = f"{base}.{alias.name}"
                if full in known or base in known:
                    yield full if full in known else base


def graph() -> Graph:
    """Return all imports between our modules; of itself none."""
    known = modules()
    return {name: frozenset(imported(name, path, known)) - {name} for name, path in known.items()}


def circles(imports: Graph) -> list[list[str]]:
    """Return groups of modules that reach one another (Tarjan's strongly connected components of two or more)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        open_.append(name)
        for other in sorted(imports.get(name, ())):
            if other not in order:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in open_:
                low[name] = min(low[name], order[other])
        if low[name] == order[name]:
            group = open_[open_.index(name) :]
            del open_[open_.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(imports):
        if name not in order:
            visit(name)
    return found


def two_way(imports: Graph) -> list[str]:
    """Return each pair of neighbours (two folders, or a folder and a file) of which either imports from the other."""
    ties: dict[tuple[str, str], str] = {}
    for name, others in imports.items():
        for other in others:
            mine, theirs = name.split("."), other.split(".")
            same = next((i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), 0)
            if same:
                pair = (".".join(mine[: same + 1]), ".".join(theirs[: same + 1]))
                ties.setdefault(pair, f"{name} imports {other}")
    return [f"{tie}, {ties[b, a]}" for (a, b), tie in sorted(ties.items()) if a < b and (b, a) in ties]
