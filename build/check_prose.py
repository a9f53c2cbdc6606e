"""Find headers and docstrings that break the rules of style, and citations of documents that are not in the tree.

``python build/check_prose.py`` prints ``file:line: rule: sentence`` for each, and exits with 1 if there is any.
``python build/check_prose.py --draw SEED`` prints 100 first sentences for somebody to read.
"""

from __future__ import annotations

import ast
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
FOLDERS = ("python/sanderling", "bench_device", "build", "rust_core")

RULES = {
    "a header that ends in 'out.'": re.compile(r"\bout\.$"),
    "'X in, Y out'": re.compile(r"\bin, .*\bout\b"),
}
"""Patterns that a first sentence may not match."""
CITED = re.compile(r"\b[Tt]he (mission|design|specification|audit), section|\bfacts(\.md)?:|\bhouse-rules\b")
"""What no sentence may cite: people who read the code do not have it."""


def first_sentence(text: str) -> str:
    """Return the first sentence of a docstring, on one line."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    return re.split(r"(?<=[.?!])\s+(?=[A-Z`:])", paragraph)[0]


def of_python(source: str, public: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every docstring.

    ``public``: only docstrings of modules and of names without an underscore.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node)
            if text and not (public and getattr(node, "name", "").startswith("_")):
                yield node.body[0].lineno, text


def of_rust(source: str, public: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every run of ``//!`` or ``///`` lines.

    ``public``: only of modules and ``pub`` items.
    """
    for found in re.finditer(r"(?m)^ *(//[!/])[^\n]*(?:\n *\1[^\n]*)*", source):
        if public and found[1] == "///" and not re.match(r"(\s*#\[[^\n]*)*\s*pub\b", source[found.end() :]):
            continue
        text = re.sub(r"(?m)^ *//[!/] ?", "", found.group())
        yield source.count("\n", 0, found.start()) + 1, text


def problems(name: str, source: str) -> Iterator[str]:
    """Yield a message for each sentence in a file that breaks a rule."""
    for line, text in of_rust(source) if name.endswith(".rs") else of_python(source):
        sentence = first_sentence(text)
        yield from (f"{name}:{line}: {rule}: {sentence}" for rule, pattern in RULES.items() if pattern.search(sentence))
        if cited := CITED.search(text):
            yield f"{name}:{line}: cites what is not in the tree: {cited.group()}"


def files() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each Python and Rust file of the project."""
    for folder in FOLDERS:
        for path in sorted((TOP / folder).rglob("*")):
            inside = path.relative_to(TOP)
            copied = {"bench_device", "device_profiles", "target"} & set(inside.parts[1:])
            if path.suffix in {".py", ".rs"} and not copied:
                yield str(inside), path.read_text(encoding="utf-8")


def drawn(count: int, seed: int) -> list[str]:
    """Return ``count`` first sentences of headers and public docstrings, drawn at random."""
    every = [
        f"{name}:{line}: {first_sentence(text)}"
        for name, source in files()
        if not name.startswith(("rust_core/tests", "rust_core/fuzz"))
        for line, text in (of_rust(source, True) if name.endswith(".rs") else of_python(source, True))
    ]
    return random.Random(seed).sample(every, count)


def main(arguments: list[str]) -> int:
    """Print the problems of all files, or with ``--draw SEED`` 100 sentences; return the exit code."""
    if arguments[:1] == ["--draw"]:
        print("\n".join(drawn(100, int(arguments[1]))))
        return 0
    found = [problem for name, source in files() for problem in problems(name, source)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
