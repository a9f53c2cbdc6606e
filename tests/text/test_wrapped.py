from __future__ import annotations

import textwrap

import pytest

from sanderling.text.sentences import sentences
from sanderling.text.wrapped import unwrapped

PROSE = (
    "The feed pump of the second boiler was overhauled in March by a firm from Lyon, which replaced the seals with ones "
    "of Viton and left a manual of ninety pages behind. It has run without a leak since then."
)


@pytest.mark.parametrize("width", [45, 60, 72, 80])
@pytest.mark.parametrize("mark", ["", "- ", "12. "])
def test_wrapped_prose_is_one_line_again(width, mark):
    wrapped = textwrap.fill(PROSE, width, initial_indent=mark, subsequent_indent=" " * len(mark))
    text = f"# Pump\n\n{wrapped}\n\n{wrapped}\n"
    assert unwrapped(text) == f"# Pump\n\n{mark}{PROSE}\n\n{mark}{PROSE}\n"
    assert sentences(wrapped) == sentences(mark + PROSE)


@pytest.mark.parametrize(
    "text",
    [
        "Attic 80\nCellar 45\nVeranda 120",
        "Phone of the plumber in Harrow, on weekdays only: 123\nPhone of the electrician, at any time of day: 456\n"
        "Phone of the neighbour with the key: 789",
        "Two roads diverged in a yellow wood and sorry I could not\nTravel both\nAnd be one traveller, long I stood",
        "- one item that is rather long for a list of such things\n- another item that is also rather long for a list",
        "| a row of a table that is long enough to look wrapped |\n| b row of a table that is long enough to look wrapped |",
        "key:: a value that is long enough to look like wrapped text\nother:: a value that is long enough to be wrapped",
        "    code that is long enough to look like text that is wrapped\n    and more of it, which must stay as it is here",
        "",
        "one line",
    ],
)
def test_lines_that_a_writer_ended_stay_apart(text):
    assert unwrapped(text) == text
