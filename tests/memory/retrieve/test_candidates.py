from __future__ import annotations

import random

import numpy as np
import pytest
from hash_embedder import HashEmbedder
from slow_candidates import SlowGenerator

from sanderling._core import KeySet
from sanderling.errors import UsageError
from sanderling.memory import Attention, Memory, Note
from sanderling.memory.retrieve.features import FEATURES
from sanderling.memory.retrieve.titles import TitleIndex
from sanderling.memory.store.schema import RELATIONS
from sanderling.records import SearchParams


@pytest.fixture
def township(memory):
    memory.add("Van Hook is a township in Mountrail County.", title="Van Hook Township", uri="township")
    memory.add("A house in Stanley has served Mountrail County as its court since 1914.", title="Court", uri="court")
    for i in range(60):
        memory.add(f"wholly other things happened on day {i}", title=f"Day {i}", uri=f"day-{i}")
    return memory


def uris(memory, found):
    return [node.uri for node in memory.nodes(found.attended.keys)]


def ask(memory, question, **options):
    return memory.find(question, memory.embedder.embed([question])[0], **options)


def test_a_name_in_the_first_passage_leads_to_the_second(township):
    question = "What is the seat of where Van Hook Township is?"
    found = township.retrieve(township.embedder.embed([question])[0], SearchParams(k=4, hops=0))
    with township.store.read():
        keys, phi, _ = township.candidates.find(question, found, None, 256)
    columns = dict(zip(FEATURES, phi.T, strict=True))
    place = {node.uri: at for at, node in enumerate(township.nodes(keys))}
    assert phi.dtype == np.float32 and phi.shape == (len(keys), len(FEATURES))
    assert columns["named"][place["township"]] == columns["is_hit_0"][place["township"]] == 1
    assert columns["name_hit_0"][place["court"]] > 0
    assert not columns["name_hit_0"][place["township"]]
    assert "court" in uris(township, ask(township, question))[:4]
    assert "court" not in uris(township, found)[:4]


def test_a_name_in_the_second_passage_leads_to_the_third(memory):
    memory.add("Van Hook is a township in Mountrail County.", title="Van Hook Township", uri="township")
    memory.add("A court for Mountrail County was drawn by Erik Holmberg.", title="Court", uri="court")
    memory.add("Erik Holmberg came from Sweden.", title="A draughtsman", uri="holmberg")
    for i in range(60):
        memory.add(f"wholly other things happened on day {i}", title=f"Day {i}", uri=f"day-{i}")
    # Words of the question that the first passage lacks.
    for word in ("born", "planned", "seat", "justice"):
        memory.add(f"wholly other {word}", uri=word)
    question = "Where was the one born who planned the seat of justice where Van Hook Township is?"
    found = memory.retrieve(memory.embedder.embed([question])[0], SearchParams(k=1, hops=0))

    def columns(asked):
        with memory.store.read():
            keys, phi, channels = memory.candidates.find(asked, found, None, 256)
        place = {node.uri: at for at, node in enumerate(memory.nodes(keys))}
        return dict(zip(FEATURES, phi.T, strict=True)), place, channels

    phi, place, channels = columns(question)
    assert "holmberg" in place and "names of bridges" in channels
    assert "holmberg" not in {node.uri for node in memory.nodes(channels["names"])}
    bridge = next(at for at in (0, 1) if phi[f"is_bridge_{at}"][place["court"]])
    assert phi[f"name_bridge_{bridge}"][place["holmberg"]] > 0
    # A note with most of the question's words answers it alone.
    assert "names of bridges" not in columns("Van Hook is a township in Mountrail County")[2]


def test_a_part_of_a_long_list_is_found_among_the_other_parts(memory):
    rows = (f"berth L{300 + at}: mooring line {at} is {at % 7} metres long, checked by nobody" for at in range(120))
    memory.add("\n\n".join(f"{row}{'.' * 500}" for row in rows), title="Berths", uri="berths")
    for i in range(60):
        memory.add(f"wholly other things happened on day {i}", title=f"Day {i}", uri=f"day-{i}")
    question = "How long is mooring line 71 of berth L371?"
    found = memory.retrieve(memory.embedder.embed([question])[0], SearchParams())
    with memory.store.read():
        keys, phi, _ = memory.candidates.find(question, found, None, 256)
    columns = dict(zip(FEATURES, phi.T, strict=True))
    hit = int(np.argmax(columns["is_hit_0"]))
    assert "L371" in memory.nodes(keys)[hit].text
    # Another document's note leads to it, and it to none of its own.
    assert columns["is_hit_1"].any() and columns["pair"][hit] > -2
    assert "L371" in memory.nodes(ask(memory, question).attended.keys)[0].text


def test_only_allowed_nodes_are_found_over_names(township):
    question = "What is the seat of where Van Hook Township is?"
    vector = township.embedder.embed([question])[0]
    allowed = KeySet(np.array([node.key for node in township.nodes(range(1, 70)) if node.uri != "court"], np.uint64))
    found = township.index.retrieve(vector, SearchParams(k=4, hops=0), allowed)
    with township.store.read():
        keys, _, channels = township.candidates.find(question, found, allowed, 256)
    assert "court" not in {node.uri for node in township.nodes(keys)}
    assert channels.keys() >= {"titles", "cited", "words", "vector", "names"}


def test_without_edges_no_worse_than_dense(township):
    with township.store.write() as writer:
        for rel in RELATIONS:
            writer.delete_edges(rel, list(township.store.database.execute("SELECT src, dst FROM edge")))
    township.index.catch_up()
    assert township.index.edge_count == 0
    for day in range(60):
        question = f"which other things happened on day {day}"
        dense = township.search(township.embedder.embed([question])[0], SearchParams())
        ranks = [
            [node.uri for node in township.nodes(keys)].index(f"day-{day}")
            for keys in (ask(township, question).attended.keys, dense.keys)
        ]
        assert ranks[0] <= ranks[1]


def test_an_attention_without_features_is_refused(township):
    with pytest.raises(UsageError, match="memory train"):
        ask(township, "anything", attention=Attention.prior())


class Misled(HashEmbedder):
    """Takes every Chinese question for one note's text."""

    def embed(self, texts, on_truncated=None):
        return super().embed([MISLEADING if "\uff1f" in text else text for text in texts], on_truncated)


MISLEADING = "The otter sleeps."


@pytest.mark.parametrize(("languages", "first"), [(("en",), "检查水泵"), (("zh",), MISLEADING), (("mul",), MISLEADING)])
def test_where_the_embedder_cannot_read_the_question_its_words_rank_the_notes(tmp_path, languages, first):
    embedder = Misled()
    embedder.languages = languages
    with Memory.open(tmp_path / "m.sanderling", embedder) as memory:
        for text in (MISLEADING, "检查水泵", *(f"An otter, number {number}." for number in range(20))):
            memory.add(text)
        question = "水泵\uff1f"
        with memory.store.read():
            found = memory.retrieve(embedder.embed([question])[0])
            keys, features, _ = memory.candidates.find(question, found, None, 32)
        best = int(keys[features[:, 0].argmax()])
        assert memory.nodes([best])[0].text == first


NAMES = [
    "Van Hook",
    "Mountrail County",
    "Ada Plum",
    "Apollo 11",
    "L\xf6we",
    "Caf\xe9 Quay",
    "Max_Size",
    "Otter",
    "Erik Holmberg",
]
WORDS = [
    *("seat", "court", "township", "built", "seen", "river", "otter", "quay", "of", "the", "in", "by", "who", "where"),
    *("old", "new", "bridge", "stone", "winter", "log"),
]


def drawn(memory, draw):
    """Notes that name and cite one another, some of several nodes or without a document."""
    for at in range(70):
        said = [draw.choice(NAMES if draw.random() < 0.25 else WORDS) for _ in range(draw.randint(3, 14))]
        title = (
            f"{draw.choice(NAMES)}{draw.choice(['', ', the', ' ' + draw.choice(WORDS)])}" if draw.random() < 0.6 else ""
        )
        link = f" [it](n{draw.randrange(70)}.md)" if draw.random() < 0.3 else ""
        text = f"{' '.join(said)}.{link}"
        memory.add("\n\n".join([text] * draw.choice([1, 1, 40])), title=title, uri=f"n{at}.md")
    memory.write_back([Note(text=f"{name} was asked about", title="") for name in NAMES[:3]])


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_the_core_finds_what_the_obvious_version_finds(memory, seed, table, monkeypatch):
    draw = random.Random(seed)
    drawn(memory, draw)
    if not table:
        monkeypatch.setattr(memory.store.words, "table", lambda: None)
    titles = TitleIndex(memory.store)
    for languages in (("en",), ("ja",)):
        fast = type(memory.candidates)(memory.store, memory.index, titles, languages)
        slow = SlowGenerator(memory.store, memory.index, titles, languages)
        for _ in range(15):
            said = [draw.choice(NAMES if draw.random() < 0.2 else WORDS) for _ in range(draw.randint(1, 12))]
            question = (
                f"{' '.join(said)}?"
                if languages == ("en",)
                else f"{draw.choice(NAMES)} \u043d\u0430\u0441\u043e\u0441 \u043d\u0430\u0441\u043e\u0441\u044b?"
            )
            params = SearchParams(k=draw.choice([2, 16]), hops=draw.choice([0, 1]), max_nodes=draw.choice([8, 40, 256]))
            keys = draw.sample(range(1, 70), 40) if draw.random() < 0.3 else None
            allowed = None if keys is None else KeySet(np.array(keys, np.uint64))
            near = memory.index.retrieve(memory.embedder.embed([question])[0], params, allowed)
            extra = draw.sample(range(1, 60), draw.choice([0, 3]))
            with memory.store.read():
                got = fast.find(question, near, allowed, params.max_nodes, extra)
                expected = slow.find(question, near, allowed, params.max_nodes, extra)
            assert got.keys.tolist() == expected[0].tolist()
            channels = {name: list(map(int, keys)) for name, keys in expected[2].items()}
            assert {name: keys.tolist() for name, keys in got.channels.items()} == channels
            # Exponentials of two libraries differ by units in the last place, means and deviations are summed in
            # another order; see test_features.py.
            assert np.allclose(got.features, expected[1].astype(np.float32), rtol=0, atol=1e-6)
