"""Read the properties that Dataview and Logseq write inside a note's text.

========================================  ===========================================================================
``key:: value`` on a line, in a list      a property of the note; in a list item, of that item (Logseq: of the block)
``[key:: value]`` ``(key:: value)``       the same inside a line
``id:: 65a1b2c3-…`` ``collapsed:: true``  what programs keep for themselves: no part of the text
========================================  ===========================================================================

Tags count wherever they stand. Of every other key the first value counts, and only if it is a property of the note: the
lines before the first heading or text, or outside of lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..metadata import TAGS
from ..yaml_values import Value

_KEY = r"[^\W\d_][\w \-/]{0,60}"
_LINE = re.compile(
    rf"^(?P<quote>[ \t>]*+)(?P<item>(?:[-*+]|[0-9]{{1,9}}[.)])[ \t]++(?:\[.\][ \t]++)?)?"
    rf"[*_]{{0,3}}(?P<key>{_KEY})[*_]{{0,3}}::(?:[ \t]++(?P<value>[^\n]*+))?$",
    re.MULTILINE,
)
_INSIDE = re.compile(
    rf"\[(?P<key>{_KEY})::[ \t]*+(?P<value>(?:[^\[\]\n]|\[\[[^\[\]\n]{{0,200}}\]\]){{0,500}}+)\]"
    rf"|\((?P<key_>{_KEY})::[ \t]*+(?P<value_>[^()\n]{{0,500}}+)\)"
)
_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
# A line of its own goes whole; behind the mark of a list the mark stays.
OWN = re.compile(
    rf"^[ \t>]*+(?:id::[ \t]*+{_UUID}|collapsed::[ \t]*+(?:true|false)|"
    r"(?:logseq\.[\w.-]{1,80}|background-color|ls-type|(?:hl|card)-[a-z-]{1,40})::[^\n]*+|"
    r":LOGBOOK:[ \t]*+\n(?:[ \t]*+CLOCK:[^\n]*+\n){0,1000}+[ \t]*+:END:)"
    r"[ \t]*+(?:\n|\Z)",
    re.MULTILINE,
)
REFERENCE = re.compile(rf"\(\({_UUID}\)\)")


def properties(text: str, at: int, in_code: Callable[[int], bool]) -> dict[str, Value]:
    """Return the properties in ``text`` from the offset ``at`` on, by lower-case key. Tags are in one list.

    ``in_code``: whether an offset lies in code, where there are none.
    """
    if "::" not in text:
        return {}
    found: dict[str, Value] = {}
    tags: list[tuple[int, str]] = []
    head = at
    for line in _LINE.finditer(text, at):
        if in_code(line.start("key")):
            continue
        # Logseq writes the properties of a page into its first item.
        first = not text[head : line.start()].strip(" \t\n>-*+")
        head = line.end() if first else head
        _take(found, tags, line.start(), line["key"], line["value"] or "", of_note=first or _outside(text, line))
    for inside in _INSIDE.finditer(text, at):
        if not in_code(inside.start()):
            key, value = inside["key"] or inside["key_"], inside["value"] or inside["value_"] or ""
            _take(found, tags, inside.start(), key, value, of_note=False)
    return {**found, **({"tags": [tag for _, tag in sorted(tags)]} if tags else {})}


def _outside(text: str, line: re.Match[str]) -> bool:
    """Whether a property begins at the margin, outside lists and quotes."""
    return not line["item"] and not line["quote"]


def _take(
    found: dict[str, Value], tags: list[tuple[int, str]], at: int, key: str, value: str, *, of_note: bool
) -> None:
    key, value = key.strip().lower(), value.strip()
    if key in TAGS and value:
        tags.append((at, value))
    elif of_note and value:
        found.setdefault(key, value)
