"""The argument QUESTION of the commands ``ask`` and ``search``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..ranges import MAX_QUERY_BYTES

QuestionArgument = Annotated[str, typer.Argument(help="The question; - reads it from standard input.")]


def given_question(given: str) -> str:
    """Return the question as given, or the text on stdin for ``-``."""
    return sys.stdin.read(MAX_QUERY_BYTES + 1) if given == "-" else given


def read_question(given: str) -> str:
    """Return the question without surrounding space, or the text on stdin for ``-``.

    Raises UsageError if it is empty, too long or not text.
    """
    from ..stages.embed import checked

    return checked(given_question(given))
