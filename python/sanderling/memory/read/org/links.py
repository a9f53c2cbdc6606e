"""Links in Org files: ``[[address][description]]``."""

from __future__ import annotations

from collections.abc import Iterator

MAX_LINK_CHARS = 2000


def without_links(line: str) -> tuple[str, list[tuple[int, str]]]:
    """Return a line with descriptions in place of links, and (offset, address) of each link to a file or page."""
    if "[[" not in line:
        return line, []
    shown: list[str] = []
    links: list[tuple[int, str]] = []
    at = length = 0
    for start, end in _brackets(line):
        address, _, description = line[start + 2 : end].partition("][")
        text = description or address.removeprefix("file:").removeprefix("*")
        before = line[at:start]
        if target := _address(address):
            links.append((length + len(before), target))
        shown += [before, text]
        length += len(before) + len(text)
        at = end + 2
    shown.append(line[at:])
    return "".join(shown), links


def _brackets(line: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of ``[[`` and ``]]`` of each link in a line."""
    at, end = line.find("[["), -1
    while at >= 0:
        if end < at:  # else it is the nearest still
            end = line.find("]]", at)
        if end < 0:
            return
        near = end + 2 <= at + MAX_LINK_CHARS
        if near:
            yield at, end
        at = line.find("[[", end + 2 if near else at + 2)


def _address(address: str) -> str:
    """Return the address of a linked file or page; "" for links to anything else.

    These are places within this file, ids and programs.
    """
    if address.startswith(("http://", "https://")):
        return address
    address = address.removeprefix("file:").partition("::")[0]
    if not address or address.startswith(("*", "#")) or ":" in address.partition("/")[0]:
        return ""
    return address
