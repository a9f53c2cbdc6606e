"""Turn texts and questions into words for searching.

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
from collections.abc import Mapping
from functools import cache
from itertools import chain

from . import script
from .clean import composed
from .lazy_pattern import lazy_pattern

_ASCII_WORD = lazy_pattern(r"[a-z0-9]+")
_ASCII_WORD_CASED = lazy_pattern(r"[A-Za-z0-9]+")
_SPECIAL = lazy_pattern(
    r"[\d_-](?:(?<=[A-Za-z]\d)|(?<=\d)(?:[A-Za-z]|[,.'\u2019 ]\d{3})|(?<=-)[^\S\n]*+\n|(?<=_)[A-Za-z0-9])", re.ASCII
)
"""Matches where a plain text has words that are not just runs of letters and digits."""
_FOREIGN = lazy_pattern(r"[^\x00-\x7f\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026\xab\xbb]")
"""Any character except ASCII and common punctuation; without one, a text is plain and not folded."""
_LINE_END = lazy_pattern(r"[-\u2010][^\S\n]*+\n")
_MARKED = lazy_pattern(r"(?<=\d)[,'\u2019](?=\d)")
_LETTER = rf"(?:[^\W_{script.PAIRED}]|[{script.MARKS}])"
_WORD = lazy_pattern(rf"{_LETTER}++")
_UNUSUAL = lazy_pattern(rf"[{script.PAIRED}{script.MARKS}]")
_USUAL_WORD = lazy_pattern(r"[^\W_]++")
"""Finds what ``_WORD`` finds, in a third of the time, in a text without characters of ``_UNUSUAL``."""
_PIECE = lazy_pattern(rf"(?P<run>{script.RUN.pattern})|{_LETTER}++")
_NAME = lazy_pattern(r"(?<!\w)[^\W_]++(?:_++[^\W_]++)++(?!_)")
_BROKEN = lazy_pattern(r"(?<![\w-])[^\W_]++(?:(?<!\d)[-\u2010][^\S\n]*+\n\s*+(?!\d)[^\W_]++)++")
_BREAK = lazy_pattern(r"[-\u2010]\s+")
# The first group begins with no 0, and no digit, letter or mark stands before it: dates and decimals are left alone.
_NO_NUMBER = r"(?<![\w.,'\u2019])"
_GROUPED = lazy_pattern(
    rf"{_NO_NUMBER}[1-9](?:\d{{0,2}}(?:,\d{{3}})++(?!,?\d)|\d?(?:,\d\d(?!\d))++,\d{{3}}(?!,?\d)"
    rf"|\d{{0,2}}(?:['\u2019]\d{{3}})++(?!['\u2019]?\d))"
)
_MAYBE_GROUPED = lazy_pattern(rf"{_NO_NUMBER}(?<!\d )[1-9]\d{{0,2}}(?:(?:\.\d{{3}})++(?!\.?\d)|(?: \d{{3}})++(?! ?\d))")
_MAYBE_MARKED = lazy_pattern(r"\d[. ]\d\d\d")
_YOUNG_CAPITAL = lazy_pattern(
    r"[\u037f\u0528-\u0556\u10a0-\u10ff\u13a0-\u13ff\u1c80-\u1cff\u2126-\u214f\u2c00-\u2dff\ua640-\uabff\uff21-\uff3a]"
    r"|[\U00010400-\U000105ff\U00010c80-\U00010cff\U000118a0-\U000118df\U00016e40-\U00016e7f\U0001e900-\U0001e95f]"
)
_GROUP_MARK = lazy_pattern(r"[,.'\u2019 ]")
_PARTS = lazy_pattern(r"\d+|[^\W\d_]+")
_INDEXED = lazy_pattern(
    r"[^\s\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\xa1-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf\u2010-\u2027\u3001-\u3003\u3008-\u3011"
    r"\uff01\uff0c\uff1f]++"
)
"""Matches what SQLite's tokenizer may take for one word.

It divides words at these characters for certain; others, such as an emoji, it takes for letters if it is older than
they are.
"""
FEW_LETTERS = 12
"""Number of letters that are replaced one by one faster than by looking up every character."""
MAX_PARTS = 3
"""Most parts of letters or digits into which a word is split; only hashes and ids have more."""

# Letters that show nothing, soft hyphens and joiners.
_INVISIBLE = dict.fromkeys((0xAD, 0x200D, 0x2060, 0xFEFF))
# NFKC would make 102 of 10² and 21/2 of 2½.
_RAISED = lazy_pattern(r"[\xb2\xb3\xb9\xbc-\xbe\u2070-\u2089\u2150-\u2189\u2460-\u249b](?<=\d[^\W\d_])")


def words(text: str) -> list[str]:
    """Return all words under which ``text`` is found, including equivalent words. See the table above."""
    text = _unaccented(text)
    if _is_plain(text) and not _SPECIAL.search(text):
        return _ASCII_WORD.findall(text.lower())
    found: list[str] = []
    folded = _folded(text)
    for broken in _BROKEN.findall(folded) if _LINE_END.search(folded) else ():
        found += _BREAK.split(broken)
    folded = _whole(folded)
    found += _maybe_numbers(folded)
    found += _NAME.findall(folded) if "_" in folded else ()
    main, others = _pieces(folded)
    return [word.casefold() for word in chain(found, main, others)]


def sequence(text: str, *, case: bool = False) -> list[str]:
    """Return the words of ``text`` in order, with their spelling normalised. ``case``: keep capitals."""
    text = _unaccented(text)
    if _is_plain(text) and not _SPECIAL.search(text):
        return _ASCII_WORD_CASED.findall(text) if case else _ASCII_WORD.findall(text.lower())
    found = _main(_whole(_folded(text)))
    return found if case else [word.casefold() for word in found]


def beside(*texts: str) -> str:
    """Return the words of ``texts`` that the full-text index would miss, joined by spaces.

    Of single letters only those are among them that begin no other word, since they are looked up as beginnings.
    """
    found: list[str] = []
    for text in texts:
        bare = _unaccented(text)
        if bare is not text and not _SPECIAL.search(bare):
            continue
        if _is_plain(text):
            found += _beside_plain(text) if _SPECIAL.search(text) else ()
            continue
        # The index does not know the capitals of younger alphabets.
        lowered = text if _YOUNG_CAPITAL.search(text) else text.lower()
        known = set(_INDEXED.findall(_translated(lowered, _bare_of_index())))
        new = [word for word in words(text) if word not in known and "_" not in word]
        if all(len(word) > 1 for word in new):
            found += new
            continue
        begun = {word[0] for word in chain(known, new) if len(word) > 1}
        found += [word for word in new if len(word) > 1 or word not in begun or not is_single(word)]
    return " ".join(found)


def _beside_plain(text: str) -> list[str]:
    """Do as :func:`beside` for a plain text, without looking at all its words."""
    found = [_BREAK.sub("", broken) for broken in _BROKEN.findall(text)] if _LINE_END.search(text) else []
    found += [_GROUP_MARK.sub("", number) for number in (_GROUPED.findall(text) if _MARKED.search(text) else ())]
    found += _maybe_numbers(text)
    mixed = (word for word in _ASCII_WORD_CASED.findall(_whole(text)) if not word.isalpha() and not word.isdecimal())
    found += [part for word in mixed for part in _parts(word)]
    return [word.lower() for word in found]


def _maybe_numbers(text: str) -> list[str]:
    """Return the numbers in ``text`` without their marks, if these may group digits or be decimal points."""
    found = _MAYBE_GROUPED.findall(text) if _MAYBE_MARKED.search(text) else ()
    return [_GROUP_MARK.sub("", number) for number in found]


def joined(text: str) -> str:
    """Rejoin the words of ``text`` that a hyphen divides at a line end."""
    if "\n" not in text or not _LINE_END.search(text):
        return text
    return _BROKEN.sub(lambda found: _BREAK.sub("", found[0]), text)


def is_single(word: str) -> bool:
    """Whether ``word`` is one letter of a script cut into pairs. It is looked up as a prefix."""
    run = script.RUN.fullmatch(word)
    return run is not None and len(script.units(word)) == 1


def _unaccented(text: str) -> str:
    """Return ``text`` without its accents if nothing else in it is foreign, else as it is.

    Only accents that SQLite's tokenizer removes as well. Most texts in Latin letters are plain then.
    """
    if text.isascii():
        return text
    foreign = set(_FOREIGN.findall(text))
    if len(foreign) > FEW_LETTERS or not foreign <= _accented().keys():
        return text
    for letter in foreign:
        text = text.replace(letter, _accented()[letter])
    return text


def _is_plain(text: str) -> bool:
    """Whether ``text`` needs no folding."""
    return text.isascii() or _FOREIGN.search(text) is None


def _folded(text: str) -> str:
    """Return ``text`` in NFKC without accents, but with capitals."""
    if _is_plain(text):
        return text
    text = _translated(text, _INVISIBLE)
    if _RAISED.search(text):
        text = _RAISED.sub(r" \g<0>", text)
    return _translated(composed(text, "NFKC"), _bare())


def _translated(text: str, table: Mapping[int, str | None]) -> str:
    """Return ``text.translate(table)``, faster if few characters are foreign.

    All keys of ``table`` are foreign, and none of them is in its values.
    """
    foreign = set(_FOREIGN.findall(text))
    if len(foreign) > FEW_LETTERS:
        return text.translate(table)
    for letter in foreign:
        if (code := ord(letter)) in table:
            text = text.replace(letter, table[code] or "")
    return text


def _whole(folded: str) -> str:
    """Return ``folded`` with words at line ends rejoined, and numbers without marks."""
    # Searching for what these need takes a tenth of their time.
    folded = joined(folded)
    if _MARKED.search(folded):
        folded = _GROUPED.sub(lambda found: _GROUP_MARK.sub("", found[0]), folded)
    return folded


def _main(folded: str) -> list[str]:
    """Return the words of a folded text, each in one spelling."""
    spaced = _spaced_words(folded)
    return _pieces(folded)[0] if spaced is None else spaced


def _spaced_words(folded: str) -> list[str] | None:
    """Return the words of a folded text; None if part of it has no blanks between words."""
    foreign = "" if folded.isascii() else "".join(_FOREIGN.findall(folded))
    if not foreign:
        return _ASCII_WORD_CASED.findall(folded)
    if script.RUN.search(foreign):
        return None
    return (_WORD if _UNUSUAL.search(foreign) else _USUAL_WORD).findall(folded)


def _pieces(folded: str) -> tuple[list[str], list[str]]:
    """Return the words of a folded text, and the equivalents of some."""
    main = _spaced_words(folded)
    if main is not None:
        return main, [part for word in main if not word.isalpha() and not word.isdecimal() for part in _parts(word)]
    main, others = [], []
    number, end = "", -1
    for piece in _PIECE.finditer(folded):
        word = piece[0]
        if piece["run"] is None:
            main.append(word)
            others += _parts(word)
            number, end = (word if word.isdecimal() else ""), piece.end()
            continue
        for part in script.parts(word):
            bare = script.bare(part)
            letters = script.units(bare)
            if len(letters) > 1:
                others += filter(script.is_sign, letters)
            elif bare != part:
                others.append(part)
            if number and end == piece.start():
                # A number and its unit belong together: the 3rd of 3月 is in many numbers.
                others.append(main.pop())
                letters.insert(0, number)
            main += script.pairs(letters)
            number = ""
    return main, others


def _parts(word: str) -> list[str]:
    """Return the numbers and longer runs of letters in a word that has both."""
    parts = _PARTS.findall(word)
    if not 1 < len(parts) <= MAX_PARTS:
        return []
    return [part for part in parts if len(part) > 1 or part.isdecimal()]


@cache
def _bare() -> dict[int, str | None]:
    """Return the table that removes accents and writes all digits in ASCII."""
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
    """Return the table of accents that SQLite's tokenizer removes, those on a to z."""
    return {code: base for code, base in _bare().items() if base and base.isascii() and base.isalpha()}


@cache
def _accented() -> dict[str, str]:
    """Return the table of :func:`_bare_of_index` by letters, without the one whose small form is two letters."""
    return {chr(code): base for code, base in _bare_of_index().items() if base and len(chr(code).lower()) == 1}
