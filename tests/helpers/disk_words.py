"""Words that stand nowhere else, and whether the files of a folder hold them still."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path


def draw(seed: int, count: int) -> list[str]:
    """Words of 16 consonants: no stemmer, and no word of a schema, makes anything of them."""
    drawn = random.Random(seed)
    return ["".join(drawn.choices("bcdfghjkmnpqrtvwxz", k=16)) for _ in range(count)]


def left(folder: Path, words: Iterable[str], but: Iterable[Path] = ()) -> set[str]:
    """Return those of ``words`` that are in a file below ``folder``.

    Terms of a full-text index share their beginnings with the one before, so the middle of a word is looked for.
    """
    files = [path for path in folder.rglob("*") if path.is_file() and path not in set(but)]
    data = b"\0".join(path.read_bytes().lower() for path in files)
    return {word for word in words if word[4:-2].encode() in data}
