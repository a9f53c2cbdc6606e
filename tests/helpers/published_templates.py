"""Finds the chat templates and vocabularies of llama-cpp-python's source archive.

They are read where ``build/templates.sh`` or ``build/engine.sh`` unpacked it; none of them is part of the project.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PLACES = (
    *filter(None, [os.environ.get("SANDERLING_TEMPLATES")]),
    TOP / "target" / "templates",
    TOP / "target" / "engine" / "source" / "vendor" / "llama.cpp" / "models",
)
_CONTROL = re.compile(
    r"<[|\uff5c][^<>\s]{1,40}?[|\uff5c]>|</?s>|\[/?[A-Z_]+\]|<(?:start|end)_of_turn>|</?think>|<(?:bos|eos)>"
)


def folder() -> Path:
    """Return the folder with ``templates`` and the vocabularies; skip the test if nobody unpacked it."""
    for place in map(Path, PLACES):
        if (place / "templates").is_dir():
            return place
    pytest.skip("the published templates are not unpacked: run  build/templates.sh")


def template(name: str) -> str:
    """Return the source of a template by its file's name; skip the test where the archive is not unpacked."""
    return (folder() / "templates" / f"{name}.jinja").read_text(encoding="utf-8")


def control_in(source: str, *more: str) -> tuple[str, ...]:
    """Return what looks like a control token in a template: its vocabulary is not at hand."""
    return tuple(sorted({*_CONTROL.findall(source), *more}))
