from __future__ import annotations

import math

import pytest

from sanderling.memory.retrieve.shared_names import MAX_NAMES, MAX_SHARERS, names, nodes_sharing


def test_names_are_runs_of_capitalised_words():
    text = "In 1914 the Mountrail County Courthouse in Stanley, North Dakota, was built. It served the Duke of York."
    assert names(text, ()) == [
        ("mountrail", "county", "courthouse"),
        ("stanley",),
        ("north", "dakota"),
        ("duke", "of", "york"),
    ]


def test_what_opens_a_sentence_and_what_was_asked_is_no_name():
    assert names("The Otter sank. However, it was Ada Plum.", {"otter"}) == [("ada", "plum")]
    # One word of the question does not make a name known.
    assert names("Ada Plum swam.", {"ada"}) == [("ada", "plum")]
    assert names("Al ran. 42 is it.", ()) == []


def test_other_scripts():
    assert names("Он родился в городе Москва", ()) == [("москва",)]
    assert names("東京は日本の首都です", ()) == []


def test_no_more_than_is_looked_up():
    assert len(names(" and then ".join(f"Name{chr(97 + i)} Word" for i in range(20)), ())) == MAX_NAMES


def test_a_rare_name_tells_more(memory):
    for i in range(MAX_SHARERS + 1):
        memory.add(f"the Common Name stands in note {i}", uri=f"c{i}")
    for i in range(2):
        memory.add(f"a Rare Name stands in note {i}", uri=f"r{i}")
    memory.add("an Only Name", uri="once")
    nodes = len(memory)
    # What stands once leads nowhere but to where it was read.
    found = nodes_sharing(memory.store, [("common", "name"), ("rare", "name"), ("only", "name")], nodes)
    assert list(found) == [("rare", "name")]
    keys, telling = found["rare", "name"]
    assert len(keys) == 2 and telling == pytest.approx(math.log(nodes / 2) / math.log(nodes))
    assert nodes_sharing(memory.store, [], nodes) == {}
