"""Rewrite the HTML tables of a Markdown text as Markdown tables. Rows then stay with their header in chunks."""

from __future__ import annotations

import re

from .code import Within

_TAG = re.compile(r"<(/?)table(?=[\s/>])", re.IGNORECASE)
_LINK = re.compile(
    r"<a\s[^<>]{0,500}?href=[\"']([^\"'<>\s()]{1,500})[\"'][^<>]{0,500}+>([^<>\[\]]{1,500}+)</a>", re.IGNORECASE
)
_MOST_CHARS = 1 << 20


def with_tables(text: str, at: int, in_code: Within) -> str:
    """Return ``text`` with its HTML data tables rewritten in Markdown, from the offset ``at`` on.

    A table that only places pictures or paragraphs stays as it is written, as does one that is never closed.
    """
    if "<table" not in text and "<TABLE" not in text:
        return text
    kept: list[str] = []
    end = start = depth = 0
    for tag in _TAG.finditer(text, at):
        if in_code(tag.start()):
            continue
        if not tag[1]:
            start = start if depth else tag.start()
            depth += 1
        elif depth:
            depth -= 1
            close = text.find(">", tag.end()) + 1
            if not depth and close and (table := _written(text[start:close])):
                kept += (text[end:start].rstrip(" \t"), f"\n\n{table}\n\n")
                end = close
    return "".join(kept) + text[end:] if kept else text


def _written(table: str) -> str:
    """Return an HTML table as Markdown; "" if it has no rows with a header."""
    if len(table) > _MOST_CHARS or "\n>" in table:
        return ""
    # Imported for the first table: it takes longer than ten notes.
    from ..html.html import page_of

    text, _, _ = page_of(_LINK.sub(r"[\2](\1)", table)).read()
    return text if "\n|-" in text else ""
