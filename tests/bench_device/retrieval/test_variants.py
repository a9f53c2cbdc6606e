"""Variants keep what answers, and leave out words and other notes."""

from __future__ import annotations

from itertools import islice

import numpy as np

from sanderling.bench_device.retrieval.variants import MOST, how_many, variants, without_words

TEXT = "Which river flows through the town where the painter Anna Berg was born in winter?"
NODES = {key: f"d{key // 2}" for key in range(1, 101)}


def test_notes_that_answer_are_always_among_those_asked():
    drawn = list(islice(variants(TEXT, {"d3", "d9"}, NODES, (0.2, 1.0), np.random.default_rng(0)), 40))
    parts = [each.allowed for each in drawn if each.allowed is not None]
    assert 10 < len(parts) < 30
    for allowed in parts:
        assert all(key in allowed for key in (6, 7, 18, 19))
        assert sum(key in allowed for key in NODES) < 50
    texts = {each.text for each in drawn}
    assert TEXT in texts and len(texts) > 10


def test_words_are_left_out_in_their_order_and_names_less_often():
    random = np.random.default_rng(1)
    found = [without_words(TEXT, random).split() for _ in range(2000)]
    for words in found[:50]:
        rest = iter(TEXT.split())
        assert all(word in rest for word in words)
    kept = {word: np.mean([word in words for words in found]) for word in ("Anna", "painter")}
    assert abs(kept["Anna"] - 0.94) < 0.02 and abs(kept["painter"] - 0.88) < 0.03


def test_a_short_question_is_left_whole():
    random = np.random.default_rng(2)
    assert {without_words("Who was Anna", random) for _ in range(50)} == {"Who was Anna"}


def test_large_sets_have_fewer_variants_of_each_question():
    assert (how_many(1), how_many(200), how_many(600), how_many(5000)) == (MOST, MOST, 2, 1)
