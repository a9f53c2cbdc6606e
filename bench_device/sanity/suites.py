"""The names of the suites, and where a suite's folder is."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from ...errors import UsageError

SuiteName = Literal["gsm8k", "mmlu", "ifeval", "boolq"]
SUITES: tuple[SuiteName, ...] = get_args(SuiteName)
QUERIES = "queries.jsonl"


def suite_named(name: str) -> SuiteName:
    """Return ``name`` as a suite. Raises UsageError for any other name."""
    for suite in SUITES:
        if suite == name:
            return suite
    raise UsageError(f"there is no suite {name!r}: give one of {', '.join(SUITES)}")


def folder_of(suite: SuiteName, data: Path) -> Path:
    """Return the folder of a suite: ``data`` itself, or the folder in ``data`` that has the suite's name.

    ``data`` itself holds ``queries.jsonl``; otherwise a folder such as ``gsm8k`` or ``gsm8k-dev`` in it does. Raises
    UsageError if there is none, or several.
    """
    if (data / QUERIES).is_file():
        return data
    found = [
        path.parent
        for path in sorted(data.glob(f"*/{QUERIES}"))
        if path.parent.name == suite or path.parent.name.startswith(f"{suite}-")
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"{data} holds no {QUERIES} and no folder {suite} with one: name the folder of the questions")
    raise UsageError(f"{data} holds {', '.join(path.name for path in found)}: name one of these folders")
