"""Guess a question's language, its subjects and the kind of answer, from its words.

Lists of words and a few patterns, no model: some microseconds per question, sometimes wrong. The router learns how far
to trust them; the guardrail that sends risky subjects to the largest model errs on the side of caution.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Literal, get_args

Subject = Literal["maths", "code", "health", "law", "money"]
Asked = Literal["person", "time", "place", "number", "yes_no", "reason"]

SUBJECTS: tuple[Subject, ...] = get_args(Subject)
ASKED: tuple[Asked, ...] = get_args(Asked)
RISKY: frozenset[Subject] = frozenset({"health", "law", "money"})
"""Subjects in which a wrong answer can do harm."""

WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_TOKEN = re.compile(r"[^\W\d_]+|\d|[^\w\s]")
_MULTI_HOP = re.compile(
    r"\b(whose|of the|that|which|both|before|after|than|same|also|first|older|younger)\b|['\u2019]s\b"
)

# The most common short words of each language, without those that two languages share.
LANGUAGES: Mapping[str, frozenset[str]] = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the of and is was what which who when where how did does do are were that with for from by",
        "de": "der das und ist wer wann wo wie nicht ein eine welche welcher wurde sind auf mit von zu im",
        "fr": "le les est et qui quand où quel quelle dans du des pour pas sur avec fut quels",
        "es": "el los las es quién cuándo dónde qué cuál en por del cuántos fue cómo y",
        "it": "il gli chi quando dove quale nel della che è di sono quanti fu",
        "pt": "os quem onde qual em do da não foi são quantos como ao pelo",
        "nl": "het een wie wanneer waar niet van voor met op zijn hoeveel werd",
    }.items()
}
SCRIPTS = {
    "CYRILLIC": "ru",
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "ARABIC": "ar",
    "GREEK": "el",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "THAI": "th",
}

_SUBJECT_PATTERNS: Mapping[Subject, re.Pattern[str]] = {
    "maths": re.compile(
        r"\d\s*+(?:[-+*/=^%]\s*+\d|percent\b)|\b(?:how much|total|altogether|remaining|left over|equation|solve|"
        r"calculate|average|sum|twice|half as|per (?:day|hour|week|month|year)|each (?:day|hour|week|month|year))\b"
    ),
    "code": re.compile(
        r"\b(?:python|javascript|rust|java|sql|regex|function|compile[rs]?|stack ?trace|exception|api|git|json|code)\b|"
        r"[{}]|\w\(\)|::|=>"
    ),
    "health": re.compile(
        r"\b(?:doses?|dosage|mg|medicines?|medications?|drugs?|symptoms?|diagnos\w+|disease|poison\w*|toxic|allerg\w+|"
        r"pregnan\w+|suicid\w+|overdos\w+|bleeding|vaccin\w+|blood pressure|chest pain|antidote)\b"
    ),
    "law": re.compile(
        r"\b(?:legal|illegal|lawsuits?|sue|liab\w+|contracts?|copyright|court order|visa|custody|eviction|statute|"
        r"sentence[ds]? to|my rights)\b"
    ),
    "money": re.compile(
        r"\b(?:invest\w*|loans?|mortgages?|tax(?:es)?|pension|insurance|shares|stocks?|bonds?|bankrupt\w*|"
        r"interest rate|credit card)\b"
    ),
}
_ASKED_PATTERNS: Mapping[Asked, re.Pattern[str]] = {
    "number": re.compile(
        r"\bhow (?:many|much|old|long|far|tall|high|large|big|fast|deep)\b|\bwhat (?:number|percent\w*)\b"
    ),
    "time": re.compile(r"\bwhen\b|\b(?:what|which) (?:\w+ )?(?:year|date|day|month|time|century|decade)\b"),
    "place": re.compile(
        r"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:city|country|place|town|state|county|island|continent)\b"
    ),
    "person": re.compile(r"\b(?:who|whom|whose)\b"),
    "reason": re.compile(r"\bwhy\b|\bhow (?:do|does|did|can|could|should|to|is|are|was|were)\b|\bexplain\b"),
    "yes_no": re.compile(r"^(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would|should)\b"),
}
"""Patterns in order of trying: "who is older, and when …" asks for a time before a person."""


def language(text: str) -> str:
    """Return the two-letter code of the apparent language of ``text``; "" if unknown."""
    for char in text:
        if char > "\u036f" and char.isalpha():
            script = unicodedata.name(char, "").split(" ", 1)[0].split("-")[0]
            if script in SCRIPTS:
                # Japanese mixes Chinese characters with its own; any of its own marks the text as Japanese.
                own = script == "CJK" and any("\u3040" <= other <= "\u30ff" for other in text)
                return "ja" if own else SCRIPTS[script]
    words = [word.lower() for word in WORD.findall(text)]
    counts = {code: sum(word in common for word in words) for code, common in LANGUAGES.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] else ""


def is_read(text: str, languages: Collection[str]) -> bool:
    """Whether an embedder trained for ``languages`` can read the script of most letters in ``text``.

    All languages in Latin letters count as one, since they share words and names.
    """
    letters = [letter for letter in text if letter.isalpha()]
    foreign = [letter for letter in letters if letter > "\u036f"]
    if "mul" in languages or 2 * len(foreign) <= len(letters):
        return True
    return language("".join(foreign)) in languages


def subjects(text: str) -> frozenset[Subject]:
    """Return the subjects whose words occur in ``text``. An empty set means general knowledge."""
    lower = text.lower()
    return frozenset(name for name, pattern in _SUBJECT_PATTERNS.items() if pattern.search(lower))


def asked_for(text: str) -> Asked | None:
    """Return the kind of answer that a question asks for; None if unknown."""
    lower = text.lower().strip()
    return next((kind for kind, pattern in _ASKED_PATTERNS.items() if pattern.search(lower)), None)


def tokens(text: str) -> int:
    """Estimate the number of tokens in ``text``.

    A word counts as one token for every eight letters begun, a digit or a punctuation mark as one.
    """
    return sum(1 + (len(part) - 1) // 8 for part in _TOKEN.findall(text))


def names(text: str) -> int:
    """Count the capitalised words of ``text`` after the first word."""
    return sum(word[0].isupper() for word in WORD.findall(text)[1:])


def may_answer(kind: Asked | None, text: str) -> bool:
    """Return whether ``text`` can be an answer of the kind ``kind``.

    For a time or number it needs a digit, for a person or place a name.
    """
    if kind in ("time", "number"):
        return any(map(str.isdigit, text))
    return kind in ("person", "place") and names(text) > 0


def multi_hop_cues(text: str) -> int:
    """Count the words that hint at a question in several steps. Such a question needs one note to find the next."""
    return len(_MULTI_HOP.findall(text.lower()))
