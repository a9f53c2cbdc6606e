"""HTML inside of another file: a mail's, a book's chapter."""

from __future__ import annotations

import codecs

from ...text.encoding import decode
from .document import Content
from .html import read_html


def content_of_page(data: bytes, encoding: str = "") -> Content:
    """Return the content of a page; ``encoding`` is what the file around says of it, "" if it says nothing.

    Raises Unreadable for binary data.
    """
    if encoding:
        data = codecs.BOM_UTF8 + decode(data, encoding).text.encode("utf-8", "replace")
    title, text, links, headings = read_html(data)
    return Content(title=title, text=text, links=links, headings=headings)
