"""Blocks are what ``markdown-it-py`` finds, on texts put together from lines that decide something."""

from __future__ import annotations

import random

import pytest

from sanderling.memory.read.markdown.blocks import MAX_DEPTH, blocks, code_spans

LINES = """a|b c|# h|## h ##|###### x #|####### y|#|```|````|~~~|``` py|~~~~ x|    c|\tc|  a|   # h|- |- a|-|* x|+ y
1. z|2) q|10. t|>|> a|> # q|> ```|===|---|--|- - -|***|___|<div>|</div>|<p>x|<!-- a|-->|<script>|</script>|<b>
<b x='1'>|<?x|?>|<h1>a</h1>|[a]: /x||||     d|  - n|    - m|  ```|   ~~~|\t- t|-\tx|>\ty|- ```|- # h|1. ```|- > a|> - a
`x`|  # i|  ===|\\# no|#tag|-  \n|-     code|<!DOCTYPE x>|<![CDATA[|]]>|<pre>|</pre> x|    |  """
UNITS = [unit for line in LINES.split("\n") for unit in line.split("|")]


def found(text):
    at = {0: 0, **{place + 1: number for number, place in enumerate((i for i, c in enumerate(text) if c == "\n"), 1)}}
    return [
        (block.kind, at[block.start], block.level, plain(block.text) if block.kind == "heading" else "")
        for block in blocks(text)
        if block.kind != "paragraph"
    ]


def by_the_library(library, text):
    parsed = library.parse(text)
    names = {"fence": "code", "code_block": "code", "html_block": "html"}
    headings = [
        ("heading", token.map[0], int(token.tag[1]), plain(parsed[number + 1].content))
        for number, token in enumerate(parsed)
        if token.type == "heading_open"
    ]
    others = [(names[token.type], token.map[0], 0, "") for token in parsed if token.type in names]
    return sorted(headings + others, key=lambda each: each[1])


def plain(text):
    return "\n".join(line.strip() for line in text.split("\n"))


@pytest.mark.parametrize("seed", range(4))
def test_blocks_are_those_of_commonmark(seed):
    markdown_it = pytest.importorskip("markdown_it")
    library = markdown_it.MarkdownIt("commonmark")
    library.core.ruler.disable(["inline", "text_join"])
    drawn = random.Random(seed)
    for _ in range(1500):
        text = "\n".join(drawn.choices(UNITS, k=drawn.randint(1, 10))) + "\n"
        assert found(text) == by_the_library(library, text), (seed, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("````\n```\n# no\n````\n# Yes", [("code", 0, 0, ""), ("heading", 4, 1, "Yes")]),
        ("~~~\n```\n# no\n~~~ info\n# no\n~~~~~\n# Yes", [("code", 0, 0, ""), ("heading", 6, 1, "Yes")]),
        ("- a\n\n      # code\n\n  # In", [("code", 2, 0, ""), ("heading", 4, 1, "In")]),
        ("> ```\n> # no\noutside\n===", [("code", 0, 0, ""), ("heading", 2, 1, "outside")]),
        ("Two\nlines\n---\n\n---\n", [("heading", 0, 2, "Two\nlines")]),
        # By the specification this goes on lazily; the library (4.3.0) makes code of it.
        (">> b\n\t- t\n", []),
    ],
)
def test_what_a_line_is_depends_on_what_is_open(text, expected):
    assert found(text) == expected


def test_what_is_nested_deeper_than_anyone_writes_is_text():
    assert [block.text for block in blocks("> " * MAX_DEPTH + "# a")] == ["a"]
    assert [block.kind for block in blocks("> " * (MAX_DEPTH + 1) + "# a")] == ["paragraph"]


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
