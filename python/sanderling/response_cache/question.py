"""Decides whether two questions are the same and can share one answer.

Cosine similarity is not enough: with MiniLM "who is the captain" and "who was the captain" have .97, and the longer a
question, the less a single exchanged word lowers it. So besides a high cosine all words must be equal and in the same
order, except for a closed list of function words. Numbers, names, negations, tenses and prepositions are then equal
too. A rule too strict costs a generation; one too lax gives a wrong answer.
"""

from __future__ import annotations

import re

from ..text.clean import composed

NEAR = 0.95
"""Least cosine of two equal questions. No measured pair with the same words was below .97."""

_BINDING = frozenset(("a", "an", "the", "of", "is", "are", "please"))
_OPENING = re.compile(
    "are|at|by|can|could|did|do|does|for|from|had|has|have|how|if|in|is|may|must|on|please|should|since|tell|the|to|was|"
    "were|what|what's|when|where|where's|which|who|who's|whom|whose|why|will|with|would"
)
"""Capitalised first words of questions that are no names."""
_POLITE = re.compile(
    r"^(?:please |can you |could you |would you |can you please |could you please )?tell me,? (?=wh|how )"
)
_CONTRACTED = {"what's": "what", "who's": "who", "where's": "where", "which": "what"}


def normalised(question: str) -> str:
    """Return ``question`` in composed Unicode with single spaces, without a final "?" or ".".

    Case is kept, because it marks names; a first word that is no name is put in lower case.
    """
    text = " ".join(composed(question).replace("\u2019", "'").split()).rstrip(" ?.")
    first, space, rest = text.partition(" ")
    return f"{first.lower()}{space}{rest}" if _OPENING.fullmatch(first.lower()) else text


def telling(question: str) -> str:
    """Return the words of a normalised question that determine its answer, joined by spaces."""
    polite = _POLITE.sub("", question)
    # From the left only quotes go: ".5" and "-5" are not "5".
    words = [word.rstrip(",;:?.\"'").lstrip("\"'") for word in polite.split()]
    return " ".join(_CONTRACTED.get(word, word) for word in words if word and word not in _BINDING)
