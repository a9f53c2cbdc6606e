"""Replace pictures inside a text (``data:`` addresses) with their alternative text or media type.

A picture of 150 KB is 150,000 letters that nobody searches for. An address is recognised by its media type; in Markdown
(``![alt](data:…)``, ``[name]: data:…``) and in ``<img>`` the alternative text takes its place, elsewhere, in code too,
``data:image/png`` is left of it. Other base64 of a thousand characters and more, such as drawings, certificates and
attachments of mail, becomes ``(base64)``.
"""

from __future__ import annotations

import re

_ADDRESS = re.compile(
    r"data:(?P<kind>[a-z]{2,20}/[\w.+-]{1,80})(?:;[\w.=+-]{1,80}){0,5}+(?P<base64>;base64)?+,", re.IGNORECASE
)
# Base64 is wrapped by some programs: a next line belongs to it if it is long, or if a quote or bracket ends it.
_BASE64 = re.compile(
    r"[\w+/=%-]*+(?:[ \t]*+\n[ \t]*+[\w+/=-]{40,}+)*+(?:[ \t]*+\n[ \t]*+[\w+/=-]{1,}+(?=[\"')>]))?+", re.ASCII
)
_ESCAPED = re.compile(r"[^\s\"'()<>]*+")
# Pictures written as text, by what they begin and end with.
_DRAWINGS = (("<svg", re.compile("</svg>", re.IGNORECASE)), ("%3csvg", re.compile("%3c/svg%3e", re.IGNORECASE)))

_SHORT = r"data:[a-z]{2,20}/[\w.+-]{1,80}"
_INLINE = re.compile(rf"!?\[([^\[\]]{{0,500}}+)\]\(\s{{0,9}}+<?{_SHORT}>?[^()\n]{{0,500}}+\)", re.IGNORECASE)
_DEFINED = re.compile(
    rf"^ {{0,3}}\[([^\[\]\n]{{1,500}}+)\]:\s{{0,9}}+<?{_SHORT}>?[^\n]*+\n?", re.IGNORECASE | re.MULTILINE
)
_REFERENCE = re.compile(r"!\[([^\[\]]{0,500}+)\](?:\[([^\[\]]{0,500}+)\])?+")
_IMAGE = re.compile(rf"<img(?=[\s/])[^<>]{{0,2000}}?{_SHORT}[^<>]{{0,2000}}+>", re.IGNORECASE)
_ALT = re.compile(r"\balt\s{0,9}+=\s{0,9}+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>]++))", re.IGNORECASE)

# Lines of one length, with an empty line between them in drawings of Excalidraw; only the end of the last is told.
_LINE = r"[A-Za-z0-9+/_-]{60,}+={0,2}+"
_LINES = re.compile(
    rf"(?<![A-Za-z0-9+/_=-]){_LINE}(?:[ \t>]{{0,9}}+\n{{1,2}}+[ \t>]{{0,9}}+{_LINE})*+"
    r"(?:[ \t>]{0,9}+\n{1,2}+[ \t>]{0,9}+[A-Za-z0-9+/_-]{1,80}+={1,2}+)?+"
)
_BASE64_CHARS = 1000
_SAMPLE_CHARS = 500


def without_data(text: str) -> str:
    """Return ``text`` without pictures and other data in base64. The same text if it has none."""
    text = _without_addresses(text)
    return text if len(text) < _BASE64_CHARS else _LINES.sub(_named, text)


def _named(found: re.Match[str]) -> str:
    return "(base64)" if len(found[0]) >= _BASE64_CHARS and _is_data(found[0][:_SAMPLE_CHARS]) else found[0]


def _is_data(sample: str) -> bool:
    """Whether ``sample`` mixes capitals, small letters and digits like encoded data."""
    signs = sum(map(str.isdigit, sample)), sum(map(str.isupper, sample)), sum(map(str.islower, sample))
    return signs[0] >= 0.04 * len(sample) and min(signs[1:]) >= 0.15 * len(sample)


def _without_addresses(text: str) -> str:
    # The pattern ignores case, and such a search takes several times as long as this.
    if ":" not in text or "data:" not in text.lower() or _ADDRESS.search(text) is None:
        return text
    text = _shortened(text)
    text = _IMAGE.sub(_alternative, text)
    text = _INLINE.sub(r"\1", text)
    names = {_folded(match[1]) for match in _DEFINED.finditer(text)}
    if names:
        text = _DEFINED.sub("", text)
        text = _REFERENCE.sub(
            lambda found: found[1] if _folded(found[2] or found[1]) in names else found[0],
            text,
        )
    return text


def _shortened(text: str) -> str:
    """Cut off every address after its media type."""
    parts: list[str] = []
    at = 0
    # An end that was not found once is not searched for again.
    missing: set[str] = set()
    while (found := _ADDRESS.search(text, at)) is not None:
        end = found.end()
        for begins, ends in _DRAWINGS:
            if begins not in missing and text[end : end + len(begins)].lower() == begins:
                close = ends.search(text, end)
                if close:
                    end = close.end()
                else:
                    missing.add(begins)
        if end == found.end():
            pattern = _BASE64 if ";base64" in found[0].lower() else _ESCAPED
            content = pattern.match(text, end)
            end = content.end() if content else end
        parts += (text[at : found.start()], "data:", found["kind"])
        at = end
    parts.append(text[at:])
    return "".join(parts)


def _alternative(found: re.Match[str]) -> str:
    alt = _ALT.search(found[0])
    return next((each for each in alt.groups() if each is not None), "") if alt else ""


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
