"""reStructuredText reader (Sphinx, docutils): titles, fields, tables, code and links, as Markdown.

A reader of its own and not docutils: that one reads the files and fetches the pages that a document's directives name
unless two settings are found and turned off, and takes 47,000 lines along. Nothing is included here, and what a
document would include is named in a warning.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....text.table import written
from ..document import Content
from ..line_writer import LineWriter
from ..metadata import metadata_of
from . import tables
from .references import inline, targets_of

_SIGNS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_CODE = frozenset({"code", "code-block", "sourcecode", "highlight", "parsed-literal", "math", "doctest", "prompt"})
_OUTSIDE = frozenset({"include", "literalinclude"})
_UNREAD = frozenset(
    ("raw", "contents", "index", "role", "default-role", "highlight", "meta", "autosummary", "tabularcolumns", "class")
)
_FIELDS = {"date": "date", "tags": "tags", "keywords": "tags", "language": "language", "lang": "language"}


def read_rst(text: str) -> Content:
    """Return the content of a reStructuredText ``text``, titled by its first section."""
    reader = _Rst(text.expandtabs(8).splitlines())
    reader.read()
    metadata, warnings = metadata_of(reader.fields)
    written = reader.written
    return Content(
        title=written.headings[0][1] if written.headings else "",
        text=written.text(),
        links=written.links,
        headings=written.headings,
        metadata=metadata,
        warnings=warnings + tuple(reader.warnings),
    )


class _Rst:
    """A reStructuredText file being read line by line."""

    def __init__(self, lines: list[str]) -> None:
        self.written = LineWriter()
        self.fields: dict[str, object] = {}
        self.warnings: list[str] = []
        self._lines = lines
        self._at = 0
        self._levels: list[tuple[str, bool]] = []
        self._targets = targets_of(lines)

    def read(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            bare = line.strip()
            if not self._title(line):
                self._line(line, bare)

    def _line(self, line: str, bare: str) -> None:
        if bare.startswith(".. ") or bare in ("..", "__"):
            self._explicit(line, bare)
        elif tables.is_grid(bare):
            self._table(*tables.grid(self._while(bare, ("+", "|"))))
        elif tables.is_simple(bare):
            self._table(*tables.simple(self._simple_lines(bare)))
        elif bare.startswith(":") and self._field(bare):
            self.written.line(bare)
        elif bare.endswith("::") and not bare.startswith(".."):
            self._said(line.rstrip()[:-1] if bare != "::" else "")
            self._code(self._indented(_indent(line)))
        else:
            self._said(line)

    def _said(self, line: str) -> None:
        text, links = inline(line, self._targets)
        self.written.line(text, links)

    def _title(self, line: str) -> bool:
        """Read a title with its underline, or with lines above and below; return False if there is none."""
        rest = self._lines[self._at : self._at + 2]
        bare = line.rstrip()
        if _adorns(bare) and len(rest) == 2 and rest[0].strip() and rest[1].rstrip() == bare:
            text, sign, over, taken = rest[0].strip(), bare[0], True, 2
        elif bare and line[0] != " " and rest and _adorns(under := rest[0].rstrip()) and not _adorns(bare):
            if len(under) < min(len(bare), 4):
                return False
            text, sign, over, taken = bare, under[0], False, 1
        else:
            return False
        if (sign, over) not in self._levels:
            self._levels.append((sign, over))
        self._at += taken
        text, links = inline(text, self._targets)
        self.written.heading(self._levels.index((sign, over)) + 1, text, links=links)
        return True

    def _field(self, bare: str) -> bool:
        """Read a field such as ``:Date: 2024-03-05`` at the top; return whether the line is a field."""
        name, colon, value = bare[1:].partition(":")
        if not colon or "`" in name or not name.strip():
            return False
        if len(self.written.headings) < 2 and (key := _FIELDS.get(name.strip().lower())) and value.strip():
            self.fields.setdefault(key, value.strip())
        return True

    def _explicit(self, line: str, bare: str) -> None:
        """Read a construct that begins with two dots: a directive, a footnote, a target or a comment."""
        inside = bare[2:].strip()
        name, colons, argument = inside.partition("::")
        if colons and name and " " not in name.strip():
            self._directive(name.strip().lower(), argument.strip(), self._indented(_indent(line)))
        elif inside.startswith("["):
            block = self._indented(_indent(line))
            self._said(" ".join((inside, *(text.strip() for text in block))))
        elif inside and not inside.startswith("_"):
            self._indented(_indent(line))

    def _directive(self, name: str, argument: str, block: list[str]) -> None:
        options = {}
        while block and block[0].strip().startswith(":") and block[0].strip().count(":") > 1:
            key, _, value = block.pop(0).strip()[1:].partition(":")
            options[key] = value.strip()
        if name in _OUTSIDE or "file" in options:
            self.warnings.append(f"it includes {options.get('file', argument)}, which is not read with it")
        if name in _OUTSIDE or name in _UNREAD:
            return
        if name in _CODE:
            self._code(block, argument)
        elif name in ("image", "figure"):
            self._said(options.get("alt", ""))
            self._more(block)
        elif name in ("list-table", "csv-table"):
            self._said(argument)
            rows = tables.of_lists(block) if name == "list-table" else tables.of_csv(block)
            head = tables.of_csv([options["header"]]) if "header" in options else []
            self._table(head + rows, bool(head) or options.get("header-rows", "0") != "0")
        elif name == "toctree":
            for entry in block:
                target = entry.strip().rpartition("<")[2].rstrip(">")
                if target:
                    self.written.line(entry.strip(), [(0, f"{target}.rst")])
        else:
            known = name.capitalize() if name.isalpha() and name not in ("table", "container", "rubric") else ""
            self._said(": ".join(part for part in (known, argument) if part))
            self._more(block)

    def _more(self, block: Sequence[str]) -> None:
        """Read the content of a directive as if it were text around it."""
        indent = min((_indent(line) for line in block if line.strip()), default=0)
        # In place of themselves: the line of the directive stands before them.
        self._at -= len(block)
        self._lines[self._at : self._at + len(block)] = [line[indent:] for line in block]

    def _code(self, block: list[str], language: str = "") -> None:
        indent = min((_indent(line) for line in block if line.strip()), default=0)
        while block and not block[-1].strip():
            block.pop()
        if block:
            self.written.code([line[indent:] for line in block], language.partition(" ")[0])

    def _table(self, rows: tables.Rows, header: bool) -> None:
        shown = [[inline(cell, self._targets)[0] for cell in row] for row in rows]
        columns = max(map(len, shown), default=0)
        shown = [[*row, *[""] * (columns - len(row))] for row in shown]
        self.written.line("")
        self.written.line(written(shown[1:], shown[0]) if header and len(shown) > 1 else written(shown))
        self.written.line("")

    def _indented(self, indent: int) -> list[str]:
        """Return the following lines that are blank or indented further than ``indent``."""
        start = self._at
        last = start
        while self._at < len(self._lines) and (
            not self._lines[self._at].strip() or _indent(self._lines[self._at]) > indent
        ):
            self._at += 1
            if self._lines[self._at - 1].strip():
                last = self._at
        self._at = last
        block = self._lines[start:last]
        while block and not block[0].strip():
            block.pop(0)
        return block

    def _while(self, first: str, signs: tuple[str, ...]) -> list[str]:
        found = [first]
        while self._at < len(self._lines) and (bare := self._lines[self._at].strip()).startswith(signs):
            found.append(bare)
            self._at += 1
        return found

    def _simple_lines(self, first: str) -> list[str]:
        """Return the lines of a simple table, up to its last edge.

        That is its third edge, or its second where no row follows.
        """
        found = [first]
        edges = 1
        while self._at < len(self._lines):
            line = self._lines[self._at].rstrip()
            if edges > 1 and not line.strip():
                break
            found.append(line)
            self._at += 1
            edges += not line.strip("= ") and "==" in line
            if edges == 3:
                break
        return found


def _adorns(line: str) -> bool:
    """Tell whether a line is one repeated character, as above and below titles."""
    return len(line) > 1 and line[0] in _SIGNS and line == line[0] * len(line) and line not in ("..", "::", "__")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
