"""The stub names exactly what the extension holds; stubtest (in `make lint`) checks the signatures."""

import ast
from pathlib import Path

import sanderling
from sanderling import _core


def test_stub_and_extension_have_the_same_names() -> None:
    tree = ast.parse((Path(sanderling.__file__).parent / "_core.pyi").read_text())
    declared = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    declared |= {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    present = {name for name in dir(_core) if not name.startswith("__") or name == "__version__"}
    assert declared == present


def test_a_release_build_is_tested() -> None:
    assert _core.build_profile == "release"
