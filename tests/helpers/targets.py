"""All that reads text from outside, each as a function of a text. What it is documented to raise is no failure."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import msgspec
from handmade_office import book, open_document, word
from handmade_pdf import pdf
from hash_embedder import HashEmbedder

from sanderling.engines.chat_format import encode
from sanderling.memory.exchange import lines
from sanderling.memory.ingest.chunk import split
from sanderling.memory.link import entities
from sanderling.memory.read import metadata
from sanderling.memory.read.delimited import read_delimited
from sanderling.memory.read.document import document_of
from sanderling.memory.read.html.html import read_html
from sanderling.memory.read.mail.message import read_message
from sanderling.memory.read.markdown.front_matter import front_matter as front_matter_of
from sanderling.memory.read.naming import names_of
from sanderling.memory.read.office import epub
from sanderling.memory.read.office.docx import read_docx
from sanderling.memory.read.office.odt import read_odt
from sanderling.memory.read.office.rtf import read_rtf
from sanderling.memory.read.pdf.pdf import read_pdf
from sanderling.memory.read.read import read
from sanderling.memory.read.title import is_nobodys
from sanderling.memory.retrieve import shared_names as names
from sanderling.records import Message, Node, NodeMetadata
from sanderling.response_cache import question
from sanderling.router import features
from sanderling.stages.embed import checked
from sanderling.stages.heads import render
from sanderling.stages.pack import pack
from sanderling.text import answer_checks as saying
from sanderling.text import borne_out as bearing
from sanderling.text import clean as text
from sanderling.text import declined as declining
from sanderling.text import name_trie as mentions
from sanderling.text import near_duplicates as near
from sanderling.text import passage, searched, wikilink
from sanderling.text.dates.asked import asked_dates
from sanderling.text.dates.moments import stated_moment
from sanderling.text.encoding import encoding
from sanderling.text.passages import passages
from sanderling.text.questions import follow_up, notes_asked
from sanderling.text.questions import question as wording
from sanderling.text.questions.asked import asked
from sanderling.text.sentences import sentences, words
from sanderling.text.table import tables, written
from sanderling.text.told_language import told_language

EMBEDDER = HashEmbedder()
Target = Callable[[str], object]


def count(text: str) -> int:
    """A stand-in for a model's tokenizer, linear itself."""
    return len(text) // 3 + text.count(" ")


def counts(texts: Sequence[str]) -> list[int]:
    return [count(text) for text in texts]


def note(key: int, text: str, title: str = "t") -> Node:
    return Node(key=key, id=str(key), text=text, title=title)


def packed(text: str) -> object:
    """Pack a text that stands in notes as chunks do, and in one as an answer does."""
    pieces = [note(at, text[at : at + 1000], text[at : at + 20]) for at in range(1, min(len(text), 20_000), 1000)]
    return pack(text[:500], [note(0, text[:4000]), *pieces], 512, counts, lambda *of: render(of[0], of[1], 0.5, of[2]))


def decoded(given: str) -> object:
    """Every way in which bytes become text."""
    with suppress(text.Unreadable):
        encoding.decode(given.encode("utf-8", "surrogatepass"))
    return text.one_line(given), text.clean(given)


def names_and_dates(given: str) -> object:
    """The text as a question, as the name of a file and its title, and as a field that gives a time."""
    name = text.one_line(given).replace("/", " ").replace("\0", "")
    file = names_of(Path("/notes") / "folder" / f"{name or 'x'}.md", Path("/notes"))
    with suppress(ValueError):
        stated_moment(text.one_line(given))
    return (
        asked_dates(given, date(2024, 3, 14)),
        file.line("t"),
        file.aliases("t"),
        is_nobodys(name),
        told_language(given),
    )


def front_matter(given: str) -> object:
    """The text as front matter, and as a value in it."""
    found = []
    for whole in (
        given,
        f"---\n{given}\n---\n",
        f"---\ntags: [{given}]\naliases: {given}\ndate: {given}\n---\n",
        f"---\n{given}\nx: *y\n---\n",
        f"+++\n{given}\n+++\n",
    ):
        fields = metadata.of_note(front_matter_of(whole).fields)
        found.append((metadata.metadata_of(fields), metadata.aliases_of(fields)))
    return found


def question_features(given: str) -> object:
    """What a router and a cache make of a question."""
    return (
        features.vector(features.of_query(given)),
        question.telling(question.normalised(given)),
        wording.subjects(given),
        notes_asked.notes_asked(given, date(2024, 6, 15)),
        notes_asked.notes_asked(f"How many notes are about {given[:200]}", date(2024, 6, 15)),
        notes_asked.counts_in_texts(given),
        notes_asked.wants_more(given),
        follow_up.leans(given),
        follow_up.subjects(given),
        follow_up.names_in(given),
    )


def answered(given: str) -> object:
    """What is made of an answer, here of one that its notes have and of one that they lack."""
    half = len(given) // 2
    return (
        saying.overlap(given, [given]),
        bearing.borne_out(given, [given[::-1], given], given[:20]),
        bearing.borne_out(given[:half], [given[half:]], "", [given[:20]]),
        bearing.repeats(given, given),
        passage.passage(given, given),
        passage.located(given[-999:], given),
    )


def checked_question(given: str) -> object:
    """A question as it is taken in."""
    from sanderling.errors import UsageError

    with suppress(UsageError):
        return question_features(checked(given))


def mentioned(given: str) -> object:
    """Names in a text, known ones, and whether it says what another does."""
    known = mentions.Names()
    for number, title in enumerate((given[:200], "Aa Aa Aa", "a a a", "Spare Part", "README", "a")):
        known.add(mentions.Name(text.one_line(title)), mentions.Place(number, 0))
    mark = near.fingerprint(given)
    return (
        entities.entities(given),
        names.names(given, ()),
        known.find(given, -1),
        mentions.title_key(given),
        near.adds_nothing(mark, near.fingerprint(given + " x")),
    )


def tabled(given: str) -> object:
    """The text as tables, in cells, and cut into pieces."""
    rows = [given.split("|")[:50], [given[:2000], "b"]]
    text = written(rows, ["a", "b", given[:200]])
    return tables(given), tables(text), passages(given), split(text, "title", EMBEDDER, markdown=False)


def linked(given: str) -> object:
    """The text as a link by name, and as the address of what is linked."""
    return wikilink.stored(given, given), wikilink.paths(given), wikilink.distance(given, given)


def chunked(given: str) -> object:
    """A long text, cut both ways."""
    return [split(given, "title", EMBEDDER, markdown=markdown) for markdown in (True, False)]


def as_file(suffix: str, folder: Path) -> Callable[[str | bytes], object]:
    """Return the reader of a kind of file: raw text in it, whatever that is worth."""
    path = folder / f"file{suffix}"

    def call(given: str | bytes) -> object:
        path.write_bytes(given if isinstance(given, bytes) else given.encode("utf-8", "surrogatepass"))
        return list(read(path, lambda uri: None))

    return call


def as_lines(folder: Path) -> Target:
    """Return the reader of JSON lines, with the text as every field of one."""
    path = folder / "lines.jsonl"

    def call(given: str) -> object:
        fields = dict.fromkeys(("text", "title", "_id", "date", "lang", "domain"), given)
        line = msgspec.json.encode({**fields, "tags": [given], "metadata": {"aliases": [given]}})
        path.write_bytes(line + b"\n" + given.encode("utf-8", "surrogatepass"))
        return list(read(path, lambda uri: None))

    return call


def exported(given: str) -> object:
    """The text as a line of an export, as the fields of each kind of line, and as a line's ids."""
    note = {"text": given, "title": given, "document": given, "aliases": [given], "links": [given]}
    found: list[object] = []
    for line in (
        given.encode("utf-8", "surrogatepass"),
        *map(
            msgspec.json.encode,
            (
                {**note, "metadata": {"tags": [given], "domain": given, "names": given}},
                {"text": "a", "metadata": {"timestamp": given}},
                {"text": "a", "id": given},
                {"kind": "document", "uri": given, "title": given, "ingested_at": given},
                {"kind": "edge", "src": given, "dst": given, "rel": given},
                {"kind": given},
            ),
        ),
    ):
        with suppress(lines.Bad):
            found.append(lines.encode(lines.decode(line)))
    return found


def in_a_pdf(given: str) -> object:
    """The text of a page, as far as the format takes it."""
    shown = given.encode("ascii", "replace").decode().replace("\\", " ").replace("(", " ").replace(")", " ")
    with suppress(text.Unreadable):
        return read_pdf(pdf(shown, title=shown[:100]))


def as_a_pdf(given: str) -> object:
    """The text as the bytes of a PDF."""
    with suppress(text.Unreadable):
        return read_pdf(b"%PDF-1.4\n" + given.encode("utf-8", "surrogatepass"))


def as_a_page(given: str) -> object:
    """The text as the bytes of a page."""
    with suppress(text.Unreadable):
        return read_html(given.encode("utf-8", "surrogatepass"))


def as_xml(read: Callable[[bytes], object], wrap: Callable[[str], bytes], around: tuple[str, str]) -> Target:
    """Return a reader of archives of XML: the text as what its main part says, and as its very bytes."""

    def call(given: str) -> object:
        said = html.escape("".join(char for char in given if char >= " " and not "\ud800" <= char <= "\udfff"))
        found = []
        for inside in (around[0] + said + around[1], given.encode("utf-8", "replace").decode()):
            with suppress(text.Unreadable):
                found.append(read(wrap(inside)))
        return found

    return call


def as_rtf(given: str) -> object:
    """The text as RTF, within and outside of a table."""
    found = []
    for inside in (given, f"\\trowd {given}\\cell\\row"):
        with suppress(text.Unreadable):
            found.append(read_rtf(b"{\\rtf1 " + inside.encode("utf-8", "surrogatepass") + b"}"))
    return found


def as_mail(given: str) -> object:
    """The text as a message, as its headers, and as a part of it."""
    line = " ".join(given.split())
    found = []
    for message in (given, f"From: {line}\nSubject: {line}\nDate: {line}\nTo: {line}\nContent-Type: {line}\n\n{given}"):
        with suppress(text.Unreadable):
            found.append(read_message(message.encode("utf-8", "surrogatepass")))
    return found


def prompted(given: str) -> object:
    """The prompt of a question with its notes."""
    return encode(
        lambda text, *, special=True: list(text.encode("utf-8", "surrogatepass")),
        "chatml",
        [Message(role="user", content=given)],
    )


def targets(folder: Path) -> dict[str, Target]:
    """All of them, by name; ``folder`` is for files."""
    return {
        "decode": decoded,
        "front matter": front_matter,
        "names and dates": names_and_dates,
        "Markdown": as_file(".md", folder),
        "HTML": as_a_page,
        "HTML file": as_file(".html", folder),
        "text file": as_file(".txt", folder),
        "CSV": as_file(".csv", folder),
        "cells": lambda given: [read_delimited(f"a{mark}b\n{given}{mark}x\n" * 3) for mark in ",;\t|"],
        "tables": tabled,
        "links by name": linked,
        "JSON lines": as_lines(folder),
        "JSON lines file": as_file(".jsonl", folder),
        "JSON file": as_file(".json", folder),
        "line of an export": exported,
        "Org file": as_file(".org", folder),
        "reStructuredText file": as_file(".rst", folder),
        "RTF": as_rtf,
        "export of Evernote": as_file(".enex", folder),
        "mailbox": as_file(".mbox", folder),
        "mail": as_mail,
        "Word document": as_xml(read_docx, word, ("<w:p><w:r><w:t>", "</w:t></w:r></w:p>")),
        "OpenDocument": as_xml(read_odt, open_document, ("<text:p>", "</text:p>")),
        "book": as_xml(lambda data: list(epub.parts(data)), lambda page: book({"a.xhtml": page}), ("<p>", "</p>")),
        "text of a PDF": in_a_pdf,
        "PDF": as_a_pdf,
        "a text by hand": lambda given: document_of(given, given, given, NodeMetadata(tags=(given,))),
        "question": checked_question,
        "question of any length": question_features,
        "an answer that declines": declining.declined,
        "an answer and its notes": answered,
        "words": lambda given: (searched.words(given), searched.sequence(given), searched.beside(given), asked(given)),
        "sentences": lambda given: [words(sentence) for sentence in sentences(given)],
        "mentions": mentioned,
        "prompt": prompted,
        "packing": packed,
        "cutting": chunked,
    }
