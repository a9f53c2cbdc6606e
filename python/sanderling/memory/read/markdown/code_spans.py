"""Find the code spans of a Markdown text, in time linear in the length of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator


def code_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each code span in a paragraph or heading, backticks included."""
    if "`" not in text:
        return
    runs = [(match.start(), match.end()) for match in re.finditer(r"`++", text)]
    following: dict[int, int] = {}
    closing = [-1] * len(runs)
    for number in range(len(runs) - 1, -1, -1):
        start, end = runs[number]
        closing[number] = following.get(end - start, -1)
        following[end - start] = number
    number = 0
    while number < len(runs):
        start = before = runs[number][0]
        while before and text[before - 1] == "\\":
            before -= 1
        close = -1 if (start - before) % 2 else closing[number]
        if close >= 0:
            yield start, runs[close][1]
        number = close + 1 if close >= 0 else number + 1
