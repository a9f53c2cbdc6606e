"""Two questions in, whether an answer to the one may be an answer to the other.

Cosine alone does not tell: with MiniLM "who is the captain" and "who was the captain" stand at .97, and the longer a
question, the less one exchanged word moves it. So beside a high cosine all words must be the same, in the same order,
but for a closed list that binds and changes nothing; numbers, names, negations, tenses and prepositions are then equal
too. Too strict costs a generation, too lax a wrong answer.
"""

from __future__ import annotations

import re

from ..text.clean import composed

NEAR = 0.95
"""Least cosine of two questions that are taken for one. Of pairs with the same words none was below .97."""

_BINDING = frozenset(("a", "an", "the", "of", "is", "are", "please"))
_OPENING = re.compile(
    "are|at|by|can|could|did|do|does|for|from|had|has|have|how|if|in|is|may|must|on|please|should|since|tell|the|to|was|"
    "were|what|what's|when|where|where's|which|who|who's|whom|whose|why|will|with|would"
)
"""Words that open a question with a capital letter and are no names."""
_POLITE = re.compile(
    r"^(?:please |can you |could you |would you |can you please |could you please )?tell me,? (?=wh|how )"
)
_CONTRACTED = {"what's": "what", "who's": "who", "where's": "where", "which": "what"}


def normalised(question: str) -> str:
    """Return the question in composed letters with single spaces, its first word in lower case unless it may be a name.

    A question mark or full stop at its end goes; case stays, since it tells names.
    """
    text = " ".join(composed(question).replace("\u2019", "'").split()).rstrip(" ?.")
    first, space, rest = text.partition(" ")
    return f"{first.lower()}{space}{rest}" if _OPENING.fullmatch(first.lower()) else text


def telling(question: str) -> str:
    """Return the words of a normalised question that an answer hangs on, in its order, with single spaces."""
    polite = _POLITE.sub("", question)
    # From the left only quotes go: ".5" and "-5" are not "5".
    words = [word.rstrip(",;:?.\"'").lstrip("\"'") for word in polite.split()]
    return " ".join(_CONTRACTED.get(word, word) for word in words if word and word not in _BINDING)
