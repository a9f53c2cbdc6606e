"""Recognise answers that decline to answer, in English, German and French.

A model that finds nothing in its notes says so in many ways. What they share is a small grammar: a word that negates,
beside a word for finding or knowing (``not mentioned``, ``kein Hinweis``, ``ne trouve pas``), in a clause that is about
the notes, about the speaker, or about nothing else. A negated statement about the world is an answer, although it has
the same words: ``He found nothing wrong.``, ``The letter was not found until 1962.``

The first clause that says anything decides: ``Ada Lind, but her age is not mentioned`` answers, and ``Not mentioned,
but she lived in Oslo`` declines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .searched import sequence
from .short_language import COMMON

_CLAUSE = re.compile(r"[.;:!?\n]|,(?=\s?(?:but|however|although|though|aber|jedoch|doch|mais|cependant)\b)")
_WORDS = {
    "never said": "unknown unspecified unanswerable unbekannt unklar inconnu inconnue introuvable",
    "negating": """
    not no cannot cant dont doesnt didnt couldnt isnt wasnt arent havent hasnt nothing none nowhere unable without
    nicht kein keine keinen keinem keiner keines nichts nirgends
    pas non aucun aucune rien
    """,
    "finding": """
    find found mention specif state provid indicat describ disclos giv answer determin inform know known contain includ
    say said tell told list available detail record reference evidence
    gefunden find erwahn genannt angegeben angab angabe hinweis weiss bekannt hervor enthal beantwort auskunft vorhanden
    ersichtlich steht stehen
    trouv mention precis indiqu contien conten fourni sais sait connu connaiss repon repondre renseign figur
    """,
    "alone": """
    mention specif provid indicat found known given stated described disclosed genannt erwahn angegeben gefunden bekannt
    trouv precis indiqu connu
    """,
    "notes": """
    context note document passage information source excerpt snippet
    kontext notiz dokument quelle unterlagen angabe
    contexte reponse renseignement extrait
    """,
    "notes, whole": "text texts texte answer block blocks",
    "speaker": "i we ich wir je nous",
    "knowing": "know weiss wissen sais savons",
    "able": "cannot cant can could couldnt unable kann konnte konnen konnten peux pouvons ai avons",
    "present": "is are isnt arent ist sind wird werden est sont s",
    "persons": "he she they er elle ils elles",
    "outer": """
    sorry unfortunately answer however based given according apologies apologise apologize yet been being question
    leider tut mir leid entschuldigung antwort frage desole desolee malheureusement reponse
    """,
}


def _set(name: str) -> frozenset[str]:
    return frozenset(_WORDS[name].split())


_NEVER_SAID = _set("never said")
"""Words that decline without any other."""
_NEGATING = _set("negating")
_FINDING = tuple(_set("finding"))
"""Beginnings of words for finding, knowing and saying."""
_ALONE = tuple(_set("alone"))
"""Beginnings of participles that decline after a verb in the present, as in ``her age is not given``."""
_NOTES, _NOTES_WHOLE = tuple(_set("notes")), _set("notes, whole")
"""Beginnings of words, and whole words, for the notes shown to the model."""
_SPEAKER, _KNOWING, _ABLE, _PRESENT = _set("speaker"), _set("knowing"), _set("able"), _set("present")
_PERSONS = _set("persons")
"""Subjects who say or find something themselves, as in ``She said no.``"""
_OUTER = _set("outer")
"""Words around an answer that carry no content."""
_COMMON = frozenset(word for code in ("en", "de", "fr") for each in COMMON[code] for word in sequence(each))
NEAR = 4
"""Most words between the negating word and the word for finding."""
FEW = 12
"""Most words of a clause that declines by :data:`_PRESENT`, with any subject."""


def declined(text: str) -> bool:
    """Whether an answer is empty, or its first clause says that there is no answer.

    It may speak of the notes or of the speaker.
    """
    for words in _clauses(text):
        if _says_nothing(words):
            continue
        return _declines(words)
    return True


def _clauses(text: str) -> Iterator[list[str]]:
    plain = text.lower().replace("\u2019", "'").replace("can't", "cannot").replace("n't", " not")
    for clause in _CLAUSE.split(plain):
        yield sequence(clause)


def _says_nothing(words: Sequence[str]) -> bool:
    """Whether words only introduce an answer, such as ``Answer`` or ``I'm sorry``."""
    return all(word in _OUTER or word in _SPEAKER or word in ("m", "am", "the", "je", "suis") for word in words)


def _declines(words: Sequence[str]) -> bool:
    bare = [word for word in words if word not in _COMMON and word not in _OUTER]
    if words == ["n", "a"] or (bare and all(word in _NEVER_SAID for word in bare)):
        return True
    negated = [at for at, word in enumerate(words) if word in _NEGATING]
    if not negated:
        return any(word in _NEVER_SAID for word in words) and any(map(_of_notes, words))
    finding = {at for at, word in enumerate(words) if word.startswith(_FINDING)}
    together = [at for n in negated for at in range(n - NEAR, n + NEAR + 1) if at in finding]
    notes = any(map(_of_notes, words))
    if not together:
        # "not in the context", "pas dans les notes"
        return notes and any(_of_notes(word) for n in negated for word in words[n : n + NEAR])
    rest = [w for w in bare if w not in _NEGATING and not w.startswith(_FINDING) and not _of_notes(w)]
    if notes or not rest:
        return notes or not any(word in _PERSONS for word in words)
    if any(word in _SPEAKER for word in words):
        return any(word in _KNOWING or word in _ABLE for word in words)
    told = any(words[at].startswith(_ALONE) for at in together)
    return told and len(words) <= FEW and any(word in _PRESENT for word in words) and not any(map(_has_digit, rest))


def _of_notes(word: str) -> bool:
    return word.startswith(_NOTES) or word in _NOTES_WHOLE


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))
