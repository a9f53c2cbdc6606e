from __future__ import annotations

import json

import pytest
from handmade_office import book, open_document, word
from handmade_pdf import pdf

from sanderling.memory.files.walk import SUFFIXES, Skipped
from sanderling.memory.read.document import Document, Unchanged, document_of
from sanderling.memory.read.read import MAX_HEADINGS, read


def load(path, known=lambda uri: None):
    return list(read(path, known))


def one(folder, name, content):
    (item,) = load(folder({name: content}) / name)
    return item


def test_text_is_named_after_its_file(folder):
    document = one(folder, "Log of May.txt", "\ufeffline\r\nline")
    assert (document.title, document.text, document.markdown) == ("Log of May", "line\nline", False)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("intro\n\n# The **Drill** ##\n# later", "The Drill"),
        ("intro\n\n## The **Drill** ##\n# later", "name"),
        ("```\n# code\n```\n# Real [link](x.md)", "Real link"),
        ("#tag is no heading", "name"),
        ("# a \t b##  \n", "a b##"),
        ("#  ## #", "name"),
        ("# ##", "name"),
        ("#  \n# a", "a"),
        ("", None),
    ],
)
def test_markdown_is_named_by_its_first_heading(folder, text, title):
    item = one(folder, "name.md", text)
    if title is None:
        assert (item.reason, item.empty) == ("holds no text", True)
    else:
        assert (item.title, item.text, item.markdown) == (title, text, True)


def test_headings_and_aliases_are_names_of_their_places(folder):
    text = "---\naliases: [Old Rattler, 'The Drill']\n---\n# The Drill\n\n## Spare *Bits*\n```\n# code\n```\n### Care\n"
    document = one(folder, "name.md", text)
    assert [(name.text, name.heading) for _, name in document.names] == [
        ("Old Rattler", False),
        ("name", False),
        ("Spare Bits", True),
        ("Care", True),
    ]
    assert [text[at:].partition("\n")[0] for at, name in document.names if name.heading] == [
        "## Spare *Bits*",
        "### Care",
    ]
    page = one(folder, "page.html", "<title>Page</title><h1>Page</h1><p>x<h2>Spare <i>Bits</i></h2>y")
    ((at, name),) = page.names
    assert (name.text, page.text[at:].split()) == ("Spare Bits", ["Spare", "Bits", "y"])
    line, other = load(folder({"x.jsonl": '{"text": "a", "alias": "Rattler"}\n{"_id": 2, "text": "a"}'}) / "x.jsonl")
    assert [name.text for _, name in line.names] == ["Rattler"]
    assert line.content_hash != other.content_hash


def test_links_become_the_addresses_of_what_they_point_at(folder):
    text = (
        "See [two](two.md#part), [up](../up%20there.txt?x), ![picture](p.png), [web](https://a.example/x#y), "
        "[mail](mailto:a@b), [here](#part), [bad](http://[), [titled](<two.md> 'T')"
    )
    root = folder({"sub/one.md": text})
    (document,) = load(root / "sub" / "one.md")
    assert [target for _, target in document.links] == [
        str(root / "sub" / "two.md"),
        str(root / "up there.txt"),
        "https://a.example/x",
        str(root / "sub" / "two.md"),
    ]
    assert all(text[at] == "[" for at, _ in document.links)


def test_a_file_of_brackets_is_read_in_reasonable_time(folder):
    # Quadratic matching would take hours here, and run into the test's timeout.
    document = one(folder, "x.md", "[" * 300_000 + "[a](" * 100_000)
    assert document.links == ()


def test_html_and_pdf(folder):
    root = folder({"a.html": "<title>Page</title><p><a href='b.html'>go</a></p>", "c.pdf": pdf("text", title="Paper")})
    (page,), (paper,) = load(root / "a.html"), load(root / "c.pdf")
    assert (page.title, page.text.strip(), page.links[0][1]) == ("Page", "go", str(root / "b.html"))
    assert (paper.title, paper.text) == ("Paper", "text")


@pytest.mark.parametrize(
    ("name", "content", "reason", "empty"),
    [
        ("a.txt", b"\0\1", "a binary file, not text", False),
        ("a.txt", b" \n", "holds no text", True),
        ("a.pdf", b"%PDF-1.4 broken", "a broken PDF", False),
        ("a.pdf", pdf(""), "scanned pages?", True),
        ("a.html", b"<script>x</script>", "holds no text", True),
        ("a.jsonl", b"", "holds no text", True),
        ("a.jsonl", b"nonsense\n{}\n", "it holds no document; the first, line 1: ", False),
    ],
)
def test_files_that_give_nothing_say_why(folder, name, content, reason, empty):
    item = one(folder, name, content)
    assert isinstance(item, Skipped)
    assert reason in item.reason
    assert item.empty == empty
    assert item.size_bytes == len(content)


OF_EVERY_KIND = {
    **{suffix: b"The kiln is hot." for suffix in (".txt", ".md", ".markdown", ".html", ".htm", ".org", ".rst")},
    **{suffix: b'{"text": "The kiln is hot."}' for suffix in (".json", ".jsonl", ".ndjson")},
    **{suffix: b"From: a@b.example\nSubject: x\n\nThe kiln is hot." for suffix in (".eml", ".emlx")},
    ".mbox": b"From a@b Tue Mar  5 10:00:00 2024\nFrom: a@b.example\nSubject: x\n\nThe kiln is hot.",
    ".enex": b"<en-export><note><title>x</title><content>&lt;p>The kiln is hot.</content></note></en-export>",
    ".csv": b"what,how\nkiln,The kiln is hot.",
    ".tsv": b"what\thow\nkiln\tThe kiln is hot.",
    ".pdf": pdf("The kiln is hot."),
    ".rtf": b"{\\rtf1 The kiln is hot.}",
    ".docx": word("<w:p><w:r><w:t>The kiln is hot.</w:t></w:r></w:p>"),
    ".odt": open_document("<text:p>The kiln is hot.</text:p>"),
    ".epub": book({"a.xhtml": "<p>The kiln is hot."}),
}


def test_every_kind_that_is_looked_for_is_read_whatever_its_case(folder):
    assert sorted(OF_EVERY_KIND) == sorted(SUFFIXES)
    for suffix, content in OF_EVERY_KIND.items():
        for name in (f"a{suffix}", f"B{suffix.upper()}"):
            document = one(folder, name, content)
            assert isinstance(document, Document), (name, document)
            assert "The kiln is hot." in document.text, name
            assert document.title or "#" in document.uri, name


def test_a_note_that_is_all_of_its_file_is_named_by_it(folder):
    mail = b"From: a@b.example\nSubject: Hello\n\nThe kiln is hot."
    root = folder({"Borealis/yard-care.eml": mail, "Borealis/list.json": '[{"id": 1, "text": "x"}]'})
    (document,) = read(root / "Borealis" / "yard-care.eml", lambda uri: None, root)
    assert (document.title, document.metadata.names) == ("Hello", "Borealis yard care")
    assert "yard-care" in [name.text for _, name in document.names]
    (part,) = read(root / "Borealis" / "list.json", lambda uri: None, root)
    assert part.metadata.names == ""


def test_a_file_that_vanished(tmp_path):
    (item,) = load(tmp_path / "gone.txt")
    assert "No such file" in item.reason


def test_unchanged_content_is_not_read_again(folder):
    path = folder({"a.pdf": pdf("text")}) / "a.pdf"
    (document,) = load(path)
    assert load(path, {document.uri: document.content_hash}.get) == [
        Unchanged(uri=document.uri, size_bytes=document.size_bytes)
    ]


def test_json_lines(folder):
    lines = [
        {"_id": "p1", "title": "One", "text": "first", "extra": {"nested": 1}},
        {"id": 7, "text": "second"},
        {"url": "https://a.example", "text": "third", "title": None},
        {"text": "fourth"},
    ]
    path = folder({"c.jsonl": "\ufeff" + "\n\n".join(map(json.dumps, lines))}) / "c.jsonl"
    documents = load(path)
    assert [(d.uri.removeprefix(str(path)), d.title, d.text) for d in documents] == [
        ("#p1", "One", "first"),
        ("#7", "", "second"),
        ("#https://a.example", "", "third"),
        ("#line 7", "", "fourth"),
    ]
    known = {d.uri: d.content_hash for d in documents[1:]}
    assert [type(item) for item in load(path, known.get)] == [Document, Unchanged, Unchanged, Unchanged]


def test_bad_lines_are_named_and_the_others_read(folder):
    good, half, *bad = load(
        folder(
            {
                "c.jsonl": '{"_id": 1, "text": "early"}\n{"_id": 1, "text": "good"}\n{broken\n{"title": "x"}\n'
                '{"text": " "}\n{"text": 5}\n[1]\n{"text": "\\ud800"}\n{"text": "x", "y": ' + "[" * 100_000
            }
        )
        / "c.jsonl"
    )
    assert (good.text, good.warnings) == ("good", ("its id stands in several lines; the last, line 2, is read",))
    assert half.text == "?"  # half of a character, as programs leave where they cut
    reasons = {int(item.uri.rsplit(" ", 1)[1]): item.reason for item in bad}
    assert "JSON is malformed" in reasons[3]
    assert "looked for text, content, body, message, messages" in reasons[4]
    assert reasons[5] == "holds no text"
    assert reasons[6].endswith("its text is a number")
    assert set(reasons) >= {3, 4, 5, 6, 7}
    assert reasons[9] == "nested too deeply"


def test_a_text_given_by_hand():
    document = document_of("a\r\nb", " T\n", "note:1")
    assert (document.title, document.text) == ("T", "a\nb")
    assert document.content_hash == document_of("a\nb", "T", "elsewhere").content_hash
    assert document.content_hash != document_of("T\na\nb", "", "note:1").content_hash


def test_of_endless_headings_the_first_are_names_and_that_is_said(folder):
    document = one(folder, "a.md", "# T\n" + "".join(f"## Part {n}\n" for n in range(3000)))
    assert len(document.names) == MAX_HEADINGS - 1  # the first is the title
    assert document.warnings == ("it has 3,001 headings; what mentions them is tied to the first 2,000 only",)
