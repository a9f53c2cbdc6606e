"""Which nodes may mention a name: all that do, and few others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hash_embedder import HashEmbedder

from sanderling.memory import Memory
from sanderling.memory.store.nodes import nodes_that_may_mention
from sanderling.text.name_trie import Name, Names, Place

TEXTS = {
    "whole": "The Blue Heron lay at the pier.",
    "broken": "They repaired the Blue He-\nron again.",
    "apart": "A heron and a blue boat.",
    "blue": "Blue paint for the hull.",
    "chinese": "我们在港口维护水泵，每年两次。",
    "tank": "我们维护水箱，每年两次。",
    "japanese": "毎朝、水泵の点検をします。",
    "ligature": "We ﬁt the ﬁre pump on Monday.",
    "number": "It cost 12,500 crowns.",
    **{f"other{at}": f"A blue boat, number {at}, and a heron." for at in range(6)},
}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Blue Heron", {"whole", "broken"}),
        ("维护水泵", {"chinese"}),
        ("水泵", {"chinese", "japanese"}),
        ("Fire Pump", {"ligature"}),
        ("fit the fire", {"ligature"}),
        ("12500 crowns", {"number"}),
        ("grey whale", set()),
    ],
)
def test_nodes_that_may_mention_a_name(tmp_path: Path, name: str, found: set[str]) -> None:
    with Memory.open(tmp_path / "m.sanderling", HashEmbedder()) as memory:
        for title, text in TEXTS.items():
            memory.add(text, title=title)
        titles = dict(memory.store.database.execute("SELECT key, title FROM node"))
        names = Names()
        names.add(Name(name), Place(0, 0))
        mentioned = {title for title, text in TEXTS.items() if names.find(text)}
        assert mentioned == found
        assert found <= {titles[key] for key in nodes_that_may_mention(memory.store, [name])} <= found | {"apart"}
