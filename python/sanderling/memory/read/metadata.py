"""Read a document's metadata from front matter, properties or a JSON line.

=====================  =========================================================================================
``tags tag keywords``  texts, or one text with commas between them, in front matter with blanks as well; a ``#``
                       before a tag is no part of it
``alias aliases``      other names of the document beside its title: texts, or one text with commas between them
``domain``             one text
``date timestamp``     a date or time as people write them, or since 1970 as programs do; a date is the beginning of its
                       day
``created updated``    likewise, where there is no ``date``: also ``modified``, ``published``, ``date created``,
                       ``created_at`` and the like; the first of :data:`TIMES` that is given counts
``version``            one text
``score``              a number
``lang language``      one text, such as ``en``
=====================  =========================================================================================

The first 100 tags and the first 100 aliases are kept, since every node of the document carries all of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date

from ...records import Dated, NodeMetadata
from ...text.clean import one_line
from ...text.dates.moments import stated_moment
from .epoch import moment
from .yaml_values import Value

MAX_TEXTS = 100
"""Largest number of tags in one document, and of aliases."""
TAGS = ("tags", "tag", "keywords")

ABOUT = ("date", "timestamp", "datum", "fecha", "day")
TIMES = (
    *ABOUT,
    *("created", "datecreated", "createdat", "createdtime", "createdon", "creationdate", "createtime", "erstellt"),
    *("published", "publishdate", "publisheddate", "publishedat", "pubdate"),
    *("updated", "dateupdated", "updatedat", "updatedtime", "lastupdated", "updatetime"),
    *("modified", "datemodified", "modifiedat", "lastmodified", "lastmod", "lastedited", "edited", "geändert"),
)
"""Names of fields that give a time, without punctuation; fields for the time of the document's events come first."""

_LINKED = re.compile(r"\[\[([^\[\]|]{1,500}+)(?:\|[^\[\]]{0,500}+)?\]\]")
_TAG = re.compile(r"#?\[\[[^\[\]]{1,500}+\]\]|[^\s,;]+")

_DIVIDED = re.compile(r"[,;]")


def of_note(fields: Mapping[str, Value]) -> dict[str, object]:
    """Return a note's fields for :func:`metadata_of`: links become names, tags become lists."""
    found: dict[str, object] = {}
    for key, value in fields.items():
        plain = _unlinked(value)
        if isinstance(plain, str) and key in TAGS:
            # Tags hold no blanks in vaults, but a text with commas may have been written for another program.
            spaced = not _DIVIDED.search(plain) or "#" in plain
            written = value if isinstance(value, str) else plain
            plain = [_unlinked(tag) for tag in (_TAG.findall(written) if spaced else _DIVIDED.split(plain))]
        found[key] = plain
    return found


def _unlinked(value: Value) -> Value:
    """Return ``value`` with each link ``[[name|shown]]`` replaced by its name."""
    if isinstance(value, str):
        return _LINKED.sub(r"\1", value)
    if isinstance(value, list):
        # Without quotes a link is a list in a list.
        if len(value) == 1 and isinstance(value[0], list) and len(value[0]) == 1 and isinstance(value[0][0], str):
            return value[0][0].partition("|")[0]
        return [inner for each in value if (inner := _unlinked(each)) is not None]
    return value


def metadata_of(fields: Mapping[str, object]) -> tuple[NodeMetadata, tuple[str, ...]]:
    """Return the metadata in ``fields``, with one warning per value that cannot be read."""
    if not fields:
        return NodeMetadata(), ()
    problems: list[str] = []
    timestamp, dated = _time(fields, problems)
    metadata = NodeMetadata(
        timestamp=timestamp,
        dated=dated,
        version=_text("version", fields, problems),
        score=_number("score", fields, problems),
        tags=_tags(fields, problems),
        language=_text("lang", fields, problems) or _text("language", fields, problems),
        domain=_text("domain", fields, problems),
    )
    return metadata, tuple(problems)


def _time(fields: Mapping[str, object], problems: list[str]) -> tuple[str, Dated]:
    """Return the time that the document is about and "stated", or the time it was made and ""."""
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
            # Some plugins write seconds or milliseconds since 1970.
            if said.isdecimal() and (counted := moment(said)):
                return counted, "stated" if key in ABOUT else ""
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
    """Return the aliases in ``fields``, with one warning per value that cannot be read."""
    problems: list[str] = []
    names = (*_texts("alias", fields, problems), *_texts("aliases", fields, problems))
    return tuple(dict.fromkeys(names)), tuple(problems)


def merged(tags: Sequence[object]) -> tuple[str, ...]:
    """Return ``tags`` in order, without blanks, ``#``, empty tags and duplicates."""
    texts = (one_line(str(each)).lstrip("#").strip().rstrip("/") for each in tags)
    return tuple(dict.fromkeys(tag for tag in texts if tag))


def _tags(fields: Mapping[str, object], problems: list[str]) -> tuple[str, ...]:
    tags = merged([tag for name in TAGS for tag in _texts(name, fields, problems)])
    if len(tags) > MAX_TEXTS:
        problems.append(f"tags are {len(tags):,}; the first {MAX_TEXTS} are kept")
    return tags[:MAX_TEXTS]


def _texts(name: str, fields: Mapping[str, object], problems: list[str]) -> tuple[str, ...]:
    value = fields.get(name)
    if isinstance(value, str):
        value = _DIVIDED.split(value) if name in TAGS else value.split(",")
    if isinstance(value, list) and name in TAGS:
        value = [each for part in value for each in (part if isinstance(part, list) else [part])]
    if value is not None and not (isinstance(value, list) and all(isinstance(each, str | int) for each in value)):
        problems.append(f"{name} are texts, or one text with commas; it has none")
        value = None
    found = (one_line(str(each)) for each in value or ())
    texts = tuple(dict.fromkeys(text for text in found if text))
    if len(texts) > MAX_TEXTS and name not in TAGS:
        problems.append(f"{name} are {len(texts):,}; the first {MAX_TEXTS} are kept")
        texts = texts[:MAX_TEXTS]
    return texts


def _text(name: str, fields: Mapping[str, object], problems: list[str]) -> str:
    value = fields.get(name)
    if value is None or value == []:  # YAML writes "nothing" as nothing
        return ""
    if not isinstance(value, str | int):
        problems.append(f"{name} is one text; it is left out")
        return ""
    return one_line(str(value))
