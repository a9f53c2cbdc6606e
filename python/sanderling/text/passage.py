"""Find a note's sentence that supports an answer, and locate a sentence in a text.

White space counts for nothing in both: the sentences of a wrapped paragraph have blanks where the text has line ends.
"""

from __future__ import annotations

from .sentences import sentences, stems


def passage(answer: str, note: str) -> tuple[int, int] | None:
    """Return start and end of the sentence in ``note`` with the most words of ``answer``, or None.

    None if it shares no word. Of two with as many words the first is taken, a heading of Markdown only where no
    sentence has as many.
    """
    words = set(stems(answer))
    best, most, at = None, (0, True), 0
    places, letters = _letters(note) if words else ([], "")
    for sentence in sentences(note) if words else ():
        wanted = "".join(sentence.split())
        start = letters.find(wanted, at)
        if start < 0:
            continue
        at = start + len(wanted)
        rank = len(words & set(stems(sentence))), not sentence.startswith("#")
        if rank[0] and rank > most:
            best, most = (places[start], places[at - 1] + 1), rank
    return best


def located(sentence: str, text: str) -> tuple[int, int] | None:
    """Return start and end of the first occurrence of ``sentence`` in ``text``, or None.

    None also for an empty sentence.
    """
    wanted, (places, letters) = "".join(sentence.split()), _letters(text)
    start = letters.find(wanted) if wanted else -1
    return None if start < 0 else (places[start], places[start + len(wanted) - 1] + 1)


def _letters(text: str) -> tuple[list[int], str]:
    """Return ``text`` without white space, and the original offset of each character."""
    places = [place for place, character in enumerate(text) if not character.isspace()]
    return places, "".join(text.split())
