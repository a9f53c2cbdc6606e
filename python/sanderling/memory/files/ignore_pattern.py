"""Compile gitignore(5) patterns to regular expressions that match in at most quadratic time.

The time is in the length of a path. Written here rather than taken from ``pathspec``, to which the tests compare it:
files of rules come with folders from elsewhere, and there ``*a*a*a*a`` took 10 s for one name of 254 letters. Here
every ``*`` but the last of a part, and every ``**`` but the last, is an atomic group: the first place that fits is as
good as any later one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_CHARACTERS = 1000


class Pattern(NamedTuple):
    """One ignore rule."""

    matches: re.Pattern[str]
    """For a whole path relative to the file of rules, or for a name alone; see ``name_only``."""
    name_only: bool
    """It has no slash inside, so it is for names at any depth."""
    folders_only: bool
    takes_in: bool
    """It begins with ``!``, so the files it matches are read."""


def parse(line: str) -> Pattern | None:
    """Read one line; return None for a blank line or a comment.

    Raises ValueError for what is no pattern; git passes over such a line in silence.
    """
    if len(line) > MAX_CHARACTERS:
        raise ValueError(f"longer than {MAX_CHARACTERS} characters")
    text = line.rstrip(" \t")
    if text.endswith("\\") and (len(text) - len(text.rstrip("\\"))) % 2 and text != line:
        text += line[len(text)]  # "\ " at the end is a blank that counts
    if not text or text.startswith("#"):
        return None
    takes_in = text.startswith("!")
    text = text.removeprefix("!")
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    name_only = "/" not in text
    parts = text.removeprefix("/").split("/")
    if not all(parts):
        raise ValueError("a part between two slashes is empty")
    return Pattern(_compiled(parts), name_only, folders_only, takes_in)


def _compiled(parts: list[str]) -> re.Pattern[str]:
    """Translate the parts between slashes; ``**`` stands for any number of folders."""
    runs: list[list[str]] = [[]]
    for part in parts:
        if part == "**":
            runs.append([])
        else:
            runs[-1].append(_part(part))
    first, *later = ("/".join(run) for run in runs)
    if not later:
        return re.compile(first, re.DOTALL)
    *middle, last = later
    expression = f"{first}/" if first else ""
    for run in middle:
        expression += f"(?>(?:[^/]+/)*?{run}/)" if run else ""
    return re.compile(expression + (f"(?:[^/]+/)*{last}" if last else ".+"), re.DOTALL)


def _part(part: str) -> str:
    """Translate one part: ``*``, ``?``, ``[...]`` and escapes, none of which match a slash."""
    between = [""]
    at = 0
    while at < len(part):
        character = part[at]
        at += 1
        if character == "*":
            if between[-1] or len(between) == 1:
                between.append("")
        elif character == "?":
            between[-1] += "[^/]"
        elif character == "[" and (end := _class_end(part, at)):
            between[-1] += _class(part[at:end])
            at = end + 1
        elif character == "\\":
            if at == len(part):
                raise ValueError("a backslash with nothing behind it")
            between[-1] += re.escape(part[at])
            at += 1
        else:
            between[-1] += re.escape(character)
    first, *later = between
    if not later:
        return first
    *middle, last = later
    return first + "".join(f"(?>[^/]*?{each})" for each in middle if each) + f"[^/]*{last}"


def _class_end(part: str, start: int) -> int:
    """Return the offset of the bracket that closes the class begun before ``start``; 0 if there is none."""
    at = start + 1 if part[start : start + 1] in ("!", "^") else start
    # A bracket that comes first is a member.
    at = part.find("]", at + 1)
    return max(at, 0)


def _class(inside: str) -> str:
    negated = inside[:1] in ("!", "^")
    members = inside[1:] if negated else inside
    escaped = members.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("^", "\\^")
    for doubled in ("&", "|", "~"):
        escaped = escaped.replace(doubled, f"\\{doubled}")
    expression = f"(?!/)[{'^' if negated else ''}{escaped}]"
    try:
        re.compile(expression)
    except re.error as error:
        raise ValueError(str(error)) from error
    return expression
