"""Cut text written without blanks between words into overlapping pairs of letters. Search needs such pairs.

Chinese, Japanese, Thai, Lao, Khmer and Burmese put no blank between words, and Korean puts particles behind them. Pairs
need no dictionary: a word of two letters is a pair, and a longer one is found by most of its pairs (Nie et al., "On the
use of words and n-grams for Chinese information retrieval", IRAL 2000).
"""

from __future__ import annotations

import re
from itertools import pairwise

from .lazy_pattern import lazy_pattern

MARKS = (
    "\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962-\u0963\u0981-\u0983\u09bc\u09be-\u09cd\u09d7"
    "\u09e2-\u09e3\u09fe-\u0a03\u0a3c-\u0a51\u0a70-\u0a71\u0a75\u0a81-\u0a83\u0abc\u0abe-\u0acd\u0ae2-\u0ae3"
    "\u0afa-\u0b03\u0b3c\u0b3e-\u0b57\u0b62-\u0b63\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04\u0c3c\u0c3e-\u0c56"
    "\u0c62-\u0c63\u0c81-\u0c83\u0cbc\u0cbe-\u0cd6\u0ce2-\u0ce3\u0d00-\u0d03\u0d3b-\u0d3c\u0d3e-\u0d4d\u0d57"
    "\u0d62-\u0d63\u0d81-\u0d83\u0dca-\u0ddf\u0df2-\u0df3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc"
    "\u0ec8-\u0ecd\u0f18-\u0f19\u0f35\u0f37\u0f39\u0f3e-\u0f3f\u0f71-\u0f84\u0f86-\u0f87\u0f8d-\u0fbc\u0fc6"
    "\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d"
    "\u135d-\u135f\u1712-\u1715\u1732-\u1734\u1752-\u1753\u1772-\u1773\u17b4-\u17d3\u17dd\u180b-\u180d\u180f"
    "\u1885-\u1886\u18a9\u1920-\u193b\u1a17-\u1a1b\u1a55-\u1a7f\u1ab0-\u1abd\u1abf-\u1b04\u1b34-\u1b44\u1b6b-\u1b73"
    "\u1b80-\u1b82\u1ba1-\u1bad\u1be6-\u1bf3\u1c24-\u1c37\u1cd0-\u1cd2\u1cd4-\u1ce8\u1ced\u1cf4\u1cf7-\u1cf9\ua802"
    "\ua806\ua80b\ua823-\ua827\ua82c\ua880-\ua881\ua8b4-\ua8c5\ua8e0-\ua8f1\ua8ff\ua926-\ua92d\ua947-\ua953"
    "\ua980-\ua983\ua9b3-\ua9c0\ua9e5\uaa29-\uaa36\uaa43\uaa4c-\uaa4d\uaa7b-\uaa7d\uaab0\uaab2-\uaab4\uaab7-\uaab8"
    "\uaabe-\uaabf\uaac1\uaaeb-\uaaef\uaaf5-\uaaf6\uabe3-\uabea\uabec-\uabed"
)
"""Vowel signs and similar marks that belong to the letter before, in scripts of South and South-East Asia."""
HANGUL = "\uac00-\ud7a3"
UNSPACED = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Chinese and Japanese
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf"  # Thai, Lao
    "\u1000-\u103f\u1050-\u108f\u109a-\u109f\u1780-\u17d3\u17d7\u17dc\u17dd"  # Burmese, Khmer
)
PAIRED = HANGUL + UNSPACED
RUN = lazy_pattern(f"[{HANGUL}]+|[{UNSPACED}]+")
"""A run of letters to cut into pairs."""
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HIRAGANA = "\u3041-\u3096"
_HAN_LETTER = lazy_pattern(f"[{_HAN}]")
_PARTICLES_JA = "はがをにのもへとでや"
# In Japanese a word seldom goes on after its ending, except behind an honorific.
_BORDER = lazy_pattern(f"(?<=[{_HIRAGANA}])(?<![おご])(?=[^{_HIRAGANA}])|(?<=[^{_HIRAGANA}])(?=[{_PARTICLES_JA}])")
_UNIT = lazy_pattern(f".[{MARKS}]*+", re.DOTALL)

# The commonest ones, and forms of "to be" that end a question. Of several that fit, the longest that leaves two
# syllables is taken off.
_PARTICLES = """
은 는 이 가 을 를 에 의 도 로 와 과 만 에서 에게 한테 께서 으로 까지 부터 처럼 보다 마다 에는 에도 에서는
에서도 으로는 로는 이라고 이라는 까지는 부터는 이며 하고 입니까 입니다 인가요 인가 이에요 예요 이었다
"""
_PARTICLE = frozenset(_PARTICLES.split())
_LONGEST_PARTICLE = max(map(len, _PARTICLE))


def units(run: str) -> list[str]:
    """Return the letters of a run, each with its marks."""
    return _UNIT.findall(run)


def bare(run: str) -> str:
    """Return a Korean word without a particle at its end, and any other run unchanged."""
    for left in (2, 1):
        for at in range(max(len(run) - _LONGEST_PARTICLE, left), len(run)):
            if run[at:] in _PARTICLE:
                return run[:at]
    return run


def parts(run: str) -> list[str]:
    """Cut a run where a word surely ends: before a Japanese particle, or after an ending.

    Particles of one letter are left out.
    """
    found = _BORDER.split(run)
    return [part for part in found if part not in _PARTICLES_JA] if len(found) > 1 else found


def is_sign(letter: str) -> bool:
    """Whether ``letter`` is a Chinese character, a word in itself."""
    return _HAN_LETTER.match(letter) is not None


def pairs(letters: list[str]) -> list[str]:
    """Return the overlapping pairs of ``letters``; a single letter alone."""
    if len(letters) == 1:
        return letters
    return [first + second for first, second in pairwise(letters)]
