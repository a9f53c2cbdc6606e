"""HTML bytes in, title, readable text, links and headings out."""

from __future__ import annotations

import re
import warnings

from ..errors import MissingExtra
from .text import clean, refuse_binary

# Text inside these is not what the page says.
_UNREAD = ["head", "title", "nav", "footer", "noscript", "button", "select", "textarea", "svg"]
# A change of the nearest of these is a new paragraph.
_BLOCKS = [
    *("p", "div", "section", "article", "main", "aside", "header", "body", "blockquote", "pre", "figure", "figcaption"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "caption"),
]


_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

Marks = list[tuple[int, str]]
"""(offset in the text, what is there)"""


def read_html(data: bytes) -> tuple[str, str, Marks, Marks]:
    """Return (title or empty, text, links by address, headings). No HTML is too broken for that.

    Raises Unreadable for binary data, MissingExtra without BeautifulSoup.
    """
    refuse_binary(data)
    try:
        from bs4 import BeautifulSoup
        from bs4.element import NavigableString
    except ImportError as error:
        raise MissingExtra("reading HTML files", "documents") from error
    with warnings.catch_warnings():
        # Advice to programmers about odd pages (XHTML, very short files); the user can do nothing with it.
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(data, "html.parser")
    pieces: list[str] = []
    links: Marks = []
    headings: Marks = []
    length = 0
    last_block = last_anchor = None
    for string in soup.find_all(string=True):
        # Comments, scripts and style sheets are subclasses.
        if type(string) is not NavigableString or string.find_parent(_UNREAD):
            continue
        block = string.find_parent(_BLOCKS)
        words = clean(string)
        if block is None or block.name != "pre":
            words = re.sub(r"\s+", " ", words)
        if block is not last_block:
            # White space between blocks says nothing, and must not begin one.
            if not words.strip():
                continue
            words = "\n\n" + words.lstrip()
            if block is not None and block.name in _HEADINGS:
                headings.append((length + 2, clean(block.get_text())))
        anchor = string.find_parent("a", href=True)
        if anchor is not None and anchor is not last_anchor:
            links.append((length + len(words) - len(words.lstrip()), str(anchor["href"])))
        last_block, last_anchor = block, anchor
        pieces.append(words)
        length += len(words)
    return soup.title.get_text() if soup.title else "", "".join(pieces), links, headings
