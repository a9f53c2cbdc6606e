"""``build/check_prose.py``, a part of ``make lint``, refuses what it is there to refuse."""

from __future__ import annotations

import importlib.util

import pytest
from tree import TOP

spec = importlib.util.spec_from_file_location("check_prose", TOP / "build" / "check_prose.py")
check_prose = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_prose)


def test_the_tree_passes(capsys) -> None:
    assert check_prose.main([]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", '"""A filter in, the keys of the nodes that pass it out."""'),
        ("a.py", 'def f():\n    """Words in, those worth looking up out, as the index takes them.\n\n    More."""'),
        ("a.py", 'class A:\n    """Give the rest out.\n\n    More."""'),
        ("a.py", '"""The row of a request.\n\nAs the mission, section 4.5, has it."""'),
        ("a.rs", "//! A vector in, its neighbours\n//! out.\n"),
        ("a.rs", "fn f() {}\n    /// Bytes go in, numbers come out.\n    fn g() {}\n"),
    ],
)
def test_it_refuses(name: str, source: str) -> None:
    assert list(check_prose.problems(name, source))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", '"""Turn a filter into the keys of the nodes that pass it.\n\nWhat is masked is left out."""'),
        ("a.py", '"""Write what stands in the log."""\nTEXT = "words in, keys out."'),
        ("a.rs", "/// Return the neighbours of a vector.\n///\n/// Deleted ones are left out.\nfn f() {}\n"),
    ],
)
def test_it_lets_the_rest_pass(name: str, source: str) -> None:
    assert list(check_prose.problems(name, source)) == []
