from __future__ import annotations

import pytest

from sanderling.memory.html import read_html
from sanderling.memory.text import Unreadable

PAGE = """<!doctype html><html><head><title>The
 Page</title><style>p {color: red}</style><script>var x</script></head>
<body><nav><a href="/home">Home</a></nav><h1>Head</h1><!-- hidden -->
<p>One <b>bold</b> <a href="two.html#part">link</a>, and
more.</p><ul><li>first<li>second</ul><pre>a
  b</pre><footer>legal</footer></body></html>"""


def test_what_a_page_says():
    title, text, links, headings = read_html(PAGE.encode())
    assert title.split() == ["The", "Page"]
    assert text.strip() == "Head\n\nOne bold link, and more.\n\nfirst\n\nsecond\n\na\n  b"
    ((at, target),) = links
    assert target == "two.html#part"
    assert text[at:].startswith("link")
    ((at, heading),) = headings
    assert heading == "Head"
    assert text[at:].startswith("Head")


def test_the_page_says_its_encoding_itself():
    page = '<meta charset="windows-1251"><p>Привет</p>'
    assert read_html(page.encode("windows-1251"))[1].strip() == "Привет"
    assert read_html("<p>Grüße</p>".encode())[1].strip() == "Grüße"


@pytest.mark.parametrize(
    "page", ["", "<", "<p", "plain", "<?xml version='1.0'?><html><p>x</p></html>", "<a href>x</a>" * 9]
)
def test_odd_pages_are_read_without_complaint(page):
    read_html(page.encode())


def test_offsets_hold_for_uncomposed_characters():
    page = "<p>e\u0301e\u0301e\u0301 <a href='x'>here</a></p><p>then <a href='y'> there</a></p>"
    _, text, links, _ = read_html(page.encode())
    assert [text[at:].lstrip()[:4] for at, _ in links] == ["here", "ther"]


def test_binary_data_is_refused():
    with pytest.raises(Unreadable, match="binary"):
        read_html(b"<p>\0\1\2</p>")
