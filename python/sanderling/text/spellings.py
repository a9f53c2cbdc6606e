"""List the spellings that differ from a word by one typing error."""

from __future__ import annotations

LEAST_LETTERS = 5
"""Length of the shortest word with spellings; shorter ones have too many neighbours: boat, coat, bolt."""
MOST_LETTERS = 20
_ALPHABETS = tuple(
    (first, last, "".join(map(chr, range(ord(first), ord(last) + 1))))
    for first, last in ("az", "αω", "ая", "את", "ءي")  # Latin, Greek, Cyrillic, Hebrew, Arabic
)


def spellings(word: str) -> list[str]:
    """Return all words at edit distance 1 from ``word``, counting an exchange of two letters as one edit.

    Empty unless ``word`` is 5 to 20 letters of one alphabet, in lower case and without accents.
    """
    if not LEAST_LETTERS <= len(word) <= MOST_LETTERS:
        return []
    alphabet = next((letters for first, last, letters in _ALPHABETS if all(first <= each <= last for each in word)), "")
    if not alphabet:
        return []
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = dict.fromkeys(head + tail[1:] for head, tail in splits if tail)
    found |= dict.fromkeys(head + tail[1] + tail[0] + tail[2:] for head, tail in splits if len(tail) > 1)
    found |= dict.fromkeys(head + letter + tail[1:] for head, tail in splits if tail for letter in alphabet)
    found |= dict.fromkeys(head + letter + tail for head, tail in splits for letter in alphabet)
    found.pop(word, None)
    return list(found)
