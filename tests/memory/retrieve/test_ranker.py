from __future__ import annotations

import pytest

from sanderling import config
from sanderling.memory.retrieve import learned, ranker
from sanderling.memory.retrieve.attention_weights import SHIPPED, shipped
from sanderling.memory.retrieve.learned import Learned

LEARNED = Learned(weights=SHIPPED.read_bytes(), when="2026-03-04T05", questions=9, held_out=3, gain=(0.1, 0.05, 0.2))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "home", lambda: tmp_path)


def test_what_was_learned_here_goes_before_what_ships():
    assert ranker.ranker("e") == (shipped(), "the weights that ship", "")
    learned.install("e", LEARNED)
    found = ranker.ranker("e")
    assert found.name == "weights learned here on 2026-03-04" and found.attention is not shipped()
    assert ranker.ranker("another").attention is shipped()


def test_damage_is_said_and_what_ships_ranks():
    learned.install("e", LEARNED)
    learned.file_of("e").write_bytes(b"?")
    found = ranker.ranker("e")
    assert found.attention is shipped() and "is damaged" in found.warning and "\n" not in found.warning


def test_without_any_weights_ranks_are_fused(monkeypatch):
    monkeypatch.setattr(ranker, "shipped", lambda: None)
    assert ranker.ranker("e") == (None, "fused ranks, without trained weights", "")
