"""What is embedded for a node."""

from __future__ import annotations

import pytest

from sanderling.embedding.contract import embedded_text


@pytest.mark.parametrize(
    ("written", "embedded"),
    [
        ("The refri-\ngerator hums.", "The refrigerator hums."),
        ("Die Wasser-  \n  pumpe steht.", "Die Wasserpumpe steht."),
        ("pages 3-\n5, and - \nlist", "pages 3-\n5, and - \nlist"),
        ("a plain line\nand another", "a plain line\nand another"),
    ],
)
def test_words_broken_at_a_line_end_are_embedded_whole(written: str, embedded: str) -> None:
    assert embedded_text("", written) == embedded
    assert embedded_text("Title", written) == f"Title\n{embedded}"
