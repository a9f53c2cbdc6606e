"""Read the front matter of a Markdown text: YAML between ``---`` lines or TOML between ``+++`` lines.

It stands at the very top. Where the YAML is broken its entries are read one by one, since people and templates write
``title: Pump: a manual``; what is not understood is left out whole and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from ..yaml_values import MAX_DEPTH, Odd, Value, parsed

MAX_CHARACTERS = 64 << 10

_YAML = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*$", re.DOTALL | re.MULTILINE)
_ENTRY = re.compile(r"([^\s#:\-\[\]{}\"'][^:\n]{0,200}):(?=[ \t\n]|$)")
_TAGS = re.compile(r"(?:tags?|keywords):", re.IGNORECASE)
_HASH = re.compile(r"(?<![^\s,\[])#(?=\w)")
_STRUCTURE = frozenset("[{\"'|>&*!")
"""Characters that begin a value other than plain text."""


class FrontMatter(NamedTuple):
    """The front matter of a Markdown text."""

    fields: dict[str, Value]
    """Values by key in lower case."""
    end: int
    """Offset in the text where the front matter ends; 0 if there is none."""
    warnings: tuple[str, ...]


def front_matter_end(text: str) -> int:
    """Return the end of possible front matter at the top of ``text``, as an offset; 0 if there is none."""
    found = _YAML.match(text) or _TOML.match(text)
    return found.end() if found else 0


def front_matter(text: str) -> FrontMatter:
    """Return the front matter of ``text``, with one warning per part that cannot be read."""
    found = _YAML.match(text) or _TOML.match(text)
    if found is None:
        return FrontMatter({}, 0, ())
    block, end = found[1], found.end()
    if len(block) > MAX_CHARACTERS:
        return FrontMatter({}, end, (f"its front matter is longer than {MAX_CHARACTERS >> 10} KiB and is not read",))
    return _toml(block, end) if text.startswith("+++") else _yaml(block, end)


def _toml(block: str, end: int) -> FrontMatter:
    import tomllib  # needed for few notes, and takes longer to import than one of them to read

    try:
        fields = tomllib.loads(block, parse_float=str)
        return FrontMatter({key.lower(): _plain(value, 1) for key, value in fields.items()}, end, ())
    except (tomllib.TOMLDecodeError, Odd, RecursionError) as error:
        return FrontMatter({}, end, (f"its front matter is not read: no valid TOML ({error})",))


def _yaml(block: str, end: int) -> FrontMatter:
    try:
        value = parsed(block)
    except Odd:
        first = next((line for line in block.split("\n") if line.strip() and not line.startswith("#")), "")
        # Two rules with prose between them are no front matter, nor is a line of prose above a rule.
        return _one_by_one(block, end) if ":" in first else FrontMatter({}, 0, ())
    if value is not None and not isinstance(value, dict):
        return FrontMatter({}, 0, ())
    fields = {**value} if value else {}
    warnings: list[str] = []
    for line, entry in _entries(block) if _TAGS.search(block) else ():
        if _TAGS.match(entry) and "#" in entry:
            fields.update(_tags(entry, line, warnings))
    found: dict[str, Value] = {}
    for key, each in fields.items():
        if key.lower() in found:
            warnings.append(f"front matter: {key} stands there twice; the last is taken")
        found[key.lower()] = each
    return FrontMatter(found, end, tuple(warnings))


def _one_by_one(block: str, end: int) -> FrontMatter:
    fields: dict[str, Value] = {}
    warnings: list[str] = []
    for line, entry in _entries(block):
        if not _ENTRY.match(entry):
            warnings.append(f"front matter, line {line}: {_shown(entry.strip())} is not understood")
            continue
        found = _tags(entry, line, warnings) if _TAGS.match(entry) and "#" in entry else _entry(entry, line, warnings)
        for key, value in found.items():
            if key.lower() in fields:
                warnings.append(f"front matter, line {line}: {key} stands there twice; the last is taken")
            fields[key.lower()] = value
    return FrontMatter(fields, end, tuple(warnings))


def _entries(block: str) -> Iterator[tuple[int, str]]:
    """Yield (line number, entry) for each unindented key.

    Lines above the first key come first, without one.
    """
    first, lines = 2, list[str]()
    for number, line in enumerate(block.split("\n"), start=2):
        if _ENTRY.match(line) and lines:
            yield first, "\n".join(lines)
            lines = []
        if not lines:
            if not line.strip() or line.startswith("#"):
                continue
            first = number
        lines.append(line)
    if lines:
        yield first, "\n".join(lines)


def _tags(entry: str, line: int, warnings: list[str]) -> dict[str, Value]:
    """Read an entry of tags, where YAML would take ``#`` for a comment."""
    try:
        value = parsed(entry)
    except Odd:
        value = None
    if isinstance(value, dict) and all(value.values()) and all(map(_complete, value.values())):
        return value
    return _entry(_HASH.sub("", entry), line, warnings)


def _complete(value: Value) -> bool:
    return not isinstance(value, list) or None not in value


def _entry(entry: str, line: int, warnings: list[str]) -> dict[str, Value]:
    """Read one entry of invalid front matter; append a warning if the entry is invalid as well."""
    tried = entry.expandtabs(2)
    while True:
        try:
            value = parsed(tried)
            if isinstance(value, dict):
                return value
            reason = "no key with a value"
        except Odd as error:
            reason = str(error)
        head, _, rest = tried.partition("\n")
        # Prose below an entry is no part of it.
        stray = next((each for each in rest.split("\n") if each.strip() and each[0] not in " #-]}"), None)
        if stray is None:
            break
        at = tried.index(f"\n{stray}") + 1
        warnings.append(f"front matter, line {line + tried.count(chr(10), 0, at)}: {_shown(stray)} is not understood")
        tried = tried[:at].rstrip()
    key, _, written = head.partition(":")
    written = written.strip()
    if rest.strip() or not written or written[0] in _STRUCTURE:
        warnings.append(f"front matter, line {line}: {key.strip()} is not read ({reason})")
        return {}
    warnings.append(f"front matter, line {line}: {key.strip()} is not valid YAML and is taken as plain text ({reason})")
    return {key.strip(): re.sub(r"(?<=\s)#.*", "", written).strip()}


def _shown(line: str) -> str:
    return repr(line if len(line) <= 40 else f"{line[:40]}…")


def _plain(value: object, depth: int) -> Value:
    """Convert a TOML value to the form of YAML values."""
    if depth > MAX_DEPTH:
        raise Odd("nested too deeply")
    if isinstance(value, dict):
        return {str(key): _plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, depth + 1) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value).strip()
