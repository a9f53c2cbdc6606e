from __future__ import annotations

import pytest

from sanderling.memory.read.markdown.code_spans import code_spans


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a `b` c", ["`b`"]),
        ("``a ` b`` `c`", ["``a ` b``", "`c`"]),
        ("`a ``b", []),
        ("\\`a` b `c`", ["` b `"]),
        ("\\\\`a`", ["`a`"]),
        ("", []),
    ],
)
def test_code_spans(text, codes):
    assert [text[start:end] for start, end in code_spans(text)] == codes
