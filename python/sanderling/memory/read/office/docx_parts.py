"""Read a Word document's styles, lists, relations and properties."""

from __future__ import annotations

import posixpath
from collections import Counter

from ....records import NodeMetadata, Record
from ..metadata import metadata_of
from .archive import Archive
from .xml import End, Start, events

# What python-docx's template says of every document made with it.
_OF_TEMPLATES = ("2013-12-23T23:15:00Z",)


class Style(Record):
    """A paragraph style. Where a field is None, that of ``based_on`` counts."""

    name: str = ""
    based_on: str = ""
    level: int | None = None
    """Heading level, from 1; None: no heading."""
    list_id: str | None = None
    list_depth: int = 0


class Properties(Record):
    """Title, date, keywords and language of a Word document."""

    title: str = ""
    metadata: NodeMetadata = NodeMetadata()
    warnings: tuple[str, ...] = ()


def relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Return the relations of a part as (kind, target), by id. Targets inside the file are names of members."""
    folder, name = posixpath.split(part)
    found = {}
    for event in events(archive.pieces(posixpath.join(folder, "_rels", f"{name}.rels"))):
        if isinstance(event, Start) and event.name == "Relationship":
            target = event.attributes.get("Target", "")
            if event.attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[event.attributes.get("Id", "")] = (event.attributes.get("Type", "").rpartition("/")[2], target)
    return found


def properties(archive: Archive) -> Properties:
    """Return the title, date, keywords and language of a Word document."""
    targets = [target for kind, target in relations(archive, "").values() if kind == "core-properties"]
    found: dict[str, str] = {}
    name = ""
    for event in events(archive.pieces(targets[0] if targets else "docProps/core.xml")):
        if isinstance(event, str):
            found[name] = found.get(name, "") + event
        else:
            name = event.name if isinstance(event, Start) else ""
    dates = (found.get(key, "").strip() for key in ("modified", "created"))
    date = next((date for date in dates if date and date not in _OF_TEMPLATES), "")
    tags = found.get("keywords", "").replace(";", ",").strip()
    # A day in the name of the file counts more.
    stated = {"modified": date, "tags": tags, "language": found.get("language", "").strip()}
    metadata, warnings = metadata_of({key: value for key, value in stated.items() if value})
    return Properties(title=found.get("title", "").strip(), metadata=metadata, warnings=warnings)


class Styles:
    """The paragraph styles of a Word document, by id."""

    def __init__(self, archive: Archive, part: str) -> None:
        """Read the styles from the member ``part``."""
        self._styles: dict[str, Style] = {}
        style_id, fields = "", dict[str, object]()
        for event in events(archive.pieces(part)):
            if isinstance(event, End) and event.name == "style":
                self._styles[style_id] = Style(**fields)  # type: ignore[arg-type]
                style_id = ""
            elif isinstance(event, Start):
                value = event.attributes.get("val", "")
                if event.name == "style":
                    style_id, fields = event.attributes.get("styleId", "?"), {}
                elif not style_id:
                    continue
                elif event.name == "name":
                    fields["name"] = value.lower()
                elif event.name == "basedOn":
                    fields["based_on"] = value
                elif event.name == "outlineLvl" and value.isdecimal() and len(value) == 1:
                    fields["level"] = int(value) + 1
                elif event.name == "numId":
                    fields["list_id"] = value
                elif event.name == "ilvl" and value.isdecimal() and len(value) == 1:
                    fields["list_depth"] = int(value)

    def of(self, style_id: str) -> Style:
        """Return a style with its inherited settings."""
        found = Style()
        level, list_id, depth = None, None, 0
        seen: set[str] = set()
        while style_id in self._styles and style_id not in seen:
            seen.add(style_id)
            style = self._styles[style_id]
            name = style.name
            # In every language Word calls its own headings so in the file.
            of_name = int(name[-1]) if name.startswith("heading ") and name[-1].isdecimal() else None
            level = level if level is not None else of_name if of_name is not None else style.level
            if list_id is None and style.list_id is not None:
                list_id, depth = style.list_id, style.list_depth
            found = found if found.name else style
            style_id = style.based_on
        # Level 10 is body text.
        level = level if level is not None and 1 <= level <= 9 else None
        return Style(name=found.name, level=level, list_id=list_id, list_depth=depth)


class Lists:
    """The numbering of a document's lists."""

    def __init__(self, archive: Archive, part: str) -> None:
        """Read the numbering from the member ``part``."""
        self._kinds: dict[tuple[str, str], str] = {}
        self._abstract: dict[str, str] = {}
        self._counts: Counter[tuple[str, int]] = Counter()
        # A list has the levels of an abstract one, and its own where it overrides them.
        owner = number = depth = ""
        for event in events(archive.pieces(part)):
            if not isinstance(event, Start):
                continue
            value = event.attributes.get("val", "")
            if event.name == "abstractNum":
                owner = f"abstract {event.attributes.get('abstractNumId', '')}"
            elif event.name == "num":
                owner = number = event.attributes.get("numId", "")
            elif event.name == "lvl":
                depth = event.attributes.get("ilvl", "")
            elif event.name == "numFmt":
                self._kinds.setdefault((owner, depth), value)
            elif event.name == "abstractNumId":
                self._abstract[number] = f"abstract {value}"

    def mark(self, list_id: str, depth: int) -> str:
        """Return the mark of a list's next item: its number, or a dash."""
        owners = (list_id, self._abstract.get(list_id, ""))
        kind = next((kind for owner in owners if (kind := self._kinds.get((owner, str(depth))))), "bullet")
        for deeper in range(depth + 1, 9):
            self._counts.pop((list_id, deeper), None)
        if kind in ("bullet", "none"):
            return "-"
        self._counts[list_id, depth] += 1
        return f"{self._counts[list_id, depth]}."
