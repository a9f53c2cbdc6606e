from __future__ import annotations

import pytest

from sanderling.memory.read.markdown.markdown import read_markdown


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("~~~ python\n# no\n~~~ end\n# no\n~~~\n# Yes", "Yes"),
        ("    # code\n\nText\n====\n", "Text"),
        ("- a\n\n  ```\n# no code, the list is over\n```\n", "no code, the list is over"),
        ("<div align=center>\n<h1 class='x'>\n  The <b>Boat</b> &amp; Sail\n</h1>\n</div>\n", "The Boat & Sail"),
        ("<pre>\n<h1>no</h1>\n</pre>\n\n# Yes", "Yes"),
        ("# ![logo](a.png)\n## [![b](c)](d) Install", "Install"),
        ("# [[dir/file|Shown]] and [[other]] `code` **b** ==h== C\\# {#id}", "Shown and other code b h C#"),
        ("# A <a name='x'></a>title # #", "A title #"),
        ("# Café &eacute; snake_case_name __bold__", "Café é snake_case_name bold"),
        ("%%\n# hidden\n%%\n# Shown ^abc-1", "Shown"),
        ("---\ntitle: From above\n---\n## Part", "From above"),
        ("---\ntitle: From above\n---\n# Heading", "Heading"),
        ("title:: Boat\n\n- one\n- ## two", "Boat"),
        ("# ![](a.png)", ""),
    ],
)
def test_titles(text, title):
    assert read_markdown(text).title == title


def test_a_comment_in_a_heading_is_no_part_of_the_title():
    assert read_markdown("# Ferry <!-- old: Boat --> times\n\nNine.").title == "Ferry times"


def test_headings_know_their_places():
    text = "# A\n\n```\n# b\n```\n\nC\n-\n\n> # D\n\n<h2>E</h2>\n\n1. ### F\n"
    content = read_markdown(text)
    assert [(text[at:].partition("\n")[0], heading) for at, heading in content.headings] == [
        ("# A", "A"),
        ("C", "C"),
        ("> # D", "D"),
        ("<h2>E</h2>", "E"),
        ("1. ### F", "F"),
    ]


def test_places_are_those_of_the_text_that_is_kept():
    data = "A" * 500
    text = (
        f"![p](data:image/png;base64,{data}) x ^first\n\n%% gone %%\n\n# Two\n\n[l](b.md) [[c]]\n\n"
        "- d\n  id:: 65a1b2c3-aaaa-bbbb-cccc-0123456789ab\n- e [[f]]"
    )
    content = read_markdown(text)
    assert content.text == "p x\n\n\n\n# Two\n\n[l](b.md) [[c]]\n\n- d\n- e [[f]]"
    assert [content.text[at : at + 3] for at, _ in content.links] == ["[l]", "[[c", "[[f"]
    assert [content.text[at : at + 5] for at, _ in content.headings] == ["# Two"]
    assert [(content.text[at], name) for at, name in content.blocks] == [("x", "^first")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a %%b%% c", "a  c"),
        ("100%% sure and 50%% not", "100%% sure and 50%% not"),
        ("`%%a%%` and %%b%%", "`%%a%%` and "),
        ("```\n%% a\n%% b\n```\n", "```\n%% a\n%% b\n```\n"),
        ("x %% open\n\nnot closed in its paragraph %% y", "x %% open\n\nnot closed in its paragraph %% y"),
        ("y = x ^2\nend ^37", "y = x ^2\nend ^37"),
        ("| a |\n|-|\n| b |\n\n^tab1", "| a |\n|-|\n| b |\n\n"),
        ("    code ^abc", "    code ^abc"),
        ("see ((65a1b2c3-aaaa-bbbb-cccc-0123456789ab)) and ((this))", "see  and ((this))"),
        ("- a\n  collapsed:: true\n  id:: my own\n  logseq.order-list-type:: number\n  b", "- a\n  id:: my own\n  b"),
        ("> [!note] Title\n> ==marked== #tag", "> [!note] Title\n> ==marked== #tag"),
    ],
)
def test_what_no_reader_is_shown_is_taken_out(text, shown):
    assert read_markdown(text).text == shown


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("[[a]] ![[b.png]] [[c|d]] [[e/f#g|h]] [[i#^j]]", ["[[a]]", "[[b.png]]", "[[c|d]]", "[[e/f#g|h]]", "[[i#^j]]"]),
        ("`[[a]]` and\n\n    [[b]]\n\n```\n[[c]] [d](d.md)\n```\n<!-- [[e]] -->\n", []),
        ("[a](<b c.md>) [d](e_(f).md 'T') ![p](q.png)", ["b c.md", "e_(f).md"]),
        ("[a][B] [b] [c]\n\n[b]: d.md 'T'\n[^c]: note", ["d.md", "d.md"]),
        ("---\nup: '[[Home]]'\n---\nx", ["[[Home]]"]),
        ("| [[a\\|b]] | c |\n|-|-|\n| d | [[e]] |", ["[[a\\|b]]", "[[e]]"]),
    ],
)
def test_links(text, links):
    assert [link for _, link in read_markdown(text).links] == links


def test_tags_of_all_places_are_one_list():
    text = (
        "---\ntags: [a, '#b']\n---\nkeywords:: c, [[d]]\n\n- task [tags:: e]\n  tags:: #f #[[g h]]\n\n"
        "Text #i/j, #a #1 `#no`\n\n## Head #k\n"
    )
    assert read_markdown(text).metadata.tags == ("a", "b", "c", "d", "e", "f", "g h", "i/j", "k")
