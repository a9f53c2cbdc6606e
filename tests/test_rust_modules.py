"""No two modules of a Rust crate import each other, directly or over others.

A name counts as imported from the file that defines it: a ``pub use`` passes a name on and imports nothing. The unit
tests at the end of a file are not checked.
"""

import re
from pathlib import Path

import pytest

CRATES = [Path(__file__).parents[1] / "rust_core" / folder for folder in ("src", "py/src")]
Module = tuple[str, ...]


def modules(root: Path) -> dict[Module, str]:
    """Map each module's path to its code, without comments and without the tests at its end."""
    found = {}
    for path in root.rglob("*.rs"):
        parts = path.relative_to(root).with_suffix("").parts
        code = re.sub(r"//[^\n]*", "", path.read_text()).split("#[cfg(test)]\nmod tests", maxsplit=1)[0]
        found[() if parts == ("lib",) else parts[:-1] if parts[-1] == "mod" else parts] = code
    return found


def leaves(tree: str) -> list[str]:
    """List the paths that a ``use`` names: ``a::{b, c::d as e}`` is ``a::b`` and ``a::c::d``."""
    head, brace, rest = tree.partition("{")
    if not brace:
        return [tree.split(" as ", maxsplit=1)[0].strip()]
    inner, depth, start, found = rest[: rest.rindex("}")] + ",", 0, 0, []
    for at, sign in enumerate(inner):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and not depth:
            found += leaves(inner[start:at]) if inner[start:at].strip() else []
            start = at + 1
    return [head.strip() + leaf for leaf in found]


def imports(code: dict[Module, str]) -> dict[Module, set[Module]]:
    """Map each module to those it takes names from."""
    uses = {
        module: [
            (bool(public), leaf.split("::"))
            for public, tree in re.findall(r"^\s*(pub(?:\([a-z]+\))? )?use ([^;]+);", text, re.M)
            for leaf in leaves(tree)
        ]
        for module, text in code.items()
    }

    def target(module: Module, path: list[str]) -> Module | None:
        """The module that defines what ``path`` names in ``module``; None for another crate."""
        match path[0]:
            case "crate":
                at, rest = (), path[1:]
            case "super" | "self":
                at, rest = module if path[0] == "self" else module[:-1], path[1:]
            case first if (*module, first) in code:
                at, rest = module, path
            case _:
                return None
        while rest and (*at, rest[0]) in code:
            at, rest = (*at, rest[0]), rest[1:]
        for public, other in uses[at]:
            if rest and public and other[-1] == rest[0] and at != module:
                return target(at, other) or at
        return at

    edges: dict[Module, set[Module]] = {}
    for module, text in code.items():
        body = re.sub(r"^\s*(pub(\([a-z]+\))? )?use [^;]+;", "", text, flags=re.M)
        inline = [path.split("::") for path in re.findall(r"(?<![\w:])(?:\w+::)+\w+", body)]
        named = [path for public, path in uses[module] if not public or re.search(rf"\b{path[-1]}\b", body)]
        edges[module] = {other for path in named + inline if (other := target(module, path)) not in (None, module)}
    return edges


def circles(edges: dict[Module, set[Module]]) -> list[set[Module]]:
    """List the sets of modules that reach one another."""
    reach = {module: set(others) for module, others in edges.items()}
    for via, onward in reach.items():
        for others in reach.values():
            if via in others:
                others.update(onward)
    return [{other for other in others if one in reach[other]} for one, others in reach.items() if one in others]


@pytest.mark.parametrize("crate", CRATES, ids=["core", "seam"])
def test_rust_modules_have_no_circles(crate: Path) -> None:
    edges = imports(modules(crate))
    assert sum(map(len, edges.values())) > len(edges) / 2  # or the imports were not understood
    assert not circles(edges)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        (("hnsw", "candidate"), "use super::beam::Beam;"),
        (("hnsw", "keyset"), "use crate::graph::{Graph, Neighbourhood};"),
        (("hnsw", "candidate"), "fn at(index: &super::Index) {}"),
        (("error",), "use crate::{memory, hnsw::{self, Index as Other}};"),
    ],
)
def test_an_import_that_closes_a_circle_is_found(module: Module, line: str) -> None:
    code = modules(CRATES[0])
    code[module] += f"\n{line}\n"
    assert circles(imports(code))
