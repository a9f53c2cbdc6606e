"""Reads the title, language and date that a page states."""

from __future__ import annotations

import re

from ....records import NodeMetadata
from ....text.clean import one_line
from ....text.dates.moments import first_moment
from .markup import Start

# Names of ``meta`` elements, the surest first.
_DATES = (
    "article:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "date",
    "pubdate",
    "created",
    "article:modified_time",
    "datemodified",
    "dcterms.modified",
    "last-modified",
)
TOLD_BY = frozenset(("title", "html", "body", "meta", "time"))
"""Elements that state something about the page."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=[-_]|$)")


class Head:
    """The title, language and date of a page, as read so far."""

    def __init__(self) -> None:
        self._title: list[str] | None = None
        self._in_title = False
        self._language = ""
        self._said: dict[str, str] = {}
        self._time = ""

    def start(self, tag: Start) -> None:
        """Read a start tag."""
        given = tag.attributes
        if tag.name == "title" and self._title is None:
            self._title, self._in_title = [], True
        elif tag.name in ("html", "body") and not self._language:
            self._language = given.get("lang", "") or given.get("xml:lang", "")
        elif tag.name == "meta" and "content" in given:
            name = given.get("property") or given.get("name") or given.get("itemprop") or ""
            self._said.setdefault(name.strip().lower()[:50], given["content"])
        elif tag.name == "time" and not self._time:
            self._time = _moment(given.get("datetime", ""))

    def text(self, text: str) -> None:
        """Read a text between tags, and keep the text of the first ``title``."""
        if self._in_title and self._title is not None:
            self._title.append(text)

    def end_title(self) -> None:
        """Read the end of a ``title``."""
        self._in_title = False

    def title(self, headings: list[tuple[int, str]]) -> str:
        """Return the title of the page; "" if it has none.

        That for other sites, if the page's own is the same with the name of its site; else its own; else its first
        heading.
        """
        own, told = one_line("".join(self._title or ())), one_line(self._said.get("og:title", ""))
        if told and (not own or told in own):
            return told
        return own or (headings[0][1] if headings else "")

    def metadata(self) -> NodeMetadata:
        """Return the language and the date of the page."""
        dated = (_moment(self._said[name]) for name in _DATES if name in self._said)
        language = _LANGUAGE.match(self._language.strip()[:20])
        return NodeMetadata(
            language=language[0].lower() if language else "",
            timestamp=next(filter(None, dated), "") or self._time,
        )


def _moment(value: str) -> str:
    try:
        return first_moment(value.strip()[:40])
    except ValueError:
        return ""
