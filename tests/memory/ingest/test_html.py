from __future__ import annotations

import pytest

from sanderling.memory.ingest.html import read_html
from sanderling.text.clean import Unreadable

PAGE = """<!doctype html><html><head><title>The
 Page</title><style>p {color: red}</style><script>var x</script></head>
<body><nav><a href="/home">Home</a></nav><h1>Head</h1><!-- hidden -->
<p>One <b>bold</b> <a href="two.html#part">link</a>, and
more.</p><ul><li>first<li>second</ul><pre>a
  b</pre><footer>legal</footer></body></html>"""


def test_what_a_page_says():
    page = read_html(PAGE.encode())
    text = page.text
    assert page.title == "The Page"
    assert text == "Head\n\nOne bold link, and more.\n\nfirst\n\nsecond\n\na\n  b"
    ((at, target),) = page.links
    assert target == "two.html#part"
    assert text[at:].startswith("link")
    ((at, heading),) = page.headings
    assert heading == "Head"
    assert text[at:].startswith("Head")


def test_the_page_says_its_encoding_itself():
    page = '<meta charset="windows-1251"><p>Привет</p>'
    assert read_html(page.encode("windows-1251")).text == "Привет"
    assert read_html("<p>Grüße</p>".encode()).text == "Grüße"


@pytest.mark.parametrize(
    ("page", "read"),
    [
        ("", ""),
        ("<", "<"),
        ("<p", "<p"),
        ("plain", "plain"),
        ("<?xml version='1.0'?><html><p>x</p></html>", "x"),
        ("<a href>x</a>" * 9, "x" * 9),
    ],
)
def test_odd_pages_give_the_text_they_have(page, read):
    assert read_html(page.encode()).text == read


def test_offsets_hold_for_uncomposed_characters():
    page = "<p>e\u0301e\u0301e\u0301 <a href='x'>here</a></p><p>then <a href='y'> there</a></p>"
    read = read_html(page.encode())
    assert [read.text[at:][:4] for at, _ in read.links] == ["here", "ther"]


def test_binary_data_is_refused():
    with pytest.raises(Unreadable, match="binary"):
        read_html(b"<p>\0\1\2</p>")


def test_depth_is_no_matter():
    page = "<title>T</title>" + "<div>" * 50_000 + "<b>" * 50_000 + "<a href=x>deep</a>"
    read = read_html(page.encode())
    assert (read.title, read.text, list(read.links)) == ("T", "deep", [(0, "x")])


def test_paragraphs_that_nobody_closed_are_paragraphs():
    assert read_html(b"<h1>H<p>one<p>two</b></i><li>three").text == "H\n\none\n\ntwo\n\nthree"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("a < b, 1<2", "a < b, 1<2"),
        ("a <b", "a <b"),
        ("a <!-- b", "a <!-- b"),
        ("a <!-- b --> c<!--> d", "a c d"),
        ("a <![CDATA[ <p> ]]> b", "a b"),
        ('<p title="x > y">a</p>', "a"),
        ("<p title='it\">a</p>", "a"),
        ("<p title=it's>a", "a"),
        ("a<script>if (a < b) '<p>'</SCRIPT >b", "ab"),
        ("a<style>x", "a"),
        ("a<br/>b<img src=x>c", "a\nbc"),
        ("&lt;p&gt; &amp;amp; &eacute;&#233;&#xe9; AT&T", "<p> &amp; ééé AT&T"),
        ("&#" + "9" * 5000 + ";", "\ufffd" + "9" * 4992 + ";"),
    ],
)
def test_broken_markup_is_read_as_browsers_do_and_nothing_of_it_is_lost(page, text):
    assert read_html(page.encode()).text == text


@pytest.mark.parametrize("name", ["punycode", "idna", "rot13", "unicode_escape", "undefined", "no-such", "utf-16"])
def test_an_encoding_that_no_page_has_is_not_believed(name):
    assert read_html(f"<meta charset={name}><p>Grüße \\u0041</p>".encode()).text == "Grüße \\u0041"


def test_a_heading_is_named_once_and_by_what_is_read_of_it():
    page = "<h2>Spare <svg><title>icon</title></svg>Bits<p>x</p>of it</h2>"
    assert read_html(page.encode()).headings == [(0, "Spare Bits x of it")]
