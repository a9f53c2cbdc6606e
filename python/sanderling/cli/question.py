"""The argument QUESTION of ``ask`` and ``search``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

QuestionArgument = Annotated[str, typer.Argument(help="The question; - reads it from standard input.")]


def read_question(given: str) -> str:
    """Return the question without surrounding space, read from standard input if ``given`` is ``-``.

    Raises UsageError if it is empty, too long or not text.
    """
    from ..stages.embed import MAX_QUERY_BYTES, checked

    return checked(sys.stdin.read(MAX_QUERY_BYTES + 1) if given == "-" else given)
