"""Find where HTML begins and ends within Markdown, as in CommonMark."""

from __future__ import annotations

import re

_HTML_NAMES = """
address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt
fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link main
menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead title tr
track ul
"""
_HTML_BLOCK = re.compile(rf"</?(?:{'|'.join(_HTML_NAMES.split())})(?=[ \t>]|/>|$)", re.IGNORECASE)
_RAW = re.compile(r"<(?:pre|script|style|textarea)(?=[ \t>]|$)", re.IGNORECASE)
_RAW_END = re.compile(r"</(?:pre|script|style|textarea)>", re.IGNORECASE)
_ATTRIBUTE = r"[ \t]++[A-Za-z_:][\w.:-]*+(?:[ \t]*+=[ \t]*+(?:[^ \t\"'=<>`]++|'[^']*+'|\"[^\"]*+\"))?+"
_ANY_TAG = re.compile(
    rf"(?:<[A-Za-z][A-Za-z0-9-]*+(?:{_ATTRIBUTE})*+[ \t]*+/?>|</[A-Za-z][A-Za-z0-9-]*+[ \t]*+>)[ \t]*+$"
)
# (what begins it, what ends it), both fixed.
_SPECIAL = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">"))


def html_end(line: str, *, new: bool) -> str | re.Pattern[str] | None:
    """Return the end mark of the HTML block that ``line`` begins; None if it begins none. "" stands for a blank line.

    ``new``: the line goes on with no paragraph, so any tag that is alone in it begins a block.
    """
    if _RAW.match(line):
        return _RAW_END
    for begins, ends in _SPECIAL:
        if line.startswith(begins) and (begins != "<!" or line[2:3].isalpha()):
            return ends
    if _HTML_BLOCK.match(line) or (new and _ANY_TAG.match(line)):
        return ""
    return None
