"""Which wordings are taken for the same question: too few rather than one too many."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.response_cache.question import NEAR, normalised, telling

SAME = [
    ("Who repairs the feed pump?", "who repairs   the feed pump"),
    ("Who repairs the feed pump?", "Could you tell me who repairs the feed pump?"),
    ("Where is Ada Lind from?", "Tell me where Ada Lind is from"),
    ("What is the code word for a medical evacuation?", "What's the code word for a medical evacuation?"),
    ("What is the code word for a medical evacuation?", "What\u2019s the code word for the medical evacuation"),
    ("Which valve has to be shut in a storm?", "What valve has to be shut in a storm?"),
    ("What colour is the emergency flare?", "What is the colour of the emergency flare?"),
]
OTHER = [
    ("Who is the captain of the supply ship?", "Who was the captain of the supply ship?"),
    ("How much water does the desalinator make a day?", "How much water does the desalinator use a day?"),
    ("Who is the mother of the cook?", "Who is the father of the cook?"),
    ("Did Ada teach Bo?", "Did Bo teach Ada?"),
    ("Where is Ada Lind from?", "Where is Ada Lund from?"),
    ("What did they ship to us?", "What did they ship to US?"),
    ("Which tests did pass?", "Which tests did not pass?"),
    ("Why doesn't the pump run?", "Why does the pump run?"),
    ("Is it locked after 10 pm?", "Is it locked before 10 pm?"),
    ("What happens at 5 degrees?", "What happens at -5 degrees?"),
    ("What happens at 5 bar?", "What happens at .5 bar?"),
    ("What happens at 1,900 bar?", "What happens at 1.900 bar?"),
    ("What is 5?", "What is 5!"),
    ("Who wrote it in C?", "Who wrote it in C++?"),
    ("What is vitamin A?", "What is vitamin?"),
    ("Which ferry goes to Oslo?", "Which ferry goes from Oslo?"),
    ("Who repairs the feed pump?", "Who repairs the feed pumps?"),
    ("May guests use the boat?", "Must guests use the boat?"),
    ("How big is x\u00b2?", "How big is x2?"),
]


def words(question: str) -> str:
    return telling(normalised(question))


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_only_binds_may_differ(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_an_answer_hangs_on_may_not(one: str, other: str) -> None:
    assert words(one) != words(other)


@given(st.text())
def test_to_normalise_again_changes_nothing_and_letters_may_come_decomposed(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
    assert normalised(unicodedata.normalize("NFD", text)) == once


@given(
    st.lists(st.sampled_from(("who", "was", "not", "3", "Ada", "Bo", "after", "pump", "-3")), min_size=2, unique=True)
)
def test_every_word_and_the_order_count(chosen: list[str]) -> None:
    question = " ".join(["which", *chosen])
    assert telling(question) == " ".join(["what", *chosen])
    assert telling(question) != telling(" ".join(["which", *reversed(chosen)]))


@pytest.mark.model
def test_the_threshold_lets_the_same_words_pass() -> None:
    from sanderling.errors import ModelUnavailable
    from sanderling.models.embedder import open_embedder

    try:
        embedder = open_embedder("minilm-l6-v2-int8", n_threads=1)
    except ModelUnavailable:
        pytest.skip("minilm-l6-v2-int8 is not here: run  make models")
    first, second = (embedder.embed(list(texts)) for texts in zip(*SAME, strict=True))
    assert (first * second).sum(axis=1).min() >= NEAR
    # Why cosine alone is not enough.
    one, other = embedder.embed(list(OTHER[0]))
    assert one @ other >= NEAR
