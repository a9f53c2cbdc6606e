"""Choose a document's title: the stated title, or the file's name if that name says more.

Programs write titles that nobody chose: ``untitled``, ``Microsoft Word - Dokument1.docx``, ``Slide 1``. A first heading
below the first level, such as ``## Tasks``, is the name of a part. Neither is a title; both stay names of the document.
"""

from __future__ import annotations

import re

from ...text.clean import one_line
from .document import Content
from .naming import FileNames, split_words

_NOBODYS = re.compile(
    r"(?:untitled|unnamed|no title|title|ohne titel|unbenannt(?:es dokument)?|kein titel|titel|sans titre|titre|"
    r"sin t[ií]tulo|sem t[ií]tulo|senza titolo|zonder titel|naamloos|namnlös|uten navn|без имени|без названия|"
    r"bez tytułu|bez názvu|nimetön|névtelen|無題|名称未設定|未命名|无标题|無標題|제목 없음|anonymous|"
    r"unspecified|unknown|none|null|n/a|"
    r"new (?:document|page|note|tab|file)|neue[sr]? (?:dokument|seite|notiz|tab|datei)|"
    r"(?:new|neue[sr]?) microsoft.{1,40}|nouveau .{1,20}microsoft.{1,20}|dokument ohne titel|document sans titre|"
    r"documento (?:sin título|sem título|senza titolo)|camscanner .{1,40}|scanned by .{1,30}|adobe scan .{1,40}|"
    r"(?:scan|scn|sca|img|dsc|doc|skm|mfp|pxl)[_-]?[a-z0-9_-]{0,20}[0-9]{5,20}|apresentação do powerpoint|"
    r"document|dokument|documento|presentation|präsentation|présentation|"
    r"presentación|presentazione|powerpoint(?: |-)presentation|powerpoint-präsentation|présentation powerpoint|"
    r"presentación de powerpoint|blank page|print|print preview|print job|"
    r"scan|scanned (?:document|image)|scanned from .*|image|img|doc|pdf|output|full page (?:photo|fax) print|"
    r"microsoft (?:office )?(?:word|excel|powerpoint|publisher|visio)(?: document| presentation| worksheet)?|"
    r"word document|google docs|openoffice|libreoffice|adobe [a-z ]+|acrobat [a-z ]+|coreldraw|"
    r"quarkxpress.*|about:blank)"
    r"(?:[ _.-]{0,3}[(\[]?\d{0,14}[)\]]?)?(?: document| page)?"
    r"|(?:slide|folie|diapositive|diapositiva|dia|book|mappe|arbeitsmappe|classeur|libro|workbook|sheet|tabelle|feuille|hoja|foglio|"
    r"layout|page|seite|chapter|kapitel|part|teil|section|figure) ?\d{1,4}"
)
"""Titles made by programs, complete, in lower case and without brackets."""
_PRINTED = re.compile(r"microsoft (?:office )?(?:word|excel|powerpoint|publisher|visio) *[-–—:] ")  # noqa: RUF001 - as Word does
_FILE = re.compile(
    r"[^/\\]{1,150}\.(?:indd|qx[dp]|docx?|dotx?|rtf|odt|ods|odp|pptx?|potx?|xlsx?|tex|dvi|e?ps|ai|psd|cdr|pub|pages|key|"
    r"numbers|vsdx?|fm|book|wpd|sxw|txt|html?|md|pdf|tmp|dwg|png|jpe?g|tiff?)"
)
_PLACE = re.compile(r"(?:[a-z]:\\|\\\\|/|file:|https?:).*")
_NUMBER = re.compile(r"[\W\d_]*|[{(]?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}[)}]?|[0-9a-f]{12,}")
"""Matches identifiers, and titles of digits and punctuation alone."""
_LOWER_LEVEL = re.compile(r"[ >*+-]{0,9}(?:#{2,6}[ \t]|<[hH][2-6][ >])|[^\n]{1,300}\n[ ]{0,3}-+[ \t]*(?:\n|$)")


def title_of(content: Content, names: FileNames) -> str:
    """Return the title of a document read from a file. ``names``: those in the file's path.

    A heading of the first level stays the title, whatever it is, unless it has no letters or digits.
    """
    stated = one_line(content.title)
    heading = next((each for each in content.headings if one_line(each[1]) == stated), None)
    stem = _stem(names)
    if heading is not None and stated:
        lower = _LOWER_LEVEL.match(content.text[heading[0] : heading[0] + 400]) is not None
        more = lower and (names.of_a_day or _says_more(stem, stated))
        if any(map(str.isalnum, stated)) and not more:
            return stated if not _is_nobodys(stated.lower().strip("()[]<>\"' ")) or lower else stem
        return stem
    if not is_nobodys(stated):
        return stated
    # A page whose title nobody wrote has its first heading instead.
    first = next((one_line(each[1]) for each in content.headings[:1]), "") if stated else ""
    return first if first and not is_nobodys(first) and not _is_markdown(content) else stem


def is_nobodys(title: str) -> bool:
    """Return whether ``title`` is empty or was written by a program."""
    lowered = title.lower().strip("()[]<>\"' ")
    return (
        _is_nobodys(lowered)
        or _PRINTED.match(lowered) is not None
        or _FILE.fullmatch(lowered) is not None
        or _PLACE.fullmatch(lowered) is not None
    )


def _is_nobodys(lowered: str) -> bool:
    return _NOBODYS.fullmatch(lowered) is not None or _NUMBER.fullmatch(lowered) is not None


def _is_markdown(content: Content) -> bool:
    return any(content.text.startswith("#", at) for at, _ in content.headings[:1])


def _stem(names: FileNames) -> str:
    """Return the file's name, or the whole date if the path spells one, as ``2024/03/05.md`` does."""
    span = names.date.span() if names.date is not None and names.date.unit == "day" else None
    return span.first.isoformat() if span is not None and names.stem.strip().isdecimal() else names.stem


def _says_more(stem: str, heading: str) -> bool:
    """Return whether the file's name says more than ``heading``, a heading below level 1."""
    if is_nobodys(stem) and not any(char in stem for char in "-_ "):
        return False
    said = {word.lower() for word in split_words(heading)}
    return not {word.lower() for word in split_words(stem)} <= said
