from __future__ import annotations

import random

import pytest
from hash_embedder import HashEmbedder
from hypothesis import given
from hypothesis import strategies as st

from sanderling.embedding.contract import embed_nodes, embedded_text
from sanderling.memory.ingest.chunk import CHARACTERS_PER_TOKEN, CHUNK_TOKENS, PART_CHARACTERS, split

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
