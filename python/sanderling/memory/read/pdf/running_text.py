"""Join the pages of a PDF into one text, without running heads and line-end hyphens."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

EDGE_LINES = 3
"""Number of lines at the top and bottom of a page that may be running heads."""
MOST = 0.6
"""Least share of the pages with a running head. It is counted among all pages, or among left or right pages only."""
FEWEST_PAGES = 3
MOST_NAMES = 3
_LINE_CHARS = 30
"""Shortest last line that does not end its paragraph."""

_NUMBER = re.compile(r"[0-9]{1,9}")
# Ligatures, and the forms of Arabic and Hebrew letters by their place in a word: not what anybody types.
_FORMS = re.compile(r"[\ufb00-\ufdfb\ufe70-\ufefc]+")
_BROKEN = re.compile(r"(?<![^\W\d_])([^\W\d_]{1,40})([-\u00ad\u2010])[ \t]{0,4}\n[ \t]{0,4}(?=([^\W\d_]{2,40}))")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_PAGES = "page pages p pg of seite s von página pág pagina pag de di da sida side sivu strona str z"
_PAGE_WORDS = frozenset(_PAGES.split())
_SENTENCE_END = frozenset('.!?:;…。\uff01\uff1f"”»)]')


class Pages(NamedTuple):
    """The pages of a document without running heads, and the removed heads."""

    texts: list[str]
    heads: tuple[str, ...]
    """Running heads of several words, which may be the only text that names the document."""


def running_text(pages: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return ``pages`` as one text without running heads, and the removed heads.

    A sentence may go on over a page break.
    """
    read = without_running_heads([_composed(page) for page in pages])
    bodies = [page.strip() for page in read.texts]
    parts: list[str] = []
    for body in filter(None, bodies):
        if parts:
            last = parts[-1].rsplit("\n", 1)[-1]
            goes_on = len(last) >= _LINE_CHARS and last[-1] not in _SENTENCE_END and body[0].islower()
            parts.append("\n" if goes_on else "\n\n")
        parts.append(body)
    return whole_words("".join(parts)), read.heads


def _composed(page: str) -> str:
    page = _FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), page)
    return "\n".join(map(str.rstrip, page.splitlines()))


def without_running_heads(pages: Sequence[str]) -> Pages:
    """Remove the top and bottom lines that are the same on most pages. Page numbers in them may differ."""
    lines = [[line for line in page.splitlines() if line.strip()] for page in pages]
    if sum(map(bool, lines)) < 2:
        return Pages(list(pages), ())
    named: dict[str, None] = {}
    heads = [_heads(lines, bottom=bottom) for bottom in (False, True)]
    kept: list[str] = []
    for number, page in enumerate(pages):
        rows = page.splitlines()
        start, end = 0, len(rows)

        def drops(row: str, at: int, *, bottom: bool) -> bool:
            return not row.strip() or not _marks(row, at, bottom=bottom).isdisjoint(heads[bottom])

        while start < end and drops(rows[start], number, bottom=False):
            if len(_WORD.findall(rows[start])) > 1 and len(named) < MOST_NAMES:
                named.setdefault(" ".join(rows[start].split()))
            start += 1
        while start < end and drops(rows[end - 1], number, bottom=True):
            end -= 1
        kept.append("\n".join(rows[start:end]))
    return Pages(kept, tuple(named))


def _heads(pages: Sequence[Sequence[str]], *, bottom: bool) -> set[tuple[str, ...]]:
    """Return the marks (:func:`_marks`) of the running heads of ``pages``, or of the feet if ``bottom``."""
    seen: Counter[tuple[str, ...]] = Counter()
    for number, lines in enumerate(pages):
        edge = lines[-EDGE_LINES:] if bottom else lines[:EDGE_LINES]
        seen.update({mark for line in edge for mark in _marks(line, number, bottom=bottom)})
    texts = [number for number, lines in enumerate(pages) if lines]
    sides = {"": len(texts), "0": sum(not n % 2 for n in texts), "1": sum(n % 2 for n in texts)}
    # Two pages are enough for a number that counts them.
    return {
        mark
        for mark, times in seen.items()
        if times >= max(FEWEST_PAGES if not mark[2] or mark[0] else 2, MOST * sides[mark[0]])
    }


def _marks(line: str, number: int, *, bottom: bool) -> set[tuple[str, ...]]:
    """Return the marks by which a line is recognised on other pages: on all, or on left or right ones.

    Its words and numbers as they are, or one number counted from that of the page. At the top of a page a line with
    other words may be a heading, such as "Chapter 3", and is none of these.
    """
    words = " ".join(line.split()).casefold()
    if not words or len(words) > 200:
        return set()
    forms = [(words, "")]
    counts = bottom or _PAGE_WORDS.issuperset(_WORD.findall(words))
    for found in list(_NUMBER.finditer(words))[:6] if counts else ():
        forms.append((f"{words[: found.start()]}#{words[found.end() :]}", str(int(found[0]) - number)))
    return {(side, *form) for form in forms for side in ("", str(number % 2))}


def whole_words(text: str) -> str:
    """Join words broken at line ends, if the break is certain.

    That is at a soft hyphen, and where the whole word stands elsewhere in the text. A word that stands elsewhere with
    its hyphen keeps it. All others stay as they are: a search finds them whole and apart.
    """
    if "-\n" not in text and "\u00ad" not in text and "\u2010" not in text and not _BROKEN.search(text):
        return text
    known = {word.casefold() for word in _WORD.findall(text)}

    def mended(found: re.Match[str]) -> str:
        before, hyphen, after = found.groups()
        if hyphen == "\u00ad" or (before + after).casefold() in known:
            return before
        # Only the line end is left out.
        return f"{before}-" if f"{before}-{after}".casefold() in known else found[0]

    # Soft hyphens inside of a line show nothing.
    return _BROKEN.sub(mended, text).replace("\u00ad", "")
