from __future__ import annotations

import random

import pytest
from hash_embedder import HashEmbedder
from hypothesis import given
from hypothesis import strategies as st

from sanderling.embedding.contract import embed_nodes, embedded_text
from sanderling.memory.ingest.chunk import CHARACTERS_PER_TOKEN, CHUNK_TOKENS, PART_CHARACTERS, split
from sanderling.text.table import cells, written

EMBEDDER = HashEmbedder(max_tokens=32)


@given(
    text=st.text(alphabet="ab .\n#é漢*", max_size=600),
    title=st.text(alphabet="xy ", max_size=60),
    markdown=st.booleans(),
)
def test_pieces_hold_all_the_text_fit_the_embedder_and_know_their_place(text, title, markdown):
    chunks = split(text, title, EMBEDDER, markdown=markdown)
    at = 0
    for chunk in chunks:
        assert text[chunk.start : chunk.start + len(chunk.text)] == chunk.text
        assert text[at : chunk.start].strip() == ""
        at = chunk.start + len(chunk.text)
        assert chunk.text.strip()
        if EMBEDDER.count_tokens(title) <= EMBEDDER.max_tokens // 2 - 4:
            assert EMBEDDER.count_tokens(embedded_text(title, chunk.text)) <= EMBEDDER.max_tokens
    assert text[at:].strip() == ""


def test_a_large_reach_does_not_make_large_pieces():
    chunks = split("word " * 1000, "", HashEmbedder(max_tokens=100_000), markdown=False)
    assert [EMBEDDER.count_tokens(chunk.text) for chunk in chunks] == [CHUNK_TOKENS] * 5


def test_one_endless_word_is_cut_by_its_characters():
    chunks = split("x" * 10_000, "", HashEmbedder(), markdown=False)
    assert "".join(chunk.text for chunk in chunks) == "x" * 10_000
    assert max(len(chunk.text) for chunk in chunks) < (CHUNK_TOKENS + 1) * CHARACTERS_PER_TOKEN


def test_markdown_is_cut_at_headings():
    text = "# One\n\n" + "a " * 20 + "\n\n# Two\n\n" + "b " * 20
    assert [chunk.text[:5] for chunk in split(text, "", EMBEDDER, markdown=True)] == ["# One", "# Two"]


def test_an_endless_title_leaves_room_for_text_and_is_reported_as_cut():
    title = "very " * 40
    chunks = split("word " * 50, title, EMBEDDER, markdown=False)
    assert EMBEDDER.count_tokens(chunks[0].text) == 14
    vectors, cut = embed_nodes(EMBEDDER, title, [chunk.text for chunk in chunks])
    assert vectors.shape == (len(chunks), 64)
    assert cut == len(chunks)


def test_the_title_is_embedded_with_the_text():
    (with_title,), _ = embed_nodes(EMBEDDER, "Otter", ["it sails"])
    (asked,) = EMBEDDER.embed(["Otter"])
    (bare,), _ = embed_nodes(EMBEDDER, "", ["it sails"])
    assert with_title @ asked > bare @ asked


@pytest.mark.parametrize("markdown", [True, False])
def test_a_long_text_is_cut_part_by_part_as_it_would_be_at_once(markdown, monkeypatch):
    drawn = random.Random(5)
    text = "".join(
        f"## Part {n}\n\n" + " ".join(f"w{drawn.randrange(999)}" for _ in range(drawn.randrange(5, 300))) + ".\n\n"
        for n in range(200)
    )
    assert len(text) > 5 * PART_CHARACTERS
    by_parts = split(text, "", EMBEDDER, markdown=markdown)
    monkeypatch.setattr("sanderling.memory.ingest.chunk.PART_CHARACTERS", len(text))
    assert by_parts == split(text, "", EMBEDDER, markdown=markdown)


HEAD = "| Part | Place | Kept |\n|-|-|-|"


def long_table(rows):
    lines = (f"| PN-{n} | A{n % 7} | {n * 3} |\n" for n in range(rows))
    return "| Part | Place | Kept |\n|---|:---:|---|\n" + "".join(lines)


@pytest.mark.parametrize("markdown", [True, False])
@pytest.mark.parametrize("tokens", [32, 64, 256])
def test_every_piece_of_a_long_table_begins_with_its_header(markdown, tokens):
    embedder = HashEmbedder(max_tokens=tokens)
    text = f"# Parts\n\nWhat is kept.\n\n{long_table(120)}\nText after it.\n"
    chunks = split(text, "Parts", embedder, markdown=markdown)
    with_rows = [chunk for chunk in chunks if "PN-" in chunk.text]
    assert with_rows[0].text.startswith(("# Parts", "| Part", "What is kept"))
    assert "| Part | Place | Kept |" in with_rows[0].text
    assert all(chunk.text.startswith(f"{HEAD}\n| PN-") for chunk in with_rows[1:])
    rows = [line for chunk in chunks for line in chunk.text.split("\n") if "PN-" in line]
    assert rows == [line for line in text.split("\n") if "PN-" in line]
    assert all(embedder.count_tokens(chunk.text) <= tokens - 4 for chunk in chunks)
    assert all(text[chunk.start :].startswith(chunk.text.removeprefix(f"{HEAD}\n")) for chunk in chunks)
    assert chunks[-1].text == "Text after it."


def test_a_table_that_fits_stays_in_its_text():
    (chunk,) = split(f"# Parts\n\n{long_table(3)}\nAfter.", "", HashEmbedder(), markdown=True)
    assert chunk.text.startswith("# Parts\n\n| Part") and chunk.text.endswith("After.")


@given(
    columns=st.integers(1, 30),
    rows=st.lists(st.lists(st.text(alphabet="ab  .", max_size=120), min_size=1, max_size=30), min_size=1, max_size=12),
)
def test_no_cell_loses_the_name_of_its_column(columns, rows):
    names = [f"name{n}" for n in range(columns)]
    cells_of = [[f"c{r}x{n} {cell}" for n, cell in enumerate(row[:columns])] for r, row in enumerate(rows)]
    text = written(cells_of, names)
    for chunk in split(text, "", HashEmbedder(max_tokens=40), markdown=False):
        header, _, *lines = chunk.text.split("\n")
        shown = cells(header)
        for line in lines:
            for name, cell in zip(shown, cells(line), strict=False):
                if cell.startswith("c") and "x" in cell:
                    assert name == f"name{cell.split()[0].partition('x')[2]}"
    assert {cell.split()[0] for row in cells_of for cell in row} <= set(
        " ".join(chunk.text for chunk in split(text, "", HashEmbedder(max_tokens=40), markdown=False)).split()
    )
