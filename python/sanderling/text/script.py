"""Cut words written without blanks between them into overlapping pairs of letters, as search needs them.

Chinese, Japanese, Thai, Lao, Khmer and Burmese put no blank between words, and Korean puts particles behind them. Pairs
need no dictionary: a word of two letters is a pair, and a longer one is found by most of its pairs (Nie et al., "On the
use of words and n-grams for Chinese information retrieval", IRAL 2000).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

MARKS = "".join(
    chr(code)
    for code in (*range(0x900, 0x1D00), *range(0xA800, 0xAC00))
    if unicodedata.category(chr(code)) in ("Mn", "Mc")
)
"""Vowel signs and the like that belong to the letter before them, in the scripts of South and South-East Asia."""
HANGUL = "\uac00-\ud7a3"
UNSPACED = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Chinese and Japanese
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf"  # Thai, Lao
    "\u1000-\u103f\u1050-\u108f\u109a-\u109f\u1780-\u17d3\u17d7\u17dc\u17dd"  # Burmese, Khmer
)
PAIRED = HANGUL + UNSPACED
RUN = re.compile(f"[{HANGUL}]+|[{UNSPACED}]+")
"""A run of letters that is cut into pairs."""
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HIRAGANA = "\u3041-\u3096"
_HAN_LETTER = re.compile(f"[{_HAN}]")
_PARTICLES_JA = "はがをにのもへとでや"
# In Japanese a word seldom goes on after its ending, except behind an honorific.
_BORDER = re.compile(f"(?<=[{_HIRAGANA}])(?<![おご])(?=[^{_HIRAGANA}])|(?<=[^{_HIRAGANA}])(?=[{_PARTICLES_JA}])")
_UNIT = re.compile(f".[{MARKS}]*+", re.DOTALL)

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
    """Return a Korean word without the particle at its end, and any other run as it is."""
    for left in (2, 1):
        for at in range(max(len(run) - _LONGEST_PARTICLE, left), len(run)):
            if run[at:] in _PARTICLE:
                return run[:at]
    return run


def parts(run: str) -> list[str]:
    """Cut a run where the script shows that a word ends: before a Japanese particle, and behind a word's ending.

    Particles of one letter are left out.
    """
    found = _BORDER.split(run)
    return [part for part in found if part not in _PARTICLES_JA] if len(found) > 1 else found


def is_sign(letter: str) -> bool:
    """Whether ``letter`` is a Chinese character, which has a meaning by itself."""
    return _HAN_LETTER.match(letter) is not None


def pairs(letters: list[str]) -> list[str]:
    """Return the overlapping pairs of ``letters``; a single letter is returned alone."""
    if len(letters) == 1:
        return letters
    return [first + second for first, second in pairwise(letters)]
