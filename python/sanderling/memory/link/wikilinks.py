"""Find the document that a link by name, such as ``[[file]]``, leads to.

:mod:`sanderling.text.wikilink` describes such links. A name leads to the file of that path; if there is none, to the
document of that title or alias. Of several the nearest counts: one in the linking file's own folder or beside a folder
around it, else that with the fewest folders between, else that with the shortest address. So what a link leads to
depends on the documents in the memory alone, not on the order in which they were read.

A name of more than 50 documents leads only to one that is beside the linking file or a folder around it, and links
are not drawn again for the next such document: comparing all with all would take time quadratic in their number.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...text.name_trie import Name
from ...text.wikilink import Target, distance, folded, last, paths, suffixes, target_of
from ..store.documents import document_names, document_uris, named_targets
from ..store.store import Store

MAX_BEARERS = 50


class Wikilinks:
    """The names by which links may refer to each document of a memory.

    They are read when the first link by name is followed.
    """

    def __init__(self, store: Store) -> None:
        """Read which names the links of ``store`` use."""
        self._store = store
        self._asked = {target.name for address in named_targets(store) if (target := target_of(address))}
        self._read = False
        self._paths: dict[str, int] = {}
        # Documents with their addresses by the last part of their paths, and by titles and aliases.
        self._files: dict[str, dict[int, str]] = {}
        self._titles: dict[str, dict[int, str]] = {}

    def ask(self, addresses: Iterable[str]) -> None:
        """Record the names that new links use. ``addresses``: those of the new links."""
        self._asked.update(target.name for address in addresses if (target := target_of(address)))

    def calling(self, uri: str, names: Iterable[Name]) -> set[str]:
        """Return the names of the document at ``uri`` that some link uses.

        Names of more than :data:`MAX_BEARERS` + 1 documents are left out.
        """
        if not self._asked:
            return set()
        found = {folded(name.text) for name in names if not name.heading}
        found.update(name for path in _paths(uri) for name in suffixes(path))
        return {name for name in found & self._asked if self._bearers(name) <= MAX_BEARERS + 1}

    def at_limit(self, name: str) -> bool:
        """Whether exactly :data:`MAX_BEARERS` + 1 documents have the name ``name``.

        One fewer, and links by that name lead to documents of other folders again.
        """
        return self._bearers(name) == MAX_BEARERS + 1

    def _bearers(self, name: str) -> int:
        if not self._read:
            self._read_all()
        return max(len(self._files.get(last(name), ())), len(self._titles.get(name, ())))

    def add(self, document: int, uri: str, names: Iterable[Name]) -> None:
        """Add the document at ``uri`` under ``names``, which include its title and aliases."""
        if self._read:
            self._add(document, uri, names)

    def _add(self, document: int, uri: str, names: Iterable[Name]) -> None:
        for path in _paths(uri):
            self._paths[path] = document
        for table, key in self._keys(uri, names):
            table.setdefault(key, {})[document] = uri

    def discard(self, document: int, uri: str, names: Iterable[Name]) -> None:
        """Remove a document. The arguments are those with which it was added.

        Do nothing if it was not added.
        """
        for path in _paths(uri):
            if self._paths.get(path) == document:
                del self._paths[path]
        for table, key in self._keys(uri, names):
            if table.get(key, {}).pop(document, None) is not None and not table[key]:
                del table[key]

    def _keys(self, uri: str, names: Iterable[Name]) -> list[tuple[dict[str, dict[int, str]], str]]:
        keys = [(self._files, each) for each in dict.fromkeys(last(path) for path in _paths(uri))]
        return keys + [(self._titles, key) for name in names if not name.heading and (key := folded(name.text))]

    def lead_to(self, target: Target, uri: str) -> int | None:
        """Return the document that a link from ``uri`` to ``target`` leads to; None: there is none yet."""
        if not self._read:
            self._read_all()
        name = target.name.lstrip("/")
        folder = folded(uri)
        while folder:
            folder = folder.rpartition("/")[0]
            if (document := self._paths.get(f"{folder}/{name}")) is not None:
                return document
        bearers = self._files.get(last(name), {})
        if len(bearers) > MAX_BEARERS:
            return None
        found = {
            document: each
            for document, each in bearers.items()
            if "/" not in name or any(path.endswith("/" + name) for path in _paths(each))
        } or self._titles.get(target.name, {})
        if not found or len(found) > MAX_BEARERS:
            return None
        return min(found, key=lambda document: (distance(uri, found[document]), len(found[document]), found[document]))

    def _read_all(self) -> None:
        names: dict[int, list[Name]] = {}
        for name, place in document_names(self._store):
            if not name.heading:
                names.setdefault(place.document, []).append(name)
        for document, uri in document_uris(self._store):
            self._add(document, uri, names.get(document, ()))
        self._read = True


def _paths(uri: str) -> tuple[str, ...]:
    """Return the paths that links may use for the file at ``uri``; none for a part of a file.

    Addresses of a line or of a message hold a ``#``.
    """
    return () if "#" in uri.rpartition("/")[2] else paths(uri)
