from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.name_trie import (
    HEADING_CONFIDENCE,
    MAX_BEARERS,
    TITLE_CONFIDENCE,
    Mention,
    Name,
    Names,
    Place,
    title_key,
)
from sanderling.text.searched import sequence


class Titles:
    """Names of whole documents, by number."""

    def __init__(self, *titles):
        self.names = Names()
        for document, title in enumerate(titles):
            self.add(title, document)

    def add(self, title, document):
        self.names.add(Name(title), Place(document, 0))

    def discard(self, title, document):
        self.names.discard(Name(title), Place(document, 0))

    def settled(self, title):
        return self.names.settled(Name(title))

    def find(self, text, own=None):
        return {place.document: mention.weight for place, mention in self.names.find(text, own).items()}


def titles(*names):
    return Titles(*names)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Ice Core", "ice core"),
        ("Otter (vessel)", "otter"),
        ("Otter [2031]", "otter"),
        ("O'Brien/Ünal", "o brien unal"),
        ("(all of it)", ""),
        ("1984", ""),
        ("A3", ""),
        ("Sun", ""),
        ("", ""),
    ],
)
def test_what_of_a_title_is_looked_for(title, key):
    assert title_key(title) == key


def test_mentions_are_whole_words_in_any_case():
    found = titles("Ice Core Drill", "hut seven")
    assert found.find("the ICE-CORE drill; Hut\nSeven.") == {0: 1.0, 1: 1.0}
    assert found.find("ice cores drill, hut seventeen, an ice core") == {}


def test_a_capitalised_single_word_must_be_capitalised():
    found = titles("Otter", "sastrugi")
    assert found.find("an otter swims") == {}
    assert found.find("the Otter sails, Sastrugi form") == {0: 1.0, 1: 1.0}


def test_the_longest_title_wins_and_its_words_are_spent():
    found = titles("North Station", "North Station Log", "Station Log Book")
    assert found.find("see the North Station Log Book") == {1: 1.0}
    assert found.find("North Station and a log") == {0: 1.0}
    assert found.find("North North Station") == {0: 1.0}


def test_the_own_title_is_spent_but_does_not_count():
    found = titles("North Station", "Station")
    assert found.find("North Station, Station", own=0) == {1: 1.0}
    found.add("North Station (hut)", 2)
    assert found.find("North Station, Station", own=2) == {1: 1.0}


def test_headings_need_two_words_their_capital_and_no_document_of_that_name():
    names = Names()
    names.add(Name("Ice Drill", heading=True), Place(0, 3))
    names.add(Name("Overview", heading=True), Place(0, 1))
    names.add(Name("getting started", heading=True), Place(0, 2))
    assert names.find("the Ice drill, an Overview of getting started") == {
        Place(0, 3): Mention(1.0, HEADING_CONFIDENCE),
        Place(0, 2): Mention(1.0, HEADING_CONFIDENCE),
    }
    assert names.find("the ice drill") == names.find("Ice Drill", own=0) == {}
    names.add(Name("Ice Drill (tool)"), Place(1, 0))
    assert names.find("the ice drill", own=0) == {Place(1, 0): Mention(1.0, TITLE_CONFIDENCE)}
    names.discard(Name("Ice Drill (tool)"), Place(1, 0))
    assert names.find("Ice Drill", own=5) == {Place(0, 3): Mention(1.0, HEADING_CONFIDENCE)}


def test_a_heading_of_many_documents_is_settled_without_a_title():
    names = Names()
    for document in range(MAX_BEARERS + 2):
        assert not names.settled(Name("See Also", heading=True))
        names.add(Name("See Also", heading=True), Place(document, 1))
    assert names.settled(Name("See Also", heading=True))
    assert not names.settled(Name("See Also"))
    assert names.find("See Also") == {}


def test_of_two_names_of_one_place_the_stronger_mention_counts():
    names = Names()
    for document in (0, 1):
        names.add(Name("Old Otter"), Place(document, 0))
    names.add(Name("Sea Otter"), Place(0, 0))
    for text in ("Old Otter, Sea Otter", "Sea Otter, Old Otter"):
        assert {place.document: mention.weight for place, mention in names.find(text).items()} == {0: 1.0, 1: 0.5}


def test_a_title_of_several_documents_is_shared_out_and_beyond_a_number_dropped():
    found = titles("Otter (vessel)", "Otter (animal)")
    assert found.find("Otter") == {0: 0.5, 1: 0.5}
    for document in range(2, MAX_BEARERS):
        found.add("Otter", document)
    assert found.find("Otter")[0] == 1 / MAX_BEARERS
    assert not found.settled("Otter")
    found.add("Otter", 100)
    assert found.find("Otter") == {}
    assert not found.settled("Otter")
    found.add("Otter", 101)
    assert found.settled("Otter")


WORDS = st.sampled_from(["north", "Station", "log", "Ice", "core", "ünal"])
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


def naive(names, text, own):
    """Longest title at each place by comparing all of them."""
    words, found, at = text.split(), {}, 0
    own = names.index(own) if own in names else None
    keys = [title_key(name) for name in names]
    while at < len(words):
        best = ""
        for key in keys:
            n = len(key.split())
            here = sequence(" ".join(words[at : at + n])) == key.split()
            free = any(k == key and not nm[0].isupper() for nm, k in zip(names, keys, strict=True))
            if key and here and len(key.split()) > len(best.split()) and (n > 1 or words[at][0].isupper() or free):
                best = key
        if best:
            nodes_sharing = [document for document, key in enumerate(keys) if key == best]
            if len(nodes_sharing) <= MAX_BEARERS and own not in nodes_sharing:
                found.update(dict.fromkeys(nodes_sharing, 1 / len(nodes_sharing)))
        at += max(1, len(best.split()))
    return found


@given(names=st.lists(NAMES, max_size=12), gone=st.lists(NAMES), text=st.lists(WORDS).map(" ".join), own=NAMES)
def test_it_agrees_with_comparing_everything_whatever_came_and_went(names, gone, text, own):
    found = Titles()
    for document, name in enumerate(gone):
        found.add(name, 1000 + document)
    for document, name in enumerate(names):
        found.add(name, document)
    for document, name in enumerate(gone):
        found.discard(name, 1000 + document)
    assert found.find(text, own=names.index(own) if own in names else None) == naive(names, text, own)
    for document, name in enumerate(names):
        found.discard(name, document)
    assert found.names._trie == {}


def test_discarding_what_is_not_there_changes_nothing():
    found = titles("Otter")
    found.discard("Otter", 7)
    found.discard("Seal", 0)
    found.discard("", 0)
    assert found.find("Otter") == {0: 1.0}
