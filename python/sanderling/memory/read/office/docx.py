"""Word reader (.docx): headings, paragraphs, lists, tables, text boxes, footnotes and links.

Left out: deleted text, comments, headers and footers, tables of contents, fields' instructions, pictures.
"""

from __future__ import annotations

from ....text.clean import Unreadable
from ..document import Content
from .archive import Archive
from .docx_parts import Lists, Style, Styles, properties, relations
from .open_tables import OpenTables
from .outline import Outline, Paragraph
from .xml import End, Event, Start, events

# What stands in these is not in the text: deleted or moved away, said twice, an instruction, an earlier format.
_UNREAD = frozenset(
    ("del", "moveFrom", "Fallback", "instrText", "delText", "delInstrText", "pPrChange", "rPrChange", "tblPr", "rt")
)
_SIGNS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# Names of styles of code: those of pandoc, LibreOffice and Word.
_CODE = frozenset({"source code", "preformatted text", "html preformatted", "plain text", "code", "macro"})
_NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}


def read_docx(data: bytes) -> Content:
    """Return the content of a Word document.

    Its title is the paragraph styled as a title, or else the one in its properties.

    Raises Unreadable for a broken, encrypted or hostile file.
    """
    archive = Archive(data)
    main = next((target for kind, target in relations(archive, "").values() if kind == "officeDocument"), "")
    if main not in archive:
        raise Unreadable("not a Word document: it has no text")
    related = relations(archive, main)
    about = properties(archive)
    parts = {kind: target for kind, target in related.values()}
    document = _Document(related, Styles(archive, parts.get("styles", "")), Lists(archive, parts.get("numbering", "")))
    for kind in _NOTES.values():
        document.notes[kind] = _notes(archive, parts.get(kind, ""), document)
    for event in events(archive.pieces(main)):
        document.take(event)
    return document.outline.content(document.title or about.title, about.metadata, about.warnings)


def _notes(archive: Archive, part: str, of: _Document) -> dict[str, str]:
    """Return the texts of footnotes or endnotes, by id."""
    found: dict[str, str] = {}
    note_id, texts = "", list[str]()
    for event in events(archive.pieces(part)):
        if isinstance(event, Start) and event.name in ("footnote", "endnote"):
            note_id, texts = event.attributes.get("id", ""), []
            # Lines between text and notes are notes to Word.
            if event.attributes.get("type", "normal") != "normal":
                note_id = ""
        elif isinstance(event, End) and event.name in ("footnote", "endnote") and note_id:
            found[note_id] = " ".join("".join(texts).split())
        elif isinstance(event, End) and event.name == "p":
            texts.append(" ")
        elif isinstance(event, str):
            texts.append(event)
    return found


class _Document:
    """A Word document being read."""

    def __init__(self, related: dict[str, tuple[str, str]], styles: Styles, lists: Lists) -> None:
        self.outline = Outline()
        self.title = ""
        self.notes: dict[str, dict[str, str]] = {}
        self._related, self._styles, self._lists = related, styles, lists
        # Paragraphs stand in one another where one holds a text box, and tables where a cell holds one.
        self._open: list[_Open] = []
        self._tables = OpenTables()
        self._in_text = self._in_run = False
        self._unread = 0

    def take(self, event: Event) -> None:
        """Read the next event."""
        if self._unread:
            self._unread += isinstance(event, Start)
            self._unread -= isinstance(event, End)
        elif isinstance(event, str):
            if self._in_text and self._open:
                self._open[-1].paragraph.add(event)
        elif isinstance(event, Start):
            if event.name in _UNREAD:
                self._unread = 1
            else:
                self._start(event)
        else:
            self._end(event.name)

    def _start(self, event: Start) -> None:
        name, attributes = event
        value = attributes.get("val", "")
        if name == "p":
            self._open.append(_Open())
        elif name == "tbl":
            self._tables.begin()
        elif name == "tr":
            self._tables.row()
        elif name == "tc":
            self._tables.cell()
        elif name in ("t", "r"):
            self._in_text, self._in_run = name == "t", True
        elif self._open:
            self._in_paragraph(name, value, attributes.get("id", ""))

    def _in_paragraph(self, name: str, value: str, target: str) -> None:
        here = self._open[-1]
        if name in _SIGNS and self._in_run:
            here.paragraph.add(_SIGNS[name])
        elif name == "pStyle":
            here.style = self._styles.of(value)
        elif name == "outlineLvl" and value.isdecimal() and len(value) == 1:
            here.level = int(value) + 1 if value != "9" else None
        elif name == "numId":
            here.list_id = value
        elif name == "ilvl" and value.isdecimal() and len(value) == 1:
            here.depth = int(value)
        elif name == "hyperlink" and target in self._related:
            here.paragraph.link(self._related[target][1])
        elif name in _NOTES and (note := self.notes.get(_NOTES[name], {}).get(target)):
            here.paragraph.add(f" [{note}]")

    def _end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "r":
            self._in_run = False
        elif name == "p" and self._open:
            self._paragraph(self._open.pop())
        elif name == "tbl":
            self._tables.end(self.outline)

    def _paragraph(self, ended: _Open) -> None:
        text = ended.paragraph.read()[0]
        style = ended.style
        if not text or style.name.startswith("toc "):
            return
        if self._tables.take(text):
            return
        if style.name == "title":
            self.title = self.title or text
            self.outline.heading(1, ended.paragraph)
        elif (level := ended.level or style.level) is not None:
            self.outline.heading(level, ended.paragraph)
        elif style.name in _CODE:
            self.outline.code(ended.paragraph)
        else:
            list_id = ended.list_id if ended.list_id is not None else style.list_id
            depth = ended.depth if ended.depth is not None else style.list_depth
            # List 0 takes a paragraph out of the list of its style.
            mark = self._lists.mark(list_id, depth) if list_id not in (None, "", "0") else ""
            self.outline.paragraph(ended.paragraph, mark, depth)


class _Open:
    """A paragraph whose end has not been read yet."""

    def __init__(self) -> None:
        self.paragraph = Paragraph()
        self.style = Style()
        self.level: int | None = None
        self.list_id: str | None = None
        self.depth: int | None = None
