"""Privacy rules: notes with a domain, tag or folder in ``never_leave`` stay on the device.

::

    [privacy]
    never_leave = ["health", "tag:private", "folder:~/notes/diary"]

``health`` is a domain, as is ``domain:health``; ``tag:private`` covers the tags below it too, in any case, with ``#``
or without; ``folder:`` is a file, a folder, or the beginning of an address up to a ``/`` or a ``#``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .disk.files import of_user, resolved
from .errors import UsageError
from .records import NodeSource, NodeType
from .text.clean import clean, composed


class PrivacyRules(NamedTuple):
    """Domains, tags and folders whose notes stay on the device."""

    domains: frozenset[str] = frozenset()
    """Names of domains, compared without case."""
    tags: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether any rule is set."""
        return bool(self.domains or self.tags or self.folders)

    def covers(self, domain: str, tags: Iterable[str], uri: str) -> bool:
        """Whether a rule covers a note of the document at ``uri``. ``uri`` may be empty."""
        if domain and _folded(domain.strip()) in self.domains:
            return True
        if self.tags and any(self._covers_tag(tag) for tag in tags):
            return True
        return any(uri == folder or uri.startswith((f"{folder}/", f"{folder}#")) for folder in self.folders)

    def covers_author(self, source: NodeSource, type: NodeType) -> bool:
        """Whether a text stays on the device because a model wrote it.

        Where there are rules, it may repeat a note that stays.
        """
        return bool(self) and (source in ("agent", "system") or type == "summary")

    def _covers_tag(self, tag: str) -> bool:
        folded = _folded_tag(tag)
        return folded in self.tags or any(folded.startswith(f"{name}/") for name in self.tags)


def privacy_rules(entries: Sequence[str]) -> PrivacyRules:
    """Parse the ``entries`` of ``never_leave`` into rules. Raises UsageError for one that states none."""
    domains: set[str] = set()
    tags: set[str] = set()
    folders: list[str] = []
    for entry in entries:
        kind, colon, name = entry.partition(":")
        kind, value = (kind, name.strip()) if colon else ("domain", entry.strip())
        if kind not in ("tag", "domain", "folder") or not value.strip("#/ " if kind == "tag" else " "):
            raise UsageError(f"never_leave: {entry!r} names nothing: write a domain, tag:NAME or folder:PATH")
        if kind == "tag":
            tags.add(_folded_tag(value))
        elif kind == "domain":
            domains.add(_folded(value))
        else:
            folders += _spellings(value)
    return PrivacyRules(frozenset(domains), frozenset(tags), tuple(folders))


def _spellings(folder: str) -> tuple[str, ...]:
    """Return a folder's address as written and with links resolved. Ingest may have stored either."""
    path = of_user(folder)
    written = (folder, str(path), str(path.absolute()), str(resolved(path)))
    return tuple(dict.fromkeys(clean(each).rstrip("/") for each in written))


def _folded_tag(tag: str) -> str:
    return _folded(tag.strip().lstrip("#").rstrip("/"))


def _folded(name: str) -> str:
    return composed(name).casefold()
