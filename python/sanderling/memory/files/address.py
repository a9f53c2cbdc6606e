"""Addresses of files: paths normalised to one Unicode form.

Two files of one folder may differ in normalisation alone, as after a sync between a Mac and Linux, or in bytes that are
not text. The one whose name is normal has the address; the others keep their name as it is, and go on doing so after
the twin is gone, since the memory holds them under it.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Container, Iterable
from pathlib import Path

from ...text.clean import clean


def below(uri: str, folder: str) -> bool:
    """Whether ``uri`` is ``folder`` or an address below ``folder``.

    Below are files in the folder, and documents inside a file.
    """
    return uri == folder or uri.startswith((folder.rstrip("/") + "/", folder + "#"))


def covered(uri: str, addresses: Container[str]) -> bool:
    """Whether ``addresses`` contains ``uri``, the file of ``uri``, or a folder above that file."""
    return uri in addresses or any(uri[:at] in addresses for at, mark in enumerate(uri) if mark in "/#")


class Held:
    """The sorted addresses of a memory's documents."""

    def __init__(self, uris: Iterable[str] = ()) -> None:
        """Sort ``uris``."""
        self._uris = sorted(uris)

    def __contains__(self, address: str) -> bool:
        """Whether the memory has a document at or below ``address``."""
        for begin in (address, f"{address.rstrip('/')}/", f"{address}#"):
            at = bisect_left(self._uris, begin)
            if at < len(self._uris) and (
                begin == self._uris[at] or (begin != address and self._uris[at].startswith(begin))
            ):
                return True
        return False

    def below(self, address: str) -> list[str]:
        """Return the addresses at and below ``address``."""
        at = bisect_left(self._uris, address)
        found: list[str] = []
        while at < len(self._uris) and self._uris[at].startswith(address):
            found += [self._uris[at]] if below(self._uris[at], address) else []
            at += 1
        return found


def twins(names: Iterable[str]) -> set[str]:
    """Return each normalised name that two or more of ``names`` have.

    ``names``: those in one folder.
    """
    times = Counter(clean(name) for name in names if not name.isascii())
    return {name for name, count in times.items() if count > 1}


def address_within(folder: str, name: str, twinned: Collection[str], held: Held) -> str:
    """Return the address of the file ``name`` in the folder at address ``folder``.

    ``twinned``: :func:`twins` of all names in that folder. ``held``: what the memory holds.
    """
    plain = clean(name)
    begin = folder.rstrip("/")
    if plain != name:
        raw = f"{begin}/{os.fsencode(name).decode('utf-8', 'backslashreplace')}"
        if plain in twinned or raw in held:
            return raw
    return f"{begin}/{plain}"


def address_from_root(path: Path, held: Held) -> str:
    """Return the address of the absolute ``path``. It is built by :func:`address_within` part by part."""
    address = path.anchor
    at = Path(path.anchor)
    for name in path.parts[1:]:
        twinned = set[str]() if name.isascii() else twins(names_in(at))
        address = address_within(address, name, twinned, held)
        at /= name
    return address


def names_in(folder: Path) -> list[str]:
    """Return the names in ``folder``; an empty list if the folder cannot be read."""
    try:
        return os.listdir(folder)  # noqa: PTH208 # Path.iterdir makes an object of each
    except OSError:
        return []


class Presence:
    """Tells whether the file at an address still exists."""

    def __init__(self) -> None:
        """Start with no folder read. Each folder is read once."""
        self._names: dict[Path, set[str]] = {}

    def has_file(self, uri: str) -> bool:
        """Whether the file of the document at ``uri`` still exists.

        Its address is ``uri`` itself, or the part of it before a ``#``.
        """
        if self.path_of(uri) is not None:
            return True
        at = uri.find("#")
        while at > 0:
            found = self.path_of(uri[:at])
            if found is not None and found.is_file():
                return True
            at = uri.find("#", at + 1)
        return False

    def path_of(self, address: str) -> Path | None:
        """Return the path of the file or folder at ``address``; None if there is none."""
        path = Path(address)
        if not path.is_absolute():
            return None
        if path.name in self._in(path.parent):
            return path
        if address.isascii() or path == path.parent:
            return path if path == path.parent else None
        folder = self.path_of(str(path.parent))
        if folder is None:
            return None
        names = self._in(folder)
        fitting = [name for name in names if name == path.name or clean(name) == path.name]
        return folder / fitting[0] if fitting else None

    def _in(self, folder: Path) -> set[str]:
        if folder not in self._names:
            self._names[folder] = set(names_in(folder))
        return self._names[folder]
