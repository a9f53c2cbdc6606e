"""All that reads text from outside, each as a function of a text. What it is documented to raise is no failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from handmade_pdf import pdf
from hash_embedder import HashEmbedder

from sanderling.engines.chat_format import encode
from sanderling.memory.ingest import metadata
from sanderling.memory.ingest.chunk import split
from sanderling.memory.ingest.document import document_of
from sanderling.memory.ingest.html import read_html
from sanderling.memory.ingest.pdf import read_pdf
from sanderling.memory.ingest.read import read
from sanderling.memory.link import entities
from sanderling.memory.retrieve import shared_names as names
from sanderling.records import Message, Node, NodeMetadata
from sanderling.response_cache import question
from sanderling.router import features
from sanderling.stages.embed import checked
from sanderling.stages.heads import render
from sanderling.stages.pack import pack
from sanderling.text import answer_checks as saying
from sanderling.text import clean as text
from sanderling.text import name_trie as mentions
from sanderling.text import near_duplicates as near
from sanderling.text import question as wording
from sanderling.text import searched
from sanderling.text.asked import asked
from sanderling.text.sentences import sentences, words

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
        text.decode(given.encode("utf-8", "surrogatepass"))
    return text.one_line(given), text.clean(given)


def front_matter(given: str) -> object:
    """The text as front matter, and as a value in it."""
    found = []
    for whole in (given, f"---\n{given}\n---\n", f"---\ntags: [{given}]\naliases: {given}\ndate: {given}\n---\n"):
        fields = metadata.front_matter(whole)
        found.append((metadata.metadata_of(fields), metadata.aliases_of(fields)))
    return found


def question_features(given: str) -> object:
    """What a router and a cache make of a question."""
    return (
        features.vector(features.of_query(given)),
        question.telling(question.normalised(given)),
        wording.subjects(given),
        saying.declined(given),
        saying.overlap(given, [given]),
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


def in_a_pdf(given: str) -> object:
    """The text of a page, as far as the format takes it."""
    shown = given.encode("ascii", "replace").decode().replace("\\", " ").replace("(", " ").replace(")", " ")
    with suppress(text.Unreadable):
        return read_pdf(pdf(shown, title=shown[:100]))


def as_a_pdf(given: str) -> object:
    """The text as the bytes of a PDF."""
    with suppress(text.Unreadable):
        return read_pdf(b"%PDF-1.4\n" + given.encode("utf-8", "surrogatepass"))


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
        "Markdown": as_file(".md", folder),
        "HTML": lambda given: read_html(given.encode("utf-8", "surrogatepass").replace(b"\0", b"")),
        "HTML file": as_file(".html", folder),
        "text file": as_file(".txt", folder),
        "JSON lines": as_lines(folder),
        "JSON lines file": as_file(".jsonl", folder),
        "text of a PDF": in_a_pdf,
        "PDF": as_a_pdf,
        "a text by hand": lambda given: document_of(given, given, given, NodeMetadata(tags=(given,))),
        "question": checked_question,
        "question of any length": question_features,
        "words": lambda given: (searched.words(given), searched.sequence(given), searched.beside(given), asked(given)),
        "sentences": lambda given: [words(sentence) for sentence in sentences(given)],
        "mentions": mentioned,
        "prompt": prompted,
        "packing": packed,
        "cutting": chunked,
    }
