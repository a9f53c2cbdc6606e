"""Markdown reader: extracts title, links, headings and metadata.

The text stays as it is written, except for what no reader is shown: pictures inside the text (their alternative text is
left), Obsidian's comments ``%% %%`` and the ids of blocks (``^id`` at the end of a line, ``id::`` of Logseq), which
links still find. Code is never read as anything else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple, cast

import msgspec

from ...text.data_uri import without_data
from ...text.wikilink import folded
from .blocks import Block, blocks, code_spans
from .document import Content
from .front_matter import front_matter
from .markup import parts, unescape
from .metadata import MAX_TEXTS, aliases_of, merged, metadata_of, of_note
from .properties import OWN, REFERENCE, properties
from .tags import tags_in

# Bounded, and without nested brackets, so that a file of nothing but brackets is still read in linear time.
_LINK = re.compile(
    r"(?<!!)\[[^\[\]]{0,500}+\]\(\s{0,9}+(?:<([^<>\n]{1,2000}+)>"
    r"|((?:[^()<>\s]|\([^()<>\s]{0,200}+\)){1,2000}+))[^()\n]{0,200}+\)"
)
_WIKILINK = re.compile(r"\[\[([^\[\]\n]{1,500}+)\]\]")
_DEFINITION = re.compile(r"^ {0,3}\[([^\[\]\n]{1,500}+)\]:[ \t]*+(?:<([^<>\n]{1,2000}+)>|(\S{1,2000}+))", re.MULTILINE)
_REFERENCE = re.compile(r"(?<!!)\[([^\[\]\n]{1,500}+)\](?:\[([^\[\]\n]{0,500}+)\])?+(?![(:])")
_BLOCK_ID = re.compile(
    r"(?:^|(?<=\S)[ \t]++)\^(?=[\w-]*[A-Za-z])([A-Za-z0-9][A-Za-z0-9-]{1,63}+)[ \t]*+$", re.MULTILINE
)
_IMAGE = re.compile(r"!\[[^\[\]]{0,500}+\](?:\([^()]{0,2000}+\)|\[[^\[\]]{0,500}+\])|!\[\[[^\[\]]{0,500}+\]\]")
_LINK_TEXT = re.compile(r"\[([^\[\]]{0,500}+)\](?:\([^()]{0,2000}+\)|\[[^\[\]]{0,500}+\])")
_WIKI_TEXT = re.compile(r"\[\[(?:[^\[\]|]{0,500}+\|)?([^\[\]|]{0,500}+)\]\]")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}+>")
_MARKS = re.compile(r"[*`]|==|~~|(?<!\w)__|__(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ATTRIBUTES = re.compile(r"[ \t]\{[#.][^{}]{0,200}+\}$")
_COMMENT = re.compile(r"%%")


_HTML_HEADING = re.compile(r"<h([1-6])(?:\s[^<>]{0,1000}+)?>|</h[1-6](?=[\s>])", re.IGNORECASE)
# HTML whose content is not read as text.
_UNREAD = ("<!--", "<pre", "<script", "<style", "<textarea")

Within = Callable[[int], bool]


def read_markdown(text: str) -> Content:
    """Return the content of a Markdown ``text``.

    Its title is the first heading of level 1; if the first is of another level, the title that the front matter or a
    property gives, else that heading.
    """
    text = without_data(text)
    top = front_matter(text)
    found = blocks(text, top.end)
    text, block_ids = _shown(text, top.end, _within(_code(text, found)))
    if block_ids is not None:
        found = blocks(text, top.end)
    in_code = _within(_code(text, found))
    stated = properties(text, top.end, in_code)
    written = stated.pop("tags", None)
    fields = of_note({**stated, **top.fields})
    metadata, odd = metadata_of(fields)
    aliases, problems = aliases_of(fields)
    tags = [tag for each in written or () for tag in cast(list[str], of_note({"tags": each})["tags"])]
    tags = [*metadata.tags, *tags, *tags_in(text, top.end, in_code)]
    headings = list(_headings(text, found))
    named = fields.get("title")
    first = headings[0] if headings else None
    own = first is None or (first.level > 1 and isinstance(named, str) and named)
    return Content(
        title=(named if isinstance(named, str) else "") if own or first is None else first.text,
        text=text,
        links=sorted(_links(text, top.end, in_code)),
        headings=[(heading.at, heading.text) for heading in headings],
        blocks=block_ids or (),
        aliases=aliases,
        metadata=msgspec.structs.replace(metadata, tags=merged(tags)[:MAX_TEXTS]),
        warnings=(*top.warnings, *odd, *problems),
    )


def _code(text: str, found: list[Block]) -> list[tuple[int, int]]:
    """Return (start, end) of each stretch of code, and of HTML whose content is not text, in rising order."""
    ranges: list[tuple[int, int]] = []
    for block in found:
        if block.kind == "code" or (block.kind == "html" and block.text.lower().startswith(_UNREAD)):
            ranges.append((block.start, block.end))
        elif block.kind != "html":
            inside = text[block.start : block.end]
            ranges += ((block.start + start, block.start + end) for start, end in code_spans(inside))
    return ranges


def _within(ranges: list[tuple[int, int]]) -> Within:
    """Return what says whether an offset lies in one of ``ranges``, which are in rising order."""
    starts = [start for start, _ in ranges]

    def within(at: int) -> bool:
        number = bisect_right(starts, at) - 1
        return number >= 0 and at < ranges[number][1]

    return within


def _shown(text: str, at: int, in_code: Within) -> tuple[str, list[tuple[int, str]] | None]:
    """Return ``text`` without what no reader is shown, and (offset, ``^id``) of each block that had an id.

    None instead of the ids: nothing was taken out.
    """
    gone = [(start, end, "") for start, end in _comments(text, at, in_code)] if "%%" in text else []
    if "::" in text:
        gone += ((own.start(), own.end(), "") for own in OWN.finditer(text, at) if not in_code(own.end() - 1))
    if "((" in text:
        gone += ((own.start(), own.end(), "") for own in REFERENCE.finditer(text, at) if not in_code(own.start()))
    if "^" in text:
        marks = (mark for mark in _BLOCK_ID.finditer(text, at) if not in_code(mark.start(1)))
        gone += ((mark.start(), mark.end(), f"^{mark[1]}") for mark in marks)
    if not gone:
        return text, None
    kept: list[str] = []
    ids: list[tuple[int, str]] = []
    length = end = 0
    for start, after, name in sorted(gone):
        if start < end:
            continue
        kept.append(text[end:start])
        length += start - end
        end = after
        if name:
            # The last character of the block: an id alone in its line is that of the block above.
            ids.append((max(length - 1, 0), name))
    return "".join(kept) + text[end:], ids


def _comments(text: str, at: int, in_code: Within) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each comment between two marks ``%%``; the second of a paragraph's end is in it."""
    marks = [mark.start() for mark in _COMMENT.finditer(text, at) if not in_code(mark.start())]
    number = 0
    while number + 1 < len(marks):
        start, end = marks[number], marks[number + 1]
        line = text[text.rfind("\n", 0, start) + 1 : start] if text.find("\n\n", start, end) >= 0 else ""
        if line.strip(" \t>") or not (start == 0 or text[start - 1] in " \t\n(>"):
            number += 1
        else:
            yield start, end + 2
            number += 2


class _Heading(NamedTuple):
    at: int
    text: str
    level: int


def _headings(text: str, found: list[Block]) -> Iterator[_Heading]:
    """Yield the headings among the blocks ``found``, and those in HTML, that have any text."""
    for block in found:
        if block.kind == "heading":
            if heading := _plain(" ".join(block.lines)):
                yield _Heading(block.start, heading, block.level)
        elif block.kind == "html" and not block.text.lower().startswith(_UNREAD):
            opened: re.Match[str] | None = None
            for tag in _HTML_HEADING.finditer(text, block.start, block.end):
                if opened is not None and not tag[1]:
                    inside = "".join(part for part in parts(text[opened.end() : tag.start()]) if isinstance(part, str))
                    if heading := " ".join(inside.split()):
                        yield _Heading(opened.start(), heading, int(opened[1]))
                opened = tag if tag[1] else None


def _plain(heading: str) -> str:
    """Return the words of a heading without their Markdown."""
    heading = _ATTRIBUTES.sub("", heading)
    if "[" in heading:
        heading = _LINK_TEXT.sub(r"\1", _WIKI_TEXT.sub(r"\1", _IMAGE.sub("", heading)))
    heading = _ESCAPE.sub(r"\1", unescape(_MARKS.sub("", _TAG.sub("", heading))))
    return " ".join(heading.split())


def _links(text: str, at: int, in_code: Within) -> Iterator[tuple[int, str]]:
    """Yield (offset, link) of each link outside code: an address, or the text of a wikilink with its brackets."""
    for link in _LINK.finditer(text, at):
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
