"""OpenDocument reader (.odt): headings, paragraphs, lists, tables, text boxes, footnotes and links.

Left out: tracked changes, annotations, tables of contents, headers and footers, pictures.
"""

from __future__ import annotations

from collections.abc import Mapping

from ....records import NodeMetadata
from ....text.clean import Unreadable
from ..document import Content
from ..metadata import metadata_of
from .archive import Archive
from .open_tables import OpenTables
from .outline import Outline, Paragraph
from .xml import End, Event, Start, events

_UNREAD = frozenset(
    (
        *("tracked-changes", "annotation", "annotation-end", "binary-data", "title", "desc", "ruby-text"),
        *("note-citation", "forms", "event-listeners", "script"),
        *("table-of-content", "illustration-index", "alphabetical-index", "bibliography"),
    )
)
_CODE = frozenset({"Preformatted_20_Text", "Source_20_Code", "Preformatted Text", "Source Code"})
# A cell or a blank may say that it stands there so many times.
MAX_REPEATED = 64


def read_odt(data: bytes) -> Content:
    """Return the content of an OpenDocument text.

    Its title is the paragraph styled as a title, or else the one in its metadata.

    Raises Unreadable for a broken, encrypted or hostile file.
    """
    archive = Archive(data)
    if "content.xml" not in archive:
        raise Unreadable("not an OpenDocument text: it has no content")
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Unreadable("encrypted: save a copy without a password")
    title, metadata, warnings = _about(archive)
    document = _Document()
    for part in ("styles.xml", "content.xml"):
        for event in events(archive.pieces(part)):
            document.take(event)
    return document.outline.content(document.title or title, metadata, warnings)


def _about(archive: Archive) -> tuple[str, NodeMetadata, tuple[str, ...]]:
    """Return the title, metadata and warnings that the document states."""
    found: dict[str, list[str]] = {}
    name = ""
    for event in events(archive.pieces("meta.xml")):
        if isinstance(event, str):
            if name and event.strip():
                found.setdefault(name, []).append(event.strip())
        else:
            name = event.name if isinstance(event, Start) else ""
    dates = [*found.get("date", ()), *found.get("creation-date", ())]
    # LibreOffice writes nine digits of a second's fraction.
    stated = {"modified": dates[0].partition(".")[0] if dates else "", "tags": found.get("keyword", [])}
    stated["language"] = "".join(found.get("language", [])[:1])
    metadata, warnings = metadata_of({key: value for key, value in stated.items() if value})
    return "".join(found.get("title", [])), metadata, warnings


class _Document:
    """An OpenDocument text being read."""

    def __init__(self) -> None:
        self.outline = Outline()
        self.title = ""
        self._in_body = False
        self._unread = 0
        self._open: list[tuple[Paragraph, str, int | None]] = []
        self._tables = OpenTables()
        self._notes: list[list[str]] = []
        self._lists: list[_List] = []
        self._counted: dict[str, int] = {}
        self._parents: dict[str, str] = {}
        self._numbered: set[tuple[str, int]] = set()
        self._list_style = ""

    def take(self, event: Event) -> None:
        """Read the next event."""
        if self._unread:
            self._unread += isinstance(event, Start)
            self._unread -= isinstance(event, End)
        elif isinstance(event, str):
            if self._open and self._in_body:
                # White space is as in HTML; the signs around keep one blank at an end.
                self._open[-1][0].add(" ".join(f"x{event}x".split())[1:-1])
        elif isinstance(event, End):
            self._end(event.name)
        elif event.name in _UNREAD and self._in_body:
            self._unread = 1
        else:
            self._start(event)

    def _start(self, event: Start) -> None:
        name, attributes = event
        if name == "text" and not self._open:
            self._in_body = True
        elif not self._in_body:
            self._style(event)
        elif name in ("p", "h"):
            level = _number(attributes.get("outline-level", "1")) if name == "h" else None
            self._open.append((Paragraph(), attributes.get("style-name", ""), level))
        elif name in ("list", "list-item", "list-header"):
            self._list(name, attributes)
        elif name == "note-body":
            self._notes.append([])
        elif name == "table":
            self._tables.begin()
        elif name == "table-row":
            self._tables.row()
        elif name in ("table-cell", "covered-table-cell"):
            self._tables.cell()
        elif self._open:
            self._in_paragraph(name, attributes, self._open[-1][0])

    def _list(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "list":
            around = self._lists[-1].style if self._lists else ""
            here = _List(attributes.get("style-name", around))
            if attributes.get("continue-numbering") == "true" or "continue-list" in attributes:
                here.number = self._counted.get(here.style, 0)
            self._lists.append(here)
        elif self._lists:
            self._lists[-1].number += 1
            self._lists[-1].shown = False

    def _in_paragraph(self, name: str, attributes: Mapping[str, str], paragraph: Paragraph) -> None:
        if name == "s":
            paragraph.add(" " * min(_number(attributes.get("c", "1")), MAX_REPEATED))
        elif name in ("tab", "line-break"):
            paragraph.add("\n" if name == "line-break" else " ")
        elif name == "a" and "href" in attributes:
            paragraph.link(attributes["href"])

    def _style(self, event: Start) -> None:
        name, attributes = event
        if name == "style":
            self._parents[attributes.get("name", "")] = attributes.get("parent-style-name", "")
        elif name == "list-style":
            self._list_style = attributes.get("name", "")
        elif name == "list-level-style-number" and attributes.get("num-format", "1"):
            self._numbered.add((self._list_style, _number(attributes.get("level", "1"))))

    def _end(self, name: str) -> None:
        if name in ("p", "h") and self._open:
            self._paragraph(*self._open.pop())
        elif name == "list" and self._lists:
            ended = self._lists.pop()
            self._counted[ended.style] = ended.number
        elif name == "note-body" and self._notes:
            text = " ".join(self._notes.pop())
            if self._open and text:
                self._open[-1][0].add(f" [{text}]")
        elif name == "table":
            self._tables.end(self.outline)

    def _paragraph(self, paragraph: Paragraph, style: str, level: int | None) -> None:
        text = paragraph.read()[0]
        styles = {style, self._parents.get(style, "")}
        if not text:
            return
        if self._notes:
            self._notes[-1].append(" ".join(text.split()))
        elif self._tables.take(text):
            return
        elif "Title" in styles:
            self.title = self.title or " ".join(text.split())
            self.outline.heading(1, paragraph)
        elif level is not None:
            self.outline.heading(level, paragraph)
        elif styles & _CODE:
            self.outline.code(paragraph)
        else:
            self.outline.paragraph(paragraph, self._mark(), len(self._lists) - 1)

    def _mark(self) -> str:
        """Return the mark of the list item that a paragraph begins; "" if it begins none."""
        if not self._lists or self._lists[-1].shown:
            return ""
        here = self._lists[-1]
        here.shown = True
        return f"{here.number}." if (here.style, len(self._lists)) in self._numbered else "-"


class _List:
    """A list whose end has not been read yet."""

    def __init__(self, style: str) -> None:
        self.style = style
        self.number = 0
        self.shown = True


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 1
