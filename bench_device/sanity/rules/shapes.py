"""Rules about the outward form: Markdown, JSON, sections, placeholders, a title, a postscript."""

from __future__ import annotations

import json
import re
from typing import Any

_HIGHLIGHT = re.compile(r"\*[^\n*]*\*")
_BOLD = re.compile(r"\*\*[^\n*]*\*\*")
_OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_FENCES = ("```json", "```Json", "```JSON", "```")


def number_placeholders(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text has at least ``num_placeholders`` placeholders in square brackets."""
    return sum(map(_placeholders, text.split("\n"))) >= int(given["num_placeholders"])


def _placeholders(line: str) -> int:
    count = 0
    start = line.find("[")
    # Bracket by bracket, since a pattern would read the rest of the line once for each opening one.
    while start >= 0 and (end := line.find("]", start)) >= 0:
        count += 1
        start = line.find("[", end)
    return count


def postscript(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text has a postscript that begins with ``postscript_marker``."""
    marker, said = given["postscript_marker"].strip(), text.lower()
    if marker.rstrip(".") == "P.P.S":
        return any(f"p.{one}p.{two}s" in said for one in ("", " ", "\n") for two in ("", " ", "\n"))
    if marker == "P.S.":
        return any(f"p.{blank}s." in said for blank in ("", " ", "\n"))
    return marker.lower() in said


def number_bullet_lists(text: str, given: dict[str, Any]) -> bool:
    """Return whether exactly ``num_bullets`` lines begin with an asterisk or a hyphen."""
    lines = [line.lstrip() for line in text.split("\n")]
    count = sum(line.startswith("-") or (line[:1] == "*" and line[1:2] not in ("", "*")) for line in lines)
    return count == int(given["num_bullets"])


def number_highlighted_sections(text: str, given: dict[str, Any]) -> bool:
    """Return whether asterisks highlight at least ``num_highlights`` passages.

    They may be single or double.
    """
    single = sum(bool(found.strip("*").strip()) for found in _HIGHLIGHT.findall(text))
    double = sum(bool(found[2:-2].strip()) for found in _BOLD.findall(text))
    return single + double >= int(given["num_highlights"])


def multiple_sections(text: str, given: dict[str, Any]) -> bool:
    """Return whether ``section_spliter`` with a number behind it occurs at least ``num_sections`` times."""
    mark, count = given["section_spliter"].strip(), 0
    if not mark:
        raise ValueError("no mark of a section")
    for part in text.split(mark)[1:]:
        count += part[:1].isdigit() or (part[:1].isspace() and part[1:2].isdigit())
    return count >= int(given["num_sections"])


def constrained_response(text: str, given: dict[str, Any]) -> bool:
    """Return whether the text contains one of the three answers that the instruction allows."""
    return any(option in text for option in _OPTIONS)


def json_format(text: str, given: dict[str, Any]) -> bool:
    """Return whether the whole text is JSON, with or without a code fence."""
    inner = text.strip()
    for fence in _FENCES:
        inner = inner.removeprefix(fence)
    try:
        json.loads(inner.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def title(text: str, given: dict[str, Any]) -> bool:
    """Return whether a line has a title between ``<<`` and ``>>``."""
    for line in text.split("\n"):
        start, end = line.find("<<"), line.rfind(">>")
        if 0 <= start < end - 1 and line[start:end].lstrip("<").rstrip(">").strip():
            return True
    return False
