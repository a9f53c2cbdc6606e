from __future__ import annotations

import numpy as np

from sanderling.records import AttentionResult, Block, Node, Prompt, RetrievalResult, SearchResult, SearchStats
from sanderling.stages.answer import ranked_sources, source_note, sources


def test_source_note_carries_what_a_reader_needs() -> None:
    note = source_note(Node(key=7, id="id-7", text="text", title="T", uri="/notes/t.md", position=2), 0.5)
    assert (note.key, note.node_id, note.title, note.uri, note.position, note.score) == (
        7,
        "id-7",
        "T",
        "/notes/t.md",
        2,
        0.5,
    )


def test_sources_are_the_notes_that_were_shown_with_their_weights() -> None:
    nodes = {key: Node(key=key, id=f"id-{key}", text="text") for key in (1, 2, 3)}
    blocks = tuple(Block(key=key, text="block", score=weight, tokens=1) for key, weight in ((3, 0.6), (1, 0.3)))
    shown = sources(Prompt(token_ids=(), blocks=blocks), nodes)
    assert [(note.key, note.score, note.text) for note in shown] == [(3, 0.6, "text"), (1, 0.3, "text")]


def test_ranked_sources_are_in_the_order_of_their_weights_without_notes_that_are_gone() -> None:
    keys, weights = np.array([3, 1, 2], np.uint64), np.array([0.5, 0.3, 0.2], np.float32)
    hits = SearchResult(keys=keys, distances=weights, stats=SearchStats())
    attended = AttentionResult(keys=keys, weights=weights, prior_weights=weights, entropy=0.0, depth_touched=0)
    nodes = {key: Node(key=key, id=f"id-{key}", text="text") for key in (2, 3)}
    found = ranked_sources(RetrievalResult(vector=weights, hits=hits, attended=attended), nodes)
    assert [note.key for note in found] == [3, 2]
    assert [note.score for note in found] == [0.5, float(np.float32(0.2))]
