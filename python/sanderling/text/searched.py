"""Turn stored text, and a question, into the words by which one finds the other.

Both are read alike, so that they meet however either is written::

    text ─► NFKC, accents and case folded ─► words broken at line ends joined, group marks out of numbers ─► words
                                                                                                     │
                    overlapping pairs of letters where a script has no blanks (script.py) ◄──────────┘

=======================================  =======================  ======================================
written                                  :func:`sequence`         :func:`words` has these as well
=======================================  =======================  ======================================
``Éclair``, ``ﬁre``, ``ＡＢＣ``          eclair, fire, abc
``refri-`` at a line end, ``gerator``    refrigerator             refri, gerator
``1,200``, ``1'200``                     1200
``1.200``, ``1 200``                     1, 200                   1200, since the mark may be a decimal point
``E1234``                                e1234                    1234
``max_size``                             max, size                max_size
``水泵维护``                             水泵, 泵维, 维护
``3月5日``                               3月, 5日                 3, 5
``우체국에서``, ``물은``                 우체, 체국; 물           물은
=======================================  =======================  ======================================

The text itself is stored as written. The full-text index reads that text with SQLite's own tokenizer, and beside it
only what :func:`beside` returns: the words that this tokenizer does not find by itself.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from . import script
from .clean import composed

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_ASCII_WORD_CASED = re.compile(r"[A-Za-z0-9]+")
_SPECIAL = re.compile(r"[A-Za-z]\d|\d[A-Za-z]|\d[,.' ]\d{3}|[A-Za-z]-[^\S\n]*+\n|[A-Za-z0-9]_")
"""What an ASCII text contains if its words are not simply its runs of letters and digits."""
_LETTER = rf"(?:[^\W_{script.PAIRED}]|[{script.MARKS}])"
_PIECE = re.compile(rf"(?P<run>{script.RUN.pattern})|{_LETTER}++")
_NAME = re.compile(r"(?<!\w)[^\W_]++(?:_++[^\W_]++)++(?!_)")
_BROKEN = re.compile(r"(?<![\w-])[^\W_]++(?:[-\u2010][^\S\n]*+\n\s*+(?!\d)[^\W_]++)++")
_BREAK = re.compile(r"[-\u2010]\s+")
# The first group begins with no 0, and no digit, letter or mark stands before it: dates and decimals are left alone.
_NO_NUMBER = r"(?<![\w.,'\u2019])"
_GROUPED = re.compile(
    rf"{_NO_NUMBER}[1-9](?:\d{{0,2}}(?:,\d{{3}})++(?!,?\d)|\d?(?:,\d\d(?!\d))++,\d{{3}}(?!,?\d)"
    rf"|\d{{0,2}}(?:['\u2019]\d{{3}})++(?!['\u2019]?\d))"
)
_MAYBE_GROUPED = re.compile(rf"{_NO_NUMBER}(?<!\d )[1-9]\d{{0,2}}(?:(?:\.\d{{3}})++(?!\.?\d)|(?: \d{{3}})++(?! ?\d))")
_GROUP_MARK = re.compile(r"[,.'\u2019 ]")
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_INDEXED = re.compile(rf"(?:[^\W_]|[{script.MARKS}])++")
MAX_PARTS = 3
"""Parts of letters or digits up to which a word is also taken apart: more are in hashes and ids only."""

# Letters that show nothing, soft hyphens and joiners.
_INVISIBLE = dict.fromkeys((0xAD, 0x200D, 0x2060, 0xFEFF))
# NFKC would make 102 of 10² and 21/2 of 2½.
_RAISED = re.compile(r"(?<=\d)(?=[^\W\d_])(?=[\xb2\xb3\xb9\xbc-\xbe\u2070-\u2089\u2150-\u2189\u2460-\u249b])")


def words(text: str) -> list[str]:
    """Return all words by which ``text`` is found, also those that stand for one another; see the table above."""
    if text.isascii() and not _SPECIAL.search(text):
        return _ASCII_WORD.findall(text.lower())
    found: list[str] = []
    folded = _folded(text)
    for broken in _BROKEN.findall(folded):
        found += _BREAK.split(broken)
    folded = _whole(folded)
    found += [_GROUP_MARK.sub("", number) for number in _MAYBE_GROUPED.findall(folded)]
    found += _NAME.findall(folded)
    for word, others in _pieces(folded):
        found += word
        found += others
    return [word.casefold() for word in found]


def sequence(text: str, *, case: bool = False) -> list[str]:
    """Return the words of ``text`` in their order, each written one way only; ``case``: capitals are kept."""
    if text.isascii() and not _SPECIAL.search(text):
        return _ASCII_WORD_CASED.findall(text) if case else _ASCII_WORD.findall(text.lower())
    found = [word for words, _ in _pieces(_whole(_folded(text))) for word in words]
    return found if case else [word.casefold() for word in found]


def beside(*texts: str) -> str:
    """Return the words of ``texts`` that the full-text index does not find in the texts themselves, joined by blanks.

    Also the last letter of each run of pairs, so that a single letter is found as the beginning of a word.
    """
    found: list[str] = []
    for text in texts:
        if text.isascii() and not _SPECIAL.search(text):
            continue
        known = set(_indexed(text))
        new = [word for word in words(text) if word not in known and "_" not in word]
        begun = {word[0] for word in new if len(word) > 1}
        found += [word for word in new if len(word) > 1 or word not in begun or not is_single(word)]
    return " ".join(found)


def is_single(word: str) -> bool:
    """Whether ``word`` is one letter of a script that is cut into pairs: it is then looked up as a beginning."""
    run = script.RUN.fullmatch(word)
    return run is not None and len(script.units(word)) == 1


def _folded(text: str) -> str:
    """Return ``text`` in NFKC without accents; capitals are kept."""
    if text.isascii():
        return text
    return composed(_RAISED.sub(" ", text.translate(_INVISIBLE)), "NFKC").translate(_bare())


def _whole(folded: str) -> str:
    """Return ``folded`` with the words joined that a line end breaks, and without the marks inside of numbers."""
    joined = _BROKEN.sub(lambda found: _BREAK.sub("", found[0]), folded)
    return _GROUPED.sub(lambda found: _GROUP_MARK.sub("", found[0]), joined)


def _pieces(folded: str) -> list[tuple[list[str], list[str]]]:
    """Return the words of each piece of a folded text, and the other words that stand for them."""
    found: list[tuple[list[str], list[str]]] = []
    number, end = "", -1
    for piece in _PIECE.finditer(folded):
        word = piece[0]
        if piece["run"] is None:
            parts = [] if word.isalpha() or word.isdecimal() else _PARTS.findall(word)
            others = [part for part in parts if len(part) > 1 or part.isdecimal()] if len(parts) <= MAX_PARTS else []
            found.append(([word], others if len(parts) > 1 else []))
            number, end = (word if word.isdecimal() else ""), piece.end()
            continue
        for part in script.parts(word):
            bare = script.bare(part)
            letters = script.units(bare)
            others = [part] if len(letters) == 1 and bare != part else []
            others += [letter for letter in letters if len(letters) > 1 and script.is_sign(letter)]
            if number and end == piece.start():
                # A number and its unit belong together: the 3rd of 3月 is in many numbers.
                found[-1] = ([], [number])
                letters.insert(0, number)
            found.append((script.pairs(letters), others))
            number = ""
    return found


@cache
def _bare() -> dict[int, str | None]:
    """Return the table that takes accents off letters and writes all digits as ASCII ones."""
    table: dict[int, str | None] = {}
    for code in (*range(0xC0, 0x250), *range(0x370, 0x400), *range(0x1E00, 0x2000)):  # Latin, Greek
        apart = unicodedata.normalize("NFD", chr(code))
        if apart[1:] and all(map(unicodedata.combining, apart[1:])):
            table[code] = apart[0]
    # Cyrillic io, and Arabic alef with hamza, madda or wasla.
    table |= {0x451: "\u0435", 0x401: "\u0415"} | dict.fromkeys((0x622, 0x623, 0x625, 0x671), "\u0627")
    # Loose accents, Hebrew points, Arabic vowels and the stroke that makes a word longer.
    for first, last in ((0x300, 0x36F), (0x591, 0x5C7), (0x610, 0x61A), (0x640, 0x640), (0x64B, 0x65F), (0x670, 0x670)):
        for code in range(first, last + 1):
            if unicodedata.combining(chr(code)) or code in (0x34F, 0x640):
                table[code] = None
    for code in (*range(0x660, 0x66A), *range(0x6F0, 0x6FA), *range(0x900, 0x1A90)):
        if unicodedata.category(chr(code)) == "Nd":
            table[code] = str(unicodedata.decimal(chr(code)))
    return table


@cache
def _bare_of_index() -> dict[int, str | None]:
    """Return the table of accents that SQLite's tokenizer takes off: those on the letters a to z alone."""
    letters = {code: base for code, base in _bare().items() if base and base.isascii() and base.isalpha()}
    return letters | dict.fromkeys(code for code, base in _bare().items() if base is None and code < 0x332)


def _indexed(text: str) -> list[str]:
    """Return the words that SQLite's tokenizer finds in ``text``, before stemming."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return _INDEXED.findall(text.lower().translate(_bare_of_index()))
