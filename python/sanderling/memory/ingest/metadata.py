"""Read a document's metadata from Markdown front matter or from the fields of a JSON line.

====================  ==========================================================================================
``tags``              texts, or one text with commas between them
``alias aliases``     other names of the document beside its title, likewise
``domain``            one text
``date timestamp``    a date or time as people write them; a date is the beginning of its day
``created updated``   likewise, where there is no ``date``: also ``modified``, ``published``, ``date created``,
                      ``created_at`` and the like; the first of :data:`TIMES` that is given counts
``version``           one text
``score``             a number
``lang language``     one text, such as ``en``
====================  ==========================================================================================

The first 100 tags and the first 100 aliases are kept, since every node of the document carries all of them.

Front matter is YAML between two lines ``---`` at the very top. The part of YAML that notes use is read: ``key: value``,
quotes, ``[a, b]``, and lists of lines with a dash. Other lines and keys are ignored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date

from ...records import Dated, NodeMetadata
from ...text.clean import one_line
from ...text.dates import stated_moment

MAX_TEXTS = 100
"""Most tags, and most aliases, of one document."""

ABOUT = ("date", "timestamp", "datum", "day")
TIMES = (
    *ABOUT,
    *("created", "datecreated", "createdat", "createdtime", "createdon", "creationdate", "createtime", "erstellt"),
    *("published", "publishdate", "publisheddate", "publishedat", "pubdate"),
    *("updated", "dateupdated", "updatedat", "updatedtime", "lastupdated", "updatetime"),
    *("modified", "datemodified", "modifiedat", "lastmodified", "lastedited", "edited", "geändert"),
)
"""Fields that give a time, by the letters of their names: those of what the document is about come first."""

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_ENTRY = re.compile(r"([A-Za-z_]\w*):(?:[ \t]+(.*))?$")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.*)$")
_COMMENT = re.compile(r"(?:^|[ \t])#.*$")
_LISTED = re.compile(r"\s*(?:\"[^\"]*\"|'[^']*')\s*(?=,|$)|[^,]+")


def front_matter_end(text: str) -> int:
    """Return the offset at which the front matter of a Markdown text ends; 0 if there is none."""
    found = _FRONT_MATTER.match(text)
    return found.end() if found else 0


def front_matter(text: str) -> dict[str, object]:
    """Return the front matter of a Markdown text as a dict with lower-case keys.

    Each value is a text or a list of texts.
    """
    fields: dict[str, object] = {}
    items: list[str] = []
    for line in text[: front_matter_end(text)].splitlines():
        if match := _ENTRY.match(line):
            value = (match[2] or "").strip()
            items = []
            if value.startswith("[") and (end := value.rfind("]")) > 0:
                fields[match[1].lower()] = [_scalar(item) for item in _LISTED.findall(value[1:end])]
            else:
                fields[match[1].lower()] = _scalar(value) or items
        elif match := _ITEM.match(line):
            items.append(_scalar(match[1]))
    return fields


def metadata_of(fields: Mapping[str, object]) -> tuple[NodeMetadata, tuple[str, ...]]:
    """Return the metadata in ``fields``, and one warning for each value that could not be understood."""
    problems: list[str] = []
    timestamp, dated = _time(fields, problems)
    metadata = NodeMetadata(
        timestamp=timestamp,
        dated=dated,
        version=_text("version", fields, problems),
        score=_number("score", fields, problems),
        tags=_texts("tags", fields, problems),
        language=_text("lang", fields, problems) or _text("language", fields, problems),
        domain=_text("domain", fields, problems),
    )
    return metadata, tuple(problems)


def _time(fields: Mapping[str, object], problems: list[str]) -> tuple[str, Dated]:
    """Return the time that the document is about, or else of its making, and "stated" for the former."""
    plain = {"".join(filter(str.isalpha, name.lower())): (name, value) for name, value in fields.items()}
    for key in TIMES:
        name, value = plain.get(key, ("", None))
        if value is None or value in ([], ""):
            continue
        # A YAML reader may have made a date of it.
        said = value.isoformat() if isinstance(value, date) else one_line(str(value))
        try:
            return stated_moment(said), "stated" if key in ABOUT else ""
        except ValueError as error:
            problems.append(f"{name} {error}; it is left out")
    return "", ""


def _number(name: str, fields: Mapping[str, object], problems: list[str]) -> float:
    value = fields.get(name)
    if value is None or value in ([], ""):
        return 0.0
    try:
        number = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        problems.append(f"{name} is a number; it is left out")
        return 0.0
    return number


def aliases_of(fields: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the aliases in ``fields``, and one warning for each value that could not be understood."""
    problems: list[str] = []
    names = (*_texts("alias", fields, problems), *_texts("aliases", fields, problems))
    return tuple(dict.fromkeys(names)), tuple(problems)


def merged(tags: list[object] | tuple[object, ...]) -> tuple[str, ...]:
    """Return ``tags`` as stripped texts, without empty ones and duplicates, in the same order."""
    return tuple(dict.fromkeys(tag for tag in (one_line(str(each)) for each in tags) if tag))


def _texts(name: str, fields: Mapping[str, object], problems: list[str]) -> tuple[str, ...]:
    value = fields.get(name)
    if isinstance(value, str):
        value = value.split(",")
    if value is not None and not (isinstance(value, list) and all(isinstance(each, str | int) for each in value)):
        problems.append(f"{name} are texts, or one text with commas; it has none")
        value = None
    texts = merged(value or ())
    if len(texts) > MAX_TEXTS:
        problems.append(f"{name} are {len(texts):,}; the first {MAX_TEXTS} are kept")
    return texts[:MAX_TEXTS]


def _text(name: str, fields: Mapping[str, object], problems: list[str]) -> str:
    value = fields.get(name)
    if value is None or value == []:  # YAML writes "nothing" as nothing
        return ""
    if not isinstance(value, str | int):
        problems.append(f"{name} is one text; it is left out")
        return ""
    return one_line(str(value))


def _scalar(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return _COMMENT.sub("", value).strip()
