"""Finds, in a chat template, the marks around a model's thoughts.

Also what makes the model answer without a thought.
"""

from __future__ import annotations

from typing import NamedTuple

from ...engines.chat_format import Thinking
from ...engines.unthought import MARKS


class Thoughts(NamedTuple):
    """A model's marks for thoughts, and the text that begins an answer without thoughts."""

    thinking: Thinking
    answer: str


def thinking(history: str, off: str, on: str, template: str, *, switched: bool) -> Thoughts | None:
    """Return how a template's model writes thoughts; None if the model writes none.

    ``history``: text between a question and an answer of the past. ``off`` and ``on``: the same before the answer to be
    generated, with thoughts turned off and on, which are equal if nothing turns them off. ``template``: its source.
    ``switched``: whether it has a variable that turns them off.
    """
    for opening, close in MARKS:
        if opening in template and close in template:
            break
    else:
        return None
    asked = on if _open(on, opening, close) else f"{on}{opening}\n"
    if _open(off, opening, close):
        answer = f"{off}\n{close}\n\n"
    elif close in off:
        answer = off
    elif history.startswith(off) and close in history:
        answer = history
    elif switched:
        answer = off  # the template's own way to turn thoughts off
    else:
        answer = f"{off}{opening}\n\n{close}\n\n"
    return Thoughts(Thinking(generation=asked, close=close), answer)


def _open(text: str, opening: str, close: str) -> bool:
    """Whether ``text`` ends inside a thought."""
    return text.rfind(opening) > text.rfind(close)
