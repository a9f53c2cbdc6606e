"""Org reader (Emacs, org-roam, Orgzly): the outline as Markdown, with links, tags, dates and aliases.

====================  ==========================================================================================
``#+TITLE``           the title; without one, the file's name
``#+FILETAGS``        tags of the document, as are those behind headings (``:a:b:``)
``#+DATE``            its date, else the property ``CREATED`` before the first heading
``ROAM_ALIASES``      aliases, in the properties before the first heading
source, example       blocks of code, in which nothing is a heading
drawers               properties and clocks are left out; other drawers are read
====================  ==========================================================================================
"""

from __future__ import annotations

from ....text.table import cells, written
from ..document import Content
from ..line_writer import LineWriter
from ..metadata import aliases_of, metadata_of
from .links import without_links

MAX_TITLE_CHARS = 2000
_CODE = ("src", "example", "export", "comment")
_DATE_MARKS = "<>[]"


def read_org(text: str) -> Content:
    """Return the content of an Org ``text``."""
    return _Org(text.splitlines()).content()


class _Org:
    """An Org file being read line by line."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._ends = _block_ends(lines)
        self._written = LineWriter()
        self._fields: dict[str, object] = {}
        self._tags: list[str] = []
        self._aliases: list[str] = []
        self._at = 0

    def content(self) -> Content:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            self._line(line, line.strip())
        tags = list(dict.fromkeys(self._tags))
        metadata, warnings = metadata_of({**self._fields, **({"tags": tags} if tags else {})})
        aliases, odd = aliases_of({"aliases": self._aliases} if self._aliases else {})
        title = self._fields.get("title")
        return Content(
            title=title if isinstance(title, str) else "",
            text=self._written.text(),
            links=self._written.links,
            headings=self._written.headings,
            aliases=aliases,
            metadata=metadata,
            warnings=warnings + odd,
        )

    def _line(self, line: str, bare: str) -> None:
        stars = len(line) - len(line.lstrip("*"))
        lower = bare[:40].lower()
        if stars and line[stars : stars + 1] in (" ", "\t"):
            self._heading(stars, line[stars:].strip())
        elif lower == ":properties:":
            self._properties()
        elif lower.startswith("#+begin_") and (end := self._ends.get(self._at - 1)) is not None:
            self._block(bare, end)
        elif bare.startswith("#+"):
            self._keyword(bare)
        elif bare.startswith("|"):
            self._table(bare)
        elif lower in (":logbook:", ":end:") or lower.startswith("clock:"):
            return
        elif bare == "#" or bare.startswith("# "):
            # A comment of the writer, whose sign would be a heading.
            self._said(bare[2:])
        elif bare == ":" or bare.startswith(": "):
            self._written.line(bare[2:])
        else:
            self._said(line)

    def _said(self, line: str) -> None:
        text, links = without_links(line)
        self._written.line(text, links)

    def _heading(self, level: int, text: str) -> None:
        start = text.rfind(" :") + 1
        marks = text[start:]
        if marks.startswith(":") and marks.endswith(":") and len(marks) > 2 and " " not in marks:
            self._tags += marks.strip(":").split(":")
            text = text[:start].rstrip()
        text, links = without_links(text)
        name = text
        first, _, rest = text.partition(" ")
        # What is to be done is no part of the name, and neither is how urgent it is.
        if first.isupper() and len(first) > 2 and rest:
            name = rest
        if name.startswith("[#") and name[3:4] == "]":
            name = name[4:].strip()
        if text:
            self._written.heading(level, text, name, links)

    def _keyword(self, line: str) -> None:
        key, colon, value = line[2:].partition(":")
        key, value = key.lower(), value.strip()
        if not colon:
            return
        if key == "title":
            known = self._fields.get("title")
            self._fields["title"] = f"{known} {value}"[:MAX_TITLE_CHARS] if isinstance(known, str) else value
        elif key in ("filetags", "keywords", "tags"):
            self._tags += value.replace(":", " ").replace(",", " ").split()
        elif key == "date" and (date := _date(value)):
            self._fields["date"] = date
        elif key == "language":
            self._fields["language"] = value
        elif key in ("author", "description", "subtitle", "caption") and value:
            self._said(value)
        elif key.startswith("roam_alias"):
            self._aliases += _quoted(value)

    def _properties(self) -> None:
        """Read a property drawer, or one line of an unclosed drawer."""
        for at in range(self._at, min(self._at + 200, len(self._lines))):
            key, _, value = self._lines[at].strip().removeprefix(":").partition(":")
            key = key.lower()
            if key == "end":
                self._at = at + 1
                return
            if self._written.headings:
                continue
            if key == "roam_aliases":
                self._aliases += _quoted(value)
            elif key in ("created", "date") and (date := _date(value.strip())):
                self._fields.setdefault("date", date)

    def _block(self, begin: str, end: int) -> None:
        kind, _, about = begin[len("#+begin_") :].partition(" ")
        inside = self._lines[self._at : end]
        self._at = end + 1
        if kind.lower() in _CODE:
            language = about.split()[0] if kind.lower() == "src" and about.split() else ""
            # A comma keeps Org itself from reading such a line.
            self._written.code([line[1:] if line.startswith((",*", ",#+")) else line for line in inside], language)
            return
        mark = "> " if kind.lower() == "quote" else ""
        for line in inside:
            text, links = without_links(line.strip())
            self._written.line(mark + text, [(at + len(mark), link) for at, link in links])

    def _table(self, first: str) -> None:
        rows, header = [first], False
        while self._at < len(self._lines) and (bare := self._lines[self._at].strip()).startswith("|"):
            self._at += 1
            if not bare.startswith("|-"):
                rows.append(bare)
            elif len(rows) == 1:
                header = not rows[0].startswith("|-")
        shown = [[without_links(cell)[0] for cell in cells(row)] for row in rows if not row.startswith("|-")]
        columns = max(map(len, shown), default=0)
        shown = [[*row, *[""] * (columns - len(row))] for row in shown]
        self._written.line("")
        self._written.line(written(shown[1:], shown[0]) if header and len(shown) > 1 else written(shown))
        self._written.line("")


def _block_ends(lines: list[str]) -> dict[int, int]:
    """Map the index of each block's first line to that of its last line, without unclosed blocks."""
    ends: dict[int, int] = {}
    next_end: dict[str, int] = {}
    for at in range(len(lines) - 1, -1, -1):
        bare = lines[at].strip()[:40].lower()
        if bare.startswith("#+end_"):
            next_end[bare[len("#+end_") :].split(" ")[0]] = at
        elif bare.startswith("#+begin_") and (end := next_end.get(bare[len("#+begin_") :].split(" ")[0])) is not None:
            ends[at] = end
    return ends


def _date(value: str) -> str:
    """Return the date of an Org time stamp as ISO-8601.

    Such stamps are ``<2024-03-05 Tue 10:00>`` and ``[2024-03-05]``.
    """
    words = value.strip(_DATE_MARKS + " ").split()
    if not words:
        return ""
    time = next((word for word in words[1:] if word[:1].isdigit() and ":" in word), "")
    hour = time.partition("-")[0].zfill(5) if time else ""
    return f"{words[0]}T{hour}" if hour else words[0] if words[0][:1].isdigit() else value


def _quoted(value: str) -> list[str]:
    """Return the quoted texts in ``value``, and the words outside quotes."""
    found: list[str] = []
    for number, part in enumerate(value.split('"')):
        found += [part.strip()] if number % 2 else part.split()
    return [each for each in found if each]
