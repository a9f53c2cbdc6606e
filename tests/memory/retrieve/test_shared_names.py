from __future__ import annotations

import random

import numpy as np
import pytest

from sanderling._core import Candidates, KeySet
from sanderling.memory.retrieve import shared_names
from sanderling.memory.retrieve.shared_names import MAX_NAMES, MAX_SHARERS, entitle, look_up, names, slow_names
from sanderling.records import SearchParams

PIECES = [
    *("Ada", "Plum", "the", "of", "de", "del", "van", "&", "Al", "The", "However", "otter", "Otter", "mcDonald", "A"),
    *("Quay-Side", "O'Plum", "O\u2019Plum", "1914", "B2", "1,200", "2nd", "Max_Size", "_", "Saint-\nMalo", "Saint -\n"),
    *(
        "caf\xe9",
        "Caf\xe9",
        "\xc9clair",
        "t\u0101ne",
        "\u041c\u043e\u0441\u043a\u0432\u0430",
        "\u6c34\u6cf5",
        "\u2013",
        "\u2026",
        "(Ada)",
        "\xa0",
    ),
]


def test_names_are_runs_of_capitalised_words():
    text = "In 1914 the Mountrail County Courthouse in Stanley, North Dakota, was built. It served the Duke of York."
    assert names(text, ()) == [
        "mountrail county courthouse",
        "stanley",
        "north dakota",
        "duke of york",
    ]


def test_what_opens_a_sentence_and_what_was_asked_is_no_name():
    assert names("The Otter sank. However, it was Ada Plum.", ["otter"]) == ["ada plum"]
    # One word of the question does not make a name known.
    assert names("Ada Plum swam.", ["ada"]) == ["ada plum"]
    assert names("Al ran. 42 is it.", ()) == []


def test_other_scripts():
    assert names("Он родился в городе Москва", ()) == ["москва"]
    assert names("東京は日本の首都です", ()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was Ada O\u2019Plum \u2013 of Caf\xe9 Quay \u2013 who swam", ["ada o plum", "cafe quay"]),
        ("the \xc9clair Shop in \xd6rebro", ["eclair shop", "orebro"]),
        # A small letter of Latin Extended hides what follows, as it always did.
        ("a t\u0101ne Mahuta and Ada Plum. Quay", ["quay"]),
        ("Saint-\nMalo, Apollo 11 and Max_Size", ["saintmalo", "apollo", "max size"]),
    ],
)
def test_accents_dashes_and_marks(text, expected, monkeypatch):
    assert names(text, ()) == expected
    assert slow_names(text, (), MAX_NAMES) == expected
    monkeypatch.setattr(shared_names, "_PLAIN_NAME", shared_names._NAME)
    assert slow_names(text, (), MAX_NAMES) == expected


@pytest.mark.parametrize("seed", range(300))
def test_the_core_finds_the_same_names(seed):
    draw = random.Random(seed)
    # Most texts of a few pieces only, so that many are plain.
    pieces = draw.sample(PIECES, draw.randint(1, 9))
    text = "".join(draw.choice(pieces) + draw.choice([" ", " ", " ", "  ", "\n", ", ", ". ", ""]) for _ in range(25))
    known = draw.sample(["ada", "plum", "otter", "1914"], 2)
    most = draw.choice([1, 3, MAX_NAMES])
    assert names(text, known, most) == slow_names(text, known, most)


def test_no_more_than_is_looked_up():
    assert len(names(" and then ".join(f"Name{chr(97 + i)} Word" for i in range(20)), ())) == MAX_NAMES


NEAREST = SearchParams(k=1, hops=0)


def looked_up(memory, wanted):
    """Candidates of the whole memory, whose one hit is the oldest node and has the names ``wanted``."""
    keys = np.array([key for (key,) in memory.store.database.execute("SELECT key FROM node ORDER BY key")], np.uint64)
    vector = memory.embedder.embed(["anything"])[0]
    candidates = Candidates(vector, (keys[:0], np.zeros((0, 0), bool)), {}, {}, nodes=len(memory))
    memory.index.extend(candidates, keys, len(keys))
    candidates.add([(int(keys[0]), [], list(wanted))], False)
    with memory.store.read():
        look_up(memory.store, candidates, list(wanted))
    return candidates, keys.tolist()


@pytest.fixture(params=["table", "SQLite"])
def source(request, memory, monkeypatch):
    if request.param == "SQLite":
        monkeypatch.setattr(memory.store.words, "table", lambda: None)
    return memory


def test_nodes_that_share_names(source):
    texts = [
        ("Kettle", "Ada Plum mended it in Mountrail County."),
        ("Ada Plum", "She lived in Mountrail County."),
        ("Winter", "Ada Plum was cold."),
        ("Nothing", "Other things happened to Erik Holmberg."),
        *(("Crowd", f"Often Seen was here, number {at}") for at in range(MAX_SHARERS + 1)),
    ]
    for at, (title, text) in enumerate(texts):
        source.add(text, title=title, uri=f"n{at}")
    wanted = ["ada plum", "mountrail county", "erik holmberg", "often seen", "never seen", "caf\xe9 quay"]
    candidates, keys = looked_up(source, wanted)
    # The second has both names; a name of one node, or of too many, links nothing, nor does the node itself.
    assert candidates.tied(1, 9).tolist() == keys[1:3]
    assert candidates.tied(1, 1).tolist() == keys[1:2]
    assert candidates.tied(1, 9, allowed=KeySet(np.array(keys[2:], np.uint64))).tolist() == keys[2:3]
    assert candidates.not_looked_up(["ada plum", "other", "other"]) == ["other"]
    assert candidates.tied(1, 9, bridges=True).tolist() == []


def test_titles_whose_words_the_core_does_not_know(source):
    for at, title in enumerate(["Kettle", "L\xf6we Plum", "Lowe, Plum", "Lowe_Plum", '"Lowe Plum"']):
        source.add("Lowe Plum was here.", title=title, uri=f"n{at}")
    candidates, keys = looked_up(source, ["lowe plum"])
    unknown = candidates.untitled().tolist()
    with source.store.read():
        # Of the table's titles two are not plain; SQLite tells nothing of any.
        assert unknown == (keys if source.store.words.table() is None else [keys[1], keys[3]])
        entitle(source.store, candidates)
    assert not len(candidates.untitled())
