"""Targets of links that name a note, such as ``[[file]]`` or ``[[folder/file#heading|alias]]``.

``![[embed]]`` is one too. Such a link does not say where its note is, and the note may be read later than the link. So
a target is kept by name, ``[[folder/file#heading``, and a document is looked for under every name that a link may call
it: its path from any folder on, with its suffix or without, its title and its aliases. Case and the form of accents do
not count.
"""

from __future__ import annotations

import posixpath
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from .clean import composed

MARK = "[["
_NOTES = (".md", ".markdown")


class Target(NamedTuple):
    """The target of a link."""

    name: str
    """Name of the note, as :func:`folded` makes it."""
    part: str
    """Heading, or ``^`` and a block's id, likewise; empty: the whole note."""


def folded(name: str) -> str:
    """Return ``name`` normalised for comparing names."""
    return " ".join(composed(name.casefold()).split())


def stored(link: str, folder: str) -> str:
    """Return the stored form of the target of ``link``, or "". ``link``: the text between the brackets.

    ``folder``: that of the file with the link, for links that begin with ``./`` or ``../``.
    """
    # In a table the divider is written with a backslash.
    named = link.partition("|")[0].rstrip("\\").strip()
    name, _, part = named.partition("#")
    name = name.replace("\\", "/").strip()
    if not name or "://" in name:
        return ""
    if name.startswith(("./", "../")):
        name = posixpath.normpath(posixpath.join(folder, name))
    name = folded(name)
    name = next((name.removesuffix(suffix) for suffix in _NOTES if name.endswith(suffix)), name)
    return f"{MARK}{name}#{folded(part.rpartition('#')[2])}" if name else ""


def target_of(address: str) -> Target | None:
    """Return the target stored as ``address``; None for the address of a file or page."""
    if not address.startswith(MARK):
        return None
    name, _, part = address.removeprefix(MARK).partition("#")
    return Target(name, part)


@lru_cache(maxsize=256)  # an ingest asks for those of each document several times
def paths(uri: str) -> tuple[str, ...]:
    """Return the paths by which links name the file at ``uri``.

    These are the path without its suffix, the path as Logseq nests pages, and for other files the whole path.
    """
    whole = folded(uri)
    suffix = _suffix(whole)
    bare = whole.removesuffix(suffix)
    nested = unquote(bare.rpartition("/")[2]).replace("___", "/")
    logseq = f"{bare.rpartition('/')[0]}/{nested}"
    return tuple(dict.fromkeys((bare, logseq, *(() if suffix in _NOTES else (whole,)))))


def _suffix(path: str) -> str:
    """Return ``PurePosixPath(path).suffix``, in a tenth of its time."""
    name = PurePosixPath(path).name if path.endswith(("/", "/.")) else last(path)
    dot = name.rfind(".")
    return name[dot:] if 0 < dot < len(name) - 1 else ""


def last(path: str) -> str:
    """Return the last part of a path, the file's name."""
    return path.rpartition("/")[2]


def suffixes(path: str) -> list[str]:
    """Return the names by which a link may refer to the file at ``path``. For ``a/b``, these are ``a/b`` and ``b``."""
    parts = path.split("/")
    return ["/".join(parts[at:]) for at in range(len(parts))]


def distance(uri: str, other: str) -> int:
    """Return the number of folders between two files. They lie up from the one file and down to the other."""
    a, b = uri.split("/")[:-1], other.split("/")[:-1]
    same = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return len(a) + len(b) - 2 * same
