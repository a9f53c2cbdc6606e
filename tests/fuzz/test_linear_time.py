"""No text makes a parser, a question's features or an ingest take more than linear time."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from clock import growth
from hash_embedder import HashEmbedder
from pumps import COUNTED, UNITS, Pump, pumps, repeated
from targets import Target, targets

from sanderling.memory import Memory
from sanderling.text.name_trie import Name, Names, Place

pytestmark = pytest.mark.timeout(600)  # for machines that are busy with other things

# Of what costs more than a microsecond a character: the size from which on work is done part by part.
# Front matter: the size from which on brackets lie too deep to be read.
SLOW = {"cutting": 8192, "tables": 8192, "packing": 4096, "text of a PDF": 1024, "PDF": 1024, "front matter": 1024}
FAST = sorted(targets(Path()).keys() - SLOW)
# What the memory has to work at beyond reading: names, links, tags, paragraphs, words without end.
INGESTED = (" ", "\n", "a", "1", "\u6f22", "Aa ", "# a\n", "[a](b) ", "<p>x", "> ", "\u0316\u0301", "a. ", "|")


@pytest.mark.parametrize("name", FAST)
def test_time_grows_as_the_text_does(name: str, tmp_path: Path) -> None:
    call = targets(tmp_path)[name]
    slow = [f"{pump}: {said}" for pump, make in pumps() if (said := growth(call, make, 256, 4096))]
    assert not slow


@pytest.mark.parametrize("name", SLOW)
def test_time_of_what_is_slower_grows_as_the_text_does(name: str, tmp_path: Path) -> None:
    call = targets(tmp_path)[name]
    made = {**{unit: repeated(unit, "a b\n\n", "\n\nb") for unit in UNITS}, **COUNTED}
    slow = [f"{pump!r}: {said}" for pump, make in made.items() if (said := growth(call, make, SLOW[name], 8192))]
    assert not slow


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_time_of_an_ingest_grows_as_the_document_does(suffix: str, tmp_path: Path) -> None:
    made: dict[str, Pump] = {**{unit: repeated(unit, "a ", " b") for unit in INGESTED}, **COUNTED}
    slow = [
        f"{pump!r}: {said}"
        for pump, make in made.items()
        if (said := growth(ingest(suffix, tmp_path), make, 8192, 8192))
    ]
    assert not slow


def test_time_of_a_folder_of_one_name_grows_as_its_files_do(tmp_path: Path) -> None:
    def call(text: str) -> object:
        known = Names()
        for number in range(len(text)):
            known.add(Name("Readme"), Place(number, 0))
        return [known.find("readme " * 20, -1) for _ in range(len(text))]

    assert not growth(call, lambda size: "x" * size, 256, 1024)


def ingest(suffix: str, folder: Path) -> Target:
    """Return what takes a text into a new memory and asks it for it."""
    names = count()
    embedder = HashEmbedder()

    def call(text: str) -> None:
        path = folder / f"{next(names)}{suffix}"
        path.write_bytes(f"{text}\n\nx".encode())  # a file without any text is refused
        with Memory.open(path.with_suffix(".sanderling"), embedder) as memory:
            memory.ingest([path])
            asked = text[:65_536]
            memory.find(asked, embedder.embed([asked])[0])

    return call
