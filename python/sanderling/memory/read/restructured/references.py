"""Replace reStructuredText links, roles and literals with their visible words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MAX_REFERENCE_CHARS = 1000


def targets_of(lines: Sequence[str]) -> dict[str, str]:
    """Return the addresses of named link targets (``.. _name: address``)."""
    found = {}
    for line in lines:
        bare = line.strip()
        if bare.startswith(".. _"):
            name, _, address = bare[4:].partition(": ")
            if address.strip():
                found[name.strip("`").lower()] = address.strip()
    return found


def inline(line: str, targets: Mapping[str, str]) -> tuple[str, list[tuple[int, str]]]:
    """Return ``line`` with references replaced by their words, and each link's (offset in the result, address)."""
    if "`" not in line:
        return line, []
    shown: list[str] = []
    links: list[tuple[int, str]] = []
    at = length = 0
    while (start := line.find("`", at)) >= 0:
        mark = "``" if line.startswith("``", start) else "`"
        end = line.find(mark, start + len(mark), start + MAX_REFERENCE_CHARS)
        if end < 0:
            break
        inside = line[start + len(mark) : end]
        before, at = line[at:start], end + len(mark)
        if mark == "``":
            text = f"`{inside}`"
        else:
            text, address = _reference(inside)
            before = _without_role(before)
            if line.startswith("_", at):
                address = address or targets.get(inside.lower(), "")
                at += 2 if line.startswith("__", at) else 1
                if address:
                    links.append((length + len(before), address))
        shown += [before, text]
        length += len(before) + len(text)
    shown.append(line[at:])
    return "".join(shown), links


def _reference(inside: str) -> tuple[str, str]:
    """Return text and address of ``text <address>``; without an address, ""."""
    text, angle, address = inside.rpartition("<")
    if angle and address.endswith(">"):
        return text.strip() or address[:-1], address[:-1]
    return inside, ""


def _without_role(before: str) -> str:
    """Return the text before interpreted text, without a role such as ``:ref:``."""
    if not before.endswith(":"):
        return before
    name = before[:-1].rpartition(" ")[2]
    start = name.find(":")
    return before[: len(before) - len(name) + start - 1] if start >= 0 else before
