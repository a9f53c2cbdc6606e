"""Name a document by the words in the names of its file and the last folders. A question may use these words.

A note often says only by its path what it is about: ``Projects/Borealis/meeting.md``. The words go into the full-text
index, and before the text that is embedded, unless the title says them already. The name of the file is an alias of the
document as well, by which a question and other notes name it.

Left out are folders that say where notes lie and not what they are about (:data:`NOISE`): they would be a word of all
notes and of no question. The folder that is ingested counts only where there are fewer than two below it.
"""

from __future__ import annotations

import os.path
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from ...text.clean import one_line
from ...text.dates.month_names import ENGLISH_MONTHS, ENGLISH_WEEKDAYS, MONTHS, alternatives
from ...text.dates.written import Written, may_have_year, written
from ...text.name_trie import title_key

FOLDERS = 3
"""Number of folders above a file whose names count."""
_NOISE = """
notes note notizen notiz docs doc documents document dokumente files file dateien data daten vault vaults obsidian
logseq pages page content misc other all inbox archive attachments assets folder src home users user desktop downloads
tmp temp root mnt media storage emulated sdcard untitled default main new index readme
"""
NOISE = frozenset(_NOISE.split())
"""Names of folders and files that do not describe their content."""

_UPPER, _LOWER = "[A-ZÀ-ÖØ-ÞА-ЯЁ]", "[a-zß-öø-ÿа-яё]"
_CAMEL = re.compile(rf"(?<={_LOWER}{_LOWER})(?={_UPPER})|(?<={_UPPER})(?={_UPPER}{_LOWER}{_LOWER})")
_BETWEEN = re.compile(r"[\s_+~=-]+|(?<!\d)\.|\.(?!\d)")
_NUMBERED = re.compile(r"\d{1,3}[\s._-]+(?=[^\W\d_])")
"""A number that only orders folders, as in ``01 - Projects``."""
_PAGE_ID = re.compile(r"[ -][0-9a-f]{32}(?:_all)?$")
_WORD = re.compile(r"[^\W_]+")
_MADE_UP = re.compile(r"(?:tmp|temp)\w*|[0-9a-f-]{8,}|\d{1,3}")


class FileNames(NamedTuple):
    """The names and date in the path of a file."""

    stem: str
    """Name of the file without its suffix, as written."""
    folders: tuple[str, ...]
    """Names of the last folders, the nearest last, without :data:`NOISE`."""
    date: Written | None
    """Date in the file's name, or else in the names of the last folders."""

    @property
    def of_a_day(self) -> bool:
        """Whether the file's name is only a date, like a daily log's."""
        return self.date is not None and not self._undated(self.stem)

    def line(self, title: str) -> str:
        """Return the words of the path that ``title`` lacks, on one line."""
        said = {*_words(title), *map(str.lower, _split(title))}
        parts: list[str] = []
        for part in map(self._undated, (*self.folders, self.stem)):
            words = _split(part)
            lowered = {word.lower() for word in words}
            new = lowered - said
            if not new or lowered <= NOISE:
                continue
            parts.append(" ".join(words) if new else "")
            # A name in one word is looked for as it is written, too.
            parts += [part] if len(words) > 1 and part.isalnum() else []
            said |= new
        return one_line(" ".join([*parts, in_words(self.date) if self.date else ""]))

    def _undated(self, part: str) -> str:
        """Return a part of the path without dates; "" if it is part of a date spread over the path."""
        if self.date is None:
            return part
        for each in reversed(written(part)):
            part = f"{part[: each.start]} {part[each.end :]}"
        return "" if _OF_DATE.fullmatch(part.strip()) else part

    def aliases(self, title: str) -> tuple[str, ...]:
        """Return the document's names except ``title``.

        A name of the same words is none: ``otter.md`` would let each ``otter`` mention the note called ``Otter``.
        """
        spoken = " ".join(split_words(self.stem))
        names = dict.fromkeys(name for name in (self.stem, spoken) if name and title_key(name) != title_key(title))
        # A name in words is found as it is written with hyphens: both are the same words.
        if " ".join(_words(self.stem)) == " ".join(_words(spoken)):
            names.pop(spoken if self.stem != spoken else "", None)
        return tuple(name for name in names if title_key(name) and name.lower() not in NOISE)


def names_of(path: Path, root: Path) -> FileNames:
    """Return the names and date in a file's path. ``root``: the ingested folder or file."""
    # By texts, since a path takes longer to compare than all else here.
    folders, dated = _folders(os.path.dirname(path), str(root))  # noqa: PTH120
    stem = _as_meant(one_line(path.stem))
    return FileNames(stem, folders, _date(stem, dated))


def _as_meant(name: str) -> str:
    """Return a name without what a program made of it.

    It may be saved as in an address, such as ``My%20notes``, or with the id of its page in Notion behind it.
    """
    name = _PAGE_ID.sub("", name, count=1) or name
    if "%" not in name:
        return name
    try:
        return one_line(unquote(name, errors="strict"))
    except UnicodeDecodeError:
        return name


@lru_cache(maxsize=64)  # the files of a folder come one after the other
def _folders(path: str, top: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the descriptive names of folders, and all folder names that may be part of a date."""
    folder, root = Path(path), Path(top)
    try:
        below = folder.relative_to(root).parts
    except ValueError:
        below = ()
        root = folder
    telling = [name for name in map(one_line, below) if not _is_noise(name)][-FOLDERS:]
    if len(telling) < 2 and not _is_noise(root.name):
        telling.insert(0, one_line(root.name))
    named = tuple(_as_meant(_NUMBERED.sub("", name, count=1)) for name in telling)
    last = map(one_line, (root.name, *below)[-FOLDERS:])
    return named, tuple(_NUMBERED_MONTH.sub(r"\1", name) for name in last)


def split_words(name: str) -> list[str]:
    """Split a name into words: ``yard_care``, ``yard-care`` and ``YardCare`` each into two."""
    return [*_split(name)]


@lru_cache(maxsize=64)  # asked several times of a file, and of its folders for each file
def _split(name: str) -> tuple[str, ...]:
    parts = [part for part in _BETWEEN.split(name) if part]
    # Nearly all have no capital but their first letter.
    if all(part[1:] == part[1:].lower() for part in parts):
        return tuple(parts)
    return tuple(word for part in parts for word in _CAMEL.split(part) if word)


def in_words(date: Written) -> str:
    """Return a date in English words, such as "Tuesday 5 March 2024" or "week 10 of March 2024"."""
    span = date.span()
    if span is None:
        return ""
    first = span.first
    month = f"{ENGLISH_MONTHS[first.month - 1]} {first.year}"
    if date.unit == "day":
        return f"{first.isoformat()} {ENGLISH_WEEKDAYS[first.weekday()]} {first.day} {month}"
    if date.unit == "week":
        return f"week {date.number} of {month}"
    if date.unit == "quarter":
        return f"quarter {date.number} of {first.year}"
    return month if date.unit == "month" else str(first.year)


def _date(stem: str, folders: tuple[str, ...]) -> Written | None:
    """Return the first date in the file's name, or the date that its folders and name form together.

    Such as ``2024/03/05.md``. A year beside words is no date: ``budget-2024`` is about a year, not written
    in it.
    """
    # No year goes across a slash.
    if not (may_have_year(stem) or any(map(may_have_year, folders))):
        return None
    dates = written(stem)
    own = [each for each in dates if each.unit != "year"]
    if own:
        return own[0]
    for start in range(len(folders)):
        path = "/".join([*folders[start:], stem])
        found = [each for each in written(path) if each.unit != "year"]
        if found:
            return found[-1]
    return next((each for each in dates if stem[each.start : each.end] == stem), None)


_OF_DATE = re.compile(rf"(?:[\d\W_]*(?:{alternatives(MONTHS)})?|W\d\d?)", re.IGNORECASE)
_NUMBERED_MONTH = re.compile(r"^(0[1-9]|1[0-2])[-_. ]+[^\W\d_]+$")
"""A folder such as ``03-March``."""


def _is_noise(folder: str) -> bool:
    words = [word.lower() for word in split_words(folder)]
    return all(word in NOISE for word in words) or _MADE_UP.fullmatch(folder.lower()) is not None


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
