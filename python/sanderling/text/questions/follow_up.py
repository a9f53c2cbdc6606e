"""Recognise questions that refer to earlier turns, and find the subjects of answers.

Lists of words for English, German, French and Spanish, no model: "And when?", "What does she do there?" and "der
gleiche Ort?" lean on what was said; "How many litres does the tank hold?" does not, and its words may be about
something new.
"""

from __future__ import annotations

import re
from itertools import dropwhile

from ..dates.month_names import MONTHS, WEEKDAYS

MAX_WORDS = 12
"""Most words of an answer that are all kept as subjects; of a longer answer only the names are."""
MAX_NAMES = 2
"""Most names kept of a longer answer, the first ones. Small models answer first and then go on with something else."""
LEAST_OWN = 2
"""Fewest words with a meaning of their own in a question that stands alone."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
# Words that stand for something said before.
_POINTING_WORDS = """
    he she it they him her them his hers its their theirs himself herself itself this that these those same there then
    one ones other others another former latter both else here such
    er sie es ihn ihm ihr ihre ihren ihrem ihrer ihres sein seine seinen seinem seiner seines dieser diese dieses diesen
    diesem jener jene jenes derselbe dieselbe dasselbe gleiche gleichen dort da dann davon damit darin dabei dazu darauf
    dafür deren dessen denen andere anderen
    il elle ils elles lui leur leurs son sa ses cela ça celui celle ceux même mêmes y
    él ella ellos ellas su sus eso esa ese este esta allí mismo misma ello
"""
_POINTING = frozenset(_POINTING_WORDS.split())
_OPENING = re.compile(
    r"(?:and|but|or|so|also|what about|how about|und|oder|aber|auch|wie (?:sieht es|ist es|steht es) mit|was ist mit|"
    r"et|mais|y|pero)\b"
)
# Words that a question has whatever it is about.
_ASKING_WORDS = """
    a about an and are as at be been but by can could did do does for from had has have how i in is me much many my of
    off on or please show tell the to up was we were what when where which who whom whose why will with would you your
    name called long old big far exactly year day time more really
    am an auf aus bei bin bis das dem den der des die du ein eine einem einen einer eines für hat hatte haben ich im in
    ist kann mit nach noch oder sind und viele viel von vom wann war waren warum was welche welchem welchen welcher
    welches wem wen wer wie wo woher wohin wurde wurden zu zum zur heißt heißen jahr tag
    a au aux avec ce dans de des du en est et la le les où par pour quand que quel quelle quels quelles qui quoi un une
    con cuál cuándo cuántos de del dónde el en es la las los por qué quién un una
"""
_ASKING = frozenset(_ASKING_WORDS.split())
_NO_ANSWER = frozenset({"not found", "nicht gefunden", "i don't know", "i do not know", "unknown"})
_YES_NO = frozenset({"yes", "no", "ja", "nein", "oui", "non", "sí"})


def own_words(question: str) -> list[str]:
    """Return the words of ``question`` that tell its subject, in lower case."""
    words = [word.lower() for word in _WORD.findall(question)]
    return [word for word in words if word not in _ASKING and word not in _POINTING]


def leans(question: str) -> bool:
    """Return whether ``question`` seems to refer to something said earlier in the conversation."""
    lower = question.lower().strip()
    words = [word.lower() for word in _WORD.findall(question)]
    if _OPENING.match(lower) or any(word in _POINTING for word in words):
        return True
    return len(own_words(question)) < LEAST_OWN


def subjects(answer: str) -> tuple[str, ...]:
    """Return the words of ``answer`` to which the next question may refer.

    These are all words of a short answer, or the names in a longer one. Empty for an answer that says nothing, such as
    "not found".
    """
    words = _WORD.findall(answer)
    if words and words[0].lower() in _YES_NO:
        del words[0]
    if " ".join(words).lower() in _NO_ANSWER:
        return ()
    if len(words) <= MAX_WORDS:
        return (" ".join(words),) if words else ()
    return names_in(answer)[:MAX_NAMES]


def names_in(text: str) -> tuple[str, ...]:
    """Return the distinct runs of capitalised words in ``text``, without sentence openings.

    Months and days of the week are no names.
    """
    found: list[str] = []
    run: list[str] = []
    last = 0

    def end() -> None:
        kept = list(dropwhile(lambda word: word.lower() in _ASKING or word.lower() in _POINTING, run))
        if not all(word.lower() in MONTHS or word.lower() in WEEKDAYS for word in kept):
            found.append(" ".join(kept))
        run.clear()

    for match in _WORD.finditer(text):
        if text[last : match.start()] != " " or not match[0][0].isupper():
            end()
        if match[0][0].isupper():
            run.append(match[0].removesuffix("'s").removesuffix("\u2019s"))
        last = match.end()
    end()
    return tuple(dict.fromkeys(found))
