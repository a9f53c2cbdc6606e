from __future__ import annotations

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling.errors import UsageError
from sanderling.memory import Attention, Memory
from sanderling.memory.retrieve.features import FEATURES
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
        keys, phi = township.candidates.find(question, found, None, 256)
    columns = dict(zip(FEATURES, phi.T, strict=True))
    place = {node.uri: at for at, node in enumerate(township.nodes(keys))}
    assert phi.dtype == np.float32 and phi.shape == (len(keys), len(FEATURES))
    assert columns["named"][place["township"]] == columns["is_hit_0"][place["township"]] == 1
    assert columns["name_0"][place["court"]] > 0
    assert not columns["name_0"][place["township"]]
    assert "court" in uris(township, ask(township, question))[:4]
    assert "court" not in uris(township, found)[:4]


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
            keys, features = memory.candidates.find(question, found, None, 32)
        best = int(keys[features[:, 0].argmax()])
        assert memory.nodes([best])[0].text == first
