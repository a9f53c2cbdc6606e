"""Find the links in a Markdown text: inline links, references, and wikilinks (``[[note]]``)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....text.wikilink import folded
from .code import Within

# Bounded, and without nested brackets, so that a file of nothing but brackets is still read in linear time.
_LINK = re.compile(
    r"(?<!!)\[[^\[\]]{0,500}+\]\(\s{0,9}+(?:<([^<>\n]{1,2000}+)>"
    r"|((?:[^()<>\s]|\([^()<>\s]{0,200}+\)){1,2000}+))[^()\n]{0,200}+\)"
)
_WIKILINK = re.compile(r"\[\[([^\[\]\n]{1,500}+)\]\]")
_DEFINITION = re.compile(r"^ {0,3}\[([^\[\]\n]{1,500}+)\]:[ \t]*+(?:<([^<>\n]{1,2000}+)>|(\S{1,2000}+))", re.MULTILINE)
_REFERENCE = re.compile(r"(?<!!)\[([^\[\]\n]{1,500}+)\](?:\[([^\[\]\n]{0,500}+)\])?+(?![(:])")


def links(text: str, at: int, in_code: Within) -> Iterator[tuple[int, str]]:
    """Yield (offset, link) of each link outside code. A link is an address, or a wikilink with its brackets."""
    for link in _LINK.finditer(text, at) if "](" in text else ():
        if not in_code(link.start()):
            yield link.start(), link[1] or link[2]
    if "[[" in text:
        # Those in front matter count as well.
        for link in _WIKILINK.finditer(text):
            if not in_code(link.start()):
                yield link.start(), link[0]
    if "]:" in text:
        defined = {
            folded(each[1]): each[2] or each[3]
            for each in _DEFINITION.finditer(text, at)
            if not each[1].startswith("^") and not in_code(each.start(1))
        }
        for used in _REFERENCE.finditer(text, at) if defined else ():
            address = defined.get(folded(used[2] or used[1]))
            if address and not in_code(used.start()):
                yield used.start(), address
