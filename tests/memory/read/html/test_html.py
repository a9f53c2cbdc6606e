# ruff: noqa: E501, RUF001 - pages stand in one line, and letters of other scripts are tested

from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.memory.read.html.html import read_html
from sanderling.memory.read.html.markup import parts
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


def read(page: str) -> str:
    return read_html(page.encode()).text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        # Without end tags, as people write it by hand.
        ("<table><tr><th>Pot<th>Litres<tr><td>Red<td>3<tr><td>Blue<td>5</table>", ROWS := "| Pot | Litres |\n|-|-|\n| Red | 3 |\n| Blue | 5 |"),
        ("<table><thead><tr><td>Pot</td><td>Litres</td></tr></thead><tr><td>Red</td><td>3</td></tr><tr><td>Blue</td><td>5</td></table>", ROWS),
        # Words above numbers are names, though nothing says so.
        ("<table><tr><td><b>Pot</b></td><td>Litres</td></tr><tr><td>Red<td>3<tr><td><p>Blue</p><td>5</table>", ROWS),
        ("<table><tr><td>Red<td>round<tr><td>Blue<td>oval</table>", "| Red | round |\n| Blue | oval |"),
        ("<table><tr><th colspan=2>Pots<tr><th>Pot<th>Litres<tr><td>Red<td>3<tr><td>Blue<td>5</table>", "Pots\n\n" + ROWS),
        ("<table><tr><th>Height<td>12 m<tr><th>Lamp<td>oil</table>", "| Height | 12 m |\n| Lamp | oil |"),
        ("<table><thead><tr><th rowspan=2>Pot<th colspan=2>Litres<tr><th>full<th>safe</thead><tr><td>Red<td>3<td>2</table>", "| Pot | Litres full | safe |\n|-|-|-|\n| Red | 3 | 2 |"),
        ("<table><tr><td rowspan=2>Shed<td>rake<td>2<tr><td>hoe<td>1</table>", "| Shed | rake | 2 |\n| Shed | hoe | 1 |"),
        ("<table><tr><td>a|b<td>two<br>lines<tr><td>x<td hidden>no</table>", "| a\\|b | two lines |\n| x |  |"),
        ("<table><tr><td>Red<td><ul><li>round<li>tall</ul></table>", "| Red | round; tall |"),
        # The page only lays itself out.
        ("<table><tr><td><h2>Left</h2><p>one</td><td>two</td></tr></table>", "Left\n\none\n\ntwo"),
        (f"<table><tr><td>side<td>{'long text ' * 99}</table>", "side\n\n" + ("long text " * 99).strip()),
        ("<table role=presentation><tr><td>one<td>two</table>", "one\n\ntwo"),
        ("<table><tr><td>out<td><table><tr><td>in<td>side</table></table>", "out\n\n| in | side |"),
        ("<table><caption>Pots</caption><tr><td>Red<td>3</table>tail", "Pots\n\n| Red | 3 |\n\ntail"),
        ("<table><tr><td>only one</td></tr></table>", "only one"),
        ("before<table><tr><td>never<td>closed", "before\n\n| never | closed |"),
    ],
)  # fmt: skip
def test_tables_are_rows_with_their_header(page, text):
    assert read(page) == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Ada Lind<br>Mole Road 4<BR/>Kiel", "Ada Lind\nMole Road 4\nKiel"),
        ("a <br> b<br><br><br><br>c<br>", "a\nb\n\nc"),
        ("re&shy;frig&#8203;era<wbr>tor", "refrigerator"),
        ("one<hr>two", "one\n\ntwo"),
        ("<div role=row><span role=cell>Hut</span><span role=cell>40</span></div>", "Hut\n\n40"),
        ("<fieldset><legend>Size</legend><select><option>small<option selected>large</select></fieldset>", "Size\nsmall\nlarge"),
        ("<dl><dt>Tide<dd>rises at six<dt>Moon<dd>full</dl>", "Tide\nrises at six\n\nMoon\nfull"),
        ("<address>Quay 7</address><details><summary>More</summary>inside</details>", "Quay 7\n\nMore\n\ninside"),
        ("<ul><li><p>milk<li>bread</ul><figure><img alt='A red pot' src=data:x><figcaption>Pot 3", "milk\n\nbread\n\nA red pot\n\nPot 3"),
        ("<label>Done</label><input type=checkbox checked> mow <input type=checkbox> rake", "Done [x] mow [ ] rake"),
        ("<pre>a\n  b<br>c</pre>d", "a\n  b\nc\n\nd"),
        ("<p>H<sub>2</sub>O and <b>bo</b>ld <i> x </i> y", "H2O and bold x y"),
    ],
)  # fmt: skip
def test_what_divides_words_in_a_browser_divides_them_here(page, text):
    assert read(page) == text


@pytest.mark.parametrize(
    "unseen",
    [
        "<div hidden>no</div>",
        '<p style="color: red; DISPLAY :none">no</p>',
        "<span style='visibility:hidden'>no</span>",
        "<div aria-hidden=true><p>no</p></div>",
        "<template>no</template>",
        "<noscript>no</noscript>",
        "<dialog>no</dialog>",
        '<div class="hidden box">no</div>',
        '<p class="d-none">no</p>',
        '<span class="visually-hidden">no</span>',
        '<div id="CookieBanner">no</div>',
        '<div class="cookie-notice-bar"><p>no</p></div>',
        '<div class="cookies"><p>We use cookies for no good.</p><button>Accept all</button></div>',
        "<div id=cookie>Diese Seite nutzt Cookies. no <a href=x>Zustimmen</a></div>",
        '<div role=region aria-label="Cookie banner">no</div>',
        '<div class="cc-window cc-banner">no</div>',
        '<section id="onetrust-consent-sdk">no</section>',
        '<div role="dialog" class="gdpr popup">no</div>',
        '<div class="cc-cookies consent">no</div>',
        "<nav>no</nav>",
        "<aside>no</aside>",
        '<div role="navigation">no</div>',
        '<ul class="breadcrumb"><li>no</ul>',
        "<header>no</header>",
        "<footer>no</footer>",
        "<button>no</button>",
        f"<select>{'<option>no' * 40}</select>",
    ],
)
def test_what_is_not_shown_or_beside_the_text_is_left_out(unseen):
    note = "<p>The lamp of the lighthouse burns oil of rape."
    assert read(f"<body>{unseen}{note}") == "The lamp of the lighthouse burns oil of rape."
    assert (
        read(f"{note} It is {unseen} lit.</p>")
        .split("\n")[0]
        .startswith("The lamp of the lighthouse burns oil of rape. It is")
    )
    assert "no" not in read(f"{note}{unseen}<p>At dusk it is lit.").split()


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p hidden>no<p>yes", "yes"),
        ("<p hidden>no<div>yes</div>", "yes"),
        ("<p hidden>no <b>no<p>yes</b>", "yes"),
        ("<ul><li hidden>no<ul><li>no</ul>no<li>yes</ul>", "yes"),
        ("<dl><dt hidden>no<dd>yes<dt>and<dd hidden>no</dl>yes", "yes\n\nand\n\nyes"),
        ("<table><tr hidden><td>no<td>no<tr><td>yes<td hidden>no<td>too</table>", "| yes |  | too |"),
        ("<table><tbody hidden><tr><td>no<td>no<tbody><tr><td>yes<td>too</table>", "| yes | too |"),
        ("<select><option hidden>no<option>yes</select>", "yes"),
        ("<ul><li>a<ol><li>b</ol><li>c</ul>", "a\n\nb\n\nc"),
        ("<div hidden>no<p>no</div>yes", "yes"),
    ],
)
def test_an_end_tag_that_was_left_out_ends_its_element(page, text):
    assert read(page) == text


@pytest.mark.parametrize(
    "seen",
    [
        "<div id=cookies>Oat cookies: bake for nine minutes.</div>",
        "<h2 id=cookies>Oat cookies</h2>",
        '<div class="cookie-recipe">bake</div>',
        '<div class="page cookies-accepted has-nav">all of the page</div>',
        "<div hidden=until-found>found by searching</div>",
        '<aside class="callout tip">Oil it first.</aside>',
        "<article><header>by Ada</header>said<footer>in May</footer></article>",
        "<header><h1>Title of all</h1></header>",
        '<header id="title-block-header"><p class=author>Ada Lind</p></header>',
        "<h3><button>Why is it wet?</button></h3>",
        '<div class="hidden md:block">on wide screens</div>',
        "<dialog open>shown</dialog>",
        "<div style='display:block'>x</div>",
    ],
)
def test_what_only_looks_like_it_stays(seen):
    words = "".join(part if isinstance(part, str) else " " for part in parts(seen)).split()
    assert set(words) <= set(read(f"<p>A page of some length about a lighthouse.</p>{seen}").split())


def test_the_main_part_alone_is_read_if_it_holds_the_text():
    text = "The lamp burns oil of rape, and the keeper fills it at six in the evening."
    assert read(f"<div>Most read</div><main><p>{text}</p></main><div>Sign up</div>") == text
    assert read(f"<div>Most read</div><div role=main>{text}</div>") == text
    assert read(f"<p>Top</p><article>{text}</article><article>Second {text}</article>") == f"{text}\n\nSecond {text}"
    others = "".join(f"<li><a href={n}>Another story of the coast, number {n}</a>" for n in range(99))
    assert read(f"<main>{text}</main><ul>{others}</ul>") == text
    # An empty frame of a page that a script fills, and a teaser below the text.
    assert read(f"<main>Loading</main><p>{text}") == f"Loading\n\n{text}"
    assert text in read(f"<p>{text}<article>Read this too</article>")


@pytest.mark.parametrize("frame", ["<nav>{}</nav>", "<div hidden>{}</div>", "<aside>{}</aside>", "<footer>{}</footer>", "<noscript>{}</noscript>", "<div class=cookie-banner>{}</div>"])  # fmt: skip
def test_a_page_whose_text_is_all_beside_keeps_it(frame):
    assert read(frame.format("<p>Water the roses.</p>")) == "Water the roses."


def test_what_a_script_would_have_shown_is_read_where_there_is_nothing_else():
    store = "<div id=store style='display:none'>" + "<p>Water the roses in the evening.</p>" * 9 + "</div>"
    assert read(f"<p>Please wait</p>{store}").startswith("Please wait\n\nWater the roses")
    assert "roses" not in read(f"<p>A page that says enough by itself to be a note.</p>{store}")


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Knots – Harbour Club</title><meta property=og:title content=Knots><h1>All knots</h1>", "Knots"),
        ("<title>Knots</title><meta property=og:title content='Club'>", "Knots"),
        ("<meta property='og:title' content='Knots'><h1>All</h1>", "Knots"),
        ("<title> </title><h1>All <i>knots</i></h1><p>x", "All knots"),
        ("<p>x", ""),
        ("<title/><p>x</p>", ""),
        ("<title>Kn&amp;ots</title><svg><title>icon</title></svg>x", "Kn&ots"),
    ],
)
def test_the_title(page, title):
    assert read_html(page.encode()).title == title


def test_language_and_date():
    page = read_html(
        b"<html lang='de-AT'><meta property='article:published_time' content='2023-05-01T08:00:00+02:00'><p>x"
    )
    assert (page.metadata.language, page.metadata.timestamp) == ("de", "2023-05-01T06:00:00+00:00")
    page = read_html(b"<html xml:lang=nb><p><time datetime='soon'>x</time><time datetime=2021-02-03>3 Feb</time>")
    assert (page.metadata.language, page.metadata.timestamp) == ("nb", "2021-02-03T00:00:00+00:00")
    page = read_html(b"<html lang='???'><meta name=date content='next week'><p>x")
    assert (page.metadata.language, page.metadata.timestamp) == ("", "")


def test_links_in_tables_lead_from_their_row():
    page = read_html(b"<table><tr><td>a<td>b<tr><td><a href=c.html>c</a><td>d</table><p><a href=e>e</a>")
    assert [(page.text[at:].splitlines()[0], href) for at, href in page.links] == [("| c | d |", "c.html"), ("e", "e")]


def test_a_heading_may_be_wrapped_in_blocks():
    assert read_html(b"<h2><div><span>Spare</span> parts</div></h2><p>x").headings == [(0, "Spare parts")]


def test_a_chat_that_telegram_exported():
    message = (
        '<div class="message default clearfix"><div class="userpic"><div class="initials">R</div></div><div class="body">'
        '<div class="pull_right date details" title="07.11.2023 18:04:00 UTC+01:00">18:04</div>'
        '<div class="from_name">Runa</div><div class="text">The buoy<br>is loose</div></div></div>'
    )
    assert read(message * 2) == "\n\n".join(["07.11.2023 18:04:00 UTC+01:00\nRuna\nThe buoy\nis loose"] * 2)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<meta charset=iso-8859-1><p>Größe – ½ Straße".encode(), "Größe – ½ Straße"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">Kräutertee'.encode(), "Kräutertee"),
        ("<meta charset=gb2312><p>鎔鐵爐".encode("gbk"), "鎔鐵爐"),
        ("<meta charset=utf-8><p>Größe der Küche und Schlüssel".encode("cp1252"), "Größe der Küche und Schlüssel"),
        ("<meta charset=utf-8><p>Größe der K\udcfcche über".encode("utf-8", "surrogateescape"), "Größe der K\ufffdche über"),
        ("<p>Größe".encode("utf-16"), "Größe"),
        ("<meta charset=koi8-r><p>Маяк".encode("koi8-r"), "Маяк"),
        ("<p>Der Leuchtturm steht über der Küste, die Größe täuscht".encode("latin-1"), "Der Leuchtturm steht über der Küste, die Größe täuscht"),
    ],
)  # fmt: skip
def test_the_bytes_of_a_page_count_more_than_what_it_says_of_them(data, text):
    assert read_html(data).text == text


def test_a_guess_and_bad_bytes_are_told():
    assert "read as cp125" in read_html("<p>Der Leuchtturm über der Küste".encode("latin-1")).warnings[0]
    assert "not UTF-8" in read_html("<p>Küste über \udcff Größe".encode("utf-8", "surrogateescape")).warnings[0]


@pytest.mark.parametrize(
    "span", ["rowspan=65534", "colspan=1000", "rowspan=65534 colspan=65534", "rowspan=0", "colspan=x"]
)
def test_spans_cannot_make_a_page_much_longer(span):
    page = "<table>" + f"<tr><td {span}>some words in it<td>more" * 400 + "</table>"
    assert len(read(page)) < 3 * len(page)


PARTS = "Parts\n\n| Part | Count | Shelf |\n|-|-|-|\n| Gasket | 12 | C4 |\n| Hose | 3 | A1 |"


@pytest.mark.parametrize("program", ["docutils", "libreoffice", "pandoc"])
def test_pages_of_several_programs(program):
    page = read_html((Path(__file__).parent / "files" / f"{program}.html").read_bytes())
    lines = [part for part in page.text.split("\n\n") if part != "The log hangs by the door."]
    said = "Drain the water tank before the first frost, and note it in the log."
    assert page.title == "Winter storage"
    assert lines == ["Winter storage", said, *PARTS.split("\n\n"), "Söre keeps the key."]
    assert [heading for _, heading in page.headings] == ["Winter storage", "Parts"]
    assert [href for _, href in page.links] == (["log.html"] if program != "libreoffice" else [])
