"""The stub has the names and docstrings of the extension; stubtest (in `make lint`) checks the signatures."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import sanderling
from sanderling import _core

STUB = ast.parse((Path(sanderling.__file__).parent / "_core.pyi").read_text())


def documented() -> Iterator[tuple[str, ast.AsyncFunctionDef | ast.FunctionDef | ast.ClassDef | ast.Module, object]]:
    """Each public member of the stub: its name, its node, and what the extension has under that name."""
    yield "_core", STUB, _core
    for node in STUB.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name, node, getattr(_core, node.name)
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                    yield f"{node.name}.{member.name}", member, getattr(getattr(_core, node.name), member.name)


MEMBERS = {name: (node, member) for name, node, member in documented()}


def test_stub_and_extension_have_the_same_names() -> None:
    declared = {node.name for node in STUB.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    declared |= {node.target.id for node in STUB.body if isinstance(node, ast.AnnAssign)}
    present = {name for name in dir(_core) if not name.startswith("__") or name == "__version__"}
    assert declared == present


@pytest.mark.parametrize("name", MEMBERS)
def test_every_public_member_has_its_docstring_at_run_time(name: str) -> None:
    node, member = MEMBERS[name]
    assert member.__doc__
    assert ast.get_docstring(node) == inspect.cleandoc(member.__doc__)


def test_no_public_member_is_missing_from_the_stub() -> None:
    kinds = [cls for cls in vars(_core).values() if isinstance(cls, type)]
    present = {f"{cls.__name__}.{name}" for cls in kinds for name in vars(cls) if not name.startswith("_")}
    assert {name for name in MEMBERS if "." in name} == present


def test_a_release_build_is_tested() -> None:
    assert _core.build_profile == "release"
