"""HTML reader: extracts the title, text, links, headings, language and date of a page.

Tables are rows with their header, line breaks are line breaks, and what a browser does not show is left out. So are
menus, banners and footers where there is other text, and all but ``main`` and ``article`` where they hold it.
"""

from __future__ import annotations

import re

from ....text.encoding.encoding import decode
from ..document import Content
from .markup import End, parts
from .page import Page

# Searched in the first bytes only, as browsers do; the letters before are of one name, so no run is read twice.
_ENCODING = re.compile(rb"\b(?:charset|encoding)\s{0,9}=\s{0,9}[\"']?([A-Za-z][\w.:-]{1,40})")
_HEAD_BYTES = 2048


def read_html(data: bytes, declared: str = "") -> Content:
    """Return the content of a page, even if its HTML is broken.

    ``declared``: an encoding that is told apart from the page. Raises Unreadable for binary data.
    """
    said = _ENCODING.search(data, 0, _HEAD_BYTES)
    decoded = decode(data, declared or (said[1].decode("ascii") if said else ""))
    page = page_of(decoded.text)
    text, links, headings = page.read()
    return Content(
        title=page.head.title(headings),
        text=text,
        links=links,
        headings=headings,
        metadata=page.head.metadata(),
        warnings=decoded.doubts,
    )


def page_of(text: str) -> Page:
    """Make a page from all parts of the HTML ``text``."""
    page = Page()
    for part in parts(text):
        if isinstance(part, str):
            page.text(part)
        elif isinstance(part, End):
            page.end(part.name)
        else:
            page.start(part)
    return page
