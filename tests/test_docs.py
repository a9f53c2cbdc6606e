"""What is written about the tree holds: paths, commands, options and extras exist, and files keep to their size."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import commands, inline_commands, root, unknown_in, wrong
from tree import PACKAGE, TOP, texts, tracked

LINES = {".rs": 500, ".py": 400}
# Name: reason. Kernels and tests are read as tables, one case after the other, and may be longer.
LONGER: dict[str, str] = {}
TABLES = ("rust_core/src/kernels/", "rust_core/tests/", "tests/")
TABLE_LINES = 800

MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:work|root|tmp|home|Users)/\w")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|crates\.io|npmjs\.|anaconda\.org")
BUILT = ("docs/_build", "docs/_generated")  # by `make docs`, perhaps not yet
WRITTEN_BY_CARGO = ("Cargo.lock", "rust_core/fuzz/Cargo.lock")


def prose(name: str) -> bool:
    """Whether a file is written for people: not the notes of the station, which are data."""
    return name.endswith(".md") and not name.startswith("bench_device/workloads/")


def documentation() -> Iterator[tuple[str, str]]:
    """Prose files, and the headers of all modules."""
    for name, text in texts(".md", ".py", ".rs"):
        if prose(name):
            yield name, text
        elif name.endswith(".py"):
            yield name, ast.get_docstring(ast.parse(text)) or ""
        elif name.endswith(".rs"):
            yield name, "\n".join(re.findall(r"^//!(.*)$", text, re.MULTILINE))


def paths(text: str) -> set[str]:
    """Return the words in ``text`` that name a source file, or anything below a folder at the top of the tree."""
    folders = {name.split("/")[0] for name in tracked() if "/" in name}
    found = set()
    for word in re.findall(r"[\w.*/-]*[\w*/]", text):
        first, *rest = word.split("/")
        # `sanderling/device_profiles/` and the like name places in a wheel, not in the tree.
        if (rest and first in folders and not word.startswith("/")) or word.endswith((".py", ".rs", ".pyi", ".sh")):
            found.add(word.rstrip("/"))
    return found


def exists(path: str, beside: Path) -> bool:
    if path in BUILT:
        return True
    bases = (TOP, PACKAGE, PACKAGE.parent, TOP / "rust_core", TOP / "rust_core/src", beside, beside.parent)
    return any(next(base.glob(path), None) is not None for base in bases)


def test_paths_named_in_prose_and_module_headers_exist() -> None:
    lost = [
        f"{name}: {path}"
        for name, text in documentation()
        for path in sorted(paths(text))
        if not exists(path, (TOP / name).parent)
    ]
    assert lost == []


def test_commands_in_prose_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    mistaken = [
        f"{name}: {' '.join(line)}"
        for name, text in texts(".md")
        if prose(name)
        for line in (*commands(text), *inline_commands(text))
        if wrong(line, targets)
    ]
    assert mistaken == []


def test_commands_in_messages_exist() -> None:
    """An error that tells the user to run a command names one that there is."""
    hint = re.compile(r"(?:run  |see  |or  |`)sanderling ((?:[a-z]+(?:-[a-z]+)* ?)+(?:--[a-z-]+)?)")
    found = [(name, match[1].split()) for name, text in texts(".py", ".md") for match in hint.finditer(text)]
    assert len(found) > 10
    mistaken = []
    for name, words in found:
        command = [word for word in words[:2] if not word.startswith("-")]
        group = root().commands.get(command[0])
        # A word after a plain command is its argument.
        known = command if hasattr(group, "commands") else command[:1]
        if unknown_in([*known, *(word for word in words if word.startswith("-"))]):
            mistaken.append(f"{name}: sanderling {' '.join(words)}")
    assert mistaken == []


def test_extras_named_anywhere_exist() -> None:
    extras = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = re.compile(r"sanderling\[([\w,]+)\]|MissingExtra\([^()]*\"(\w+)\"\)")
    found = {
        (name, extra)
        for name, text in texts(".py", ".md", ".toml")
        for match in named.finditer(text)
        for extra in (match[1] or match[2]).split(",")
    }
    assert {extra for _, extra in found} >= {"prebuilt", "embed", "documents", "download"}
    assert {(name, extra) for name, extra in found if extra not in extras} == set()


def test_files_keep_to_their_size() -> None:
    too_long = {}
    for name, text in texts(*LINES):
        limit = TABLE_LINES if name.startswith(TABLES) else LINES[Path(name).suffix]
        if text.count("\n") > limit:
            too_long[name] = text.count("\n")
    assert set(too_long) == set(LONGER), too_long


def test_no_path_of_a_machine_and_no_host_of_a_registry() -> None:
    wrong = []
    for name, text in texts():
        for number, line in enumerate(text.splitlines(), start=1):
            if MACHINE_PATH.search(line) or (name not in WRITTEN_BY_CARGO and REGISTRY.search(line)):
                wrong.append(f"{name}:{number}: {line.strip()[:100]}")
    assert wrong == []


def test_unsafe_is_fenced() -> None:
    """The lint of the crate says the same, but could be allowed away file by file."""
    wrong = [
        f"{name}:{number}"
        for name, text in texts(".rs")
        if not name.startswith("rust_core/src/kernels/") and name != "rust_core/src/snapshot/mapped.rs"
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(r"\bunsafe\b", line.split("//")[0])
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "words", ["nope", "ask x --nope", "models fetch", "bench model --model=x --what", "log --tial 3"]
)
def test_the_check_of_commands_can_fail(words: str) -> None:
    assert unknown_in(words.split())


def test_the_check_of_paths_can_fail() -> None:
    text = "See `rust_core/src/hnsw/search.rs`, tests/absent.py, gone.py and device_profiles/*.toml; not e.g. and/or."
    assert paths(text) == {"rust_core/src/hnsw/search.rs", "tests/absent.py", "gone.py", "device_profiles/*.toml"}
    assert [path for path in sorted(paths(text)) if not exists(path, TOP)] == ["gone.py", "tests/absent.py"]


def test_commands_are_found_in_blocks() -> None:
    text = "```sh\n$ sanderling ask 'a | b' \\\n  --json | jq .  # why\nmake demo && make test\n```\n"
    text += "\n```python\nmake x\n```\n"
    expected = [["sanderling", "ask", "a | b", "--json"], ["jq", "."], ["make", "demo"], ["make", "test"]]
    assert list(commands(text)) == expected
