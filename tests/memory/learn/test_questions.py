"""Questions are made of the notes' own words, without what would give the answer away."""

from __future__ import annotations

import pytest
from hash_embedder import HashEmbedder

from sanderling.memory import Memory
from sanderling.memory.learn.questions import KINDS, questions
from sanderling.text.searched import sequence

CREW = (
    ("Blue Kettle", "The kettle on the long stove was mended by Ada Plum (smith) in the coldest winter of all."),
    ("Ada Plum (smith)", "She grew up on the far side of the island of Gannet Stacks with nine noisy brothers."),
    ("Gannet Stacks", "Three grey rocks that no ship of any size has ever passed on the northern side."),
    ("Red Lamp", "The lamp above the narrow door was filled by Piet Oss (keeper) on every single evening."),
    ("Piet Oss (keeper)", "He came over from the herring boats of Low Water and told old Harbour Master Dunn so."),
    ("Low Water", "A village where the tide leaves the boats behind, as Harbour Master Dunn has written down."),
)


@pytest.fixture
def crew(tmp_path):
    with Memory.open(tmp_path / "crew.sanderling", HashEmbedder()) as memory:
        for title, text in CREW:
            memory.add(text, title=title, uri=title)
        yield memory


def titles(memory, question):
    by_key = {document.key: document.title for document in memory.store.documents()}
    return [by_key[key] for key in question.gold]


def test_every_kind_is_made_and_the_same_again(crew):
    made = questions(crew.store, 10, seed=3)
    assert {question.kind for question in made} == set(KINDS)
    assert made == questions(crew.store, 10, seed=3)
    assert made != questions(crew.store, 10, seed=4)
    for question in made:
        assert len(set(question.gold)) == {"one": 1, "link": 2, "chain": 3, "name": 2, "pair": 4}[question.kind]


def test_a_chain_leads_over_its_links_in_their_order(crew):
    chains = [titles(crew, each) for each in questions(crew.store, 10, seed=0) if each.kind == "chain"]
    assert sorted(chains) == [
        ["Blue Kettle", "Ada Plum (smith)", "Gannet Stacks"],
        ["Red Lamp", "Piet Oss (keeper)", "Low Water"],
    ]


def test_what_a_link_leads_to_is_not_named(crew):
    for seed in range(8):
        for question in questions(crew.store, 10, seed):
            if question.kind in ("link", "chain"):
                asked = " ".join(sequence(question.text))
                first, *others = (" ".join(sequence(title.split(" (")[0])) for title in titles(crew, question))
                assert first in asked
                assert not any(title in asked for title in others)


def test_a_shared_name_is_not_said(crew):
    of_kind = [each for each in questions(crew.store, 10, seed=1) if each.kind == "name"]
    assert {frozenset(titles(crew, each)) for each in of_kind} == {frozenset({"Piet Oss (keeper)", "Low Water"})}
    assert not any({"harbour", "master", "dunn"} & set(sequence(each.text)) for each in of_kind)


def test_fewer_words_are_looked_up_than_embedded_but_all_titles(crew):
    made = [each for seed in range(8) for each in questions(crew.store, 10, seed)]
    assert all(set(sequence(each.words)) <= set(sequence(each.text)) for each in made)
    share = sum(len(each.words) for each in made) / sum(len(each.text) for each in made)
    assert 0.4 < share < 0.9
    for each in made:
        if each.kind in ("link", "chain"):
            assert titles(crew, each)[0].split(" (")[0] in each.words


def test_notes_without_titles_and_links_give_questions_of_one_note(tmp_path):
    with Memory.open(tmp_path / "plain.sanderling", HashEmbedder()) as memory:
        assert questions(memory.store, 10, 0) == []
        for number in range(5):
            memory.add(f"the tide of day {number} was higher than that of the day before", uri=f"day {number}")
        memory.add("short", uri="short")
        made = questions(memory.store, 10, 0)
    assert {each.kind for each in made} == {"one"} and len(made) == 5
