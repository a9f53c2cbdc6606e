from __future__ import annotations

import numpy as np
import pytest

from sanderling.filter import Filter
from sanderling.memory import Memory, Note
from sanderling.memory.store.filters import KEPT, Selections, matching
from sanderling.records import NodeMetadata, SearchParams

NODES, DIM, K = 2000, 16, 10


def add(memory, *notes):
    """Add nodes with fields of metadata, of no document; returns their keys."""
    return [memory.write_back([Note(text=f"note {i}", metadata=NodeMetadata(**note))])[0].key for i, note in notes]


def found(memory, **fields):
    return sorted(matching(memory.store, Filter(**fields)).tolist())


@pytest.fixture(scope="module")
def random_memory(tmp_path_factory):
    """Nodes with random vectors; tags ``half``, ``twentieth`` and ``rare`` on 50%, 5% and 0.5% of them."""

    class Random:
        id, dim, max_tokens = "random", DIM, 256

        def count_tokens(self, text):
            return len(text.split())

        def embed(self, texts, on_truncated=None):
            rows = [np.random.default_rng(int(text.split()[-1])).normal(size=DIM) for text in texts]
            return (np.stack(rows) / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    with Memory.open(tmp_path_factory.mktemp("random") / "m", Random()) as memory:
        shares = {"half": 2, "twentieth": 20, "rare": 200}
        tags = [tuple(tag for tag, each in shares.items() if i % each == 1) for i in range(NODES)]
        memory.write_back([Note(text=f"n {i}", metadata=NodeMetadata(tags=tags[i])) for i in range(NODES)])
        yield memory


@pytest.mark.parametrize(("tag", "count"), [("half", 1000), ("twentieth", 100), ("rare", 10)])
def test_recall_under_a_filter(random_memory, tag, count):
    wanted = Filter(tags=(tag,))
    keys = np.sort(matching(random_memory.store, wanted))
    assert len(keys) == count
    rows = random_memory.embedder.embed([node.text for node in random_memory.nodes(keys)]).astype(np.float64)
    right = 0
    queries = random_memory.embedder.embed([f"q {i}" for i in range(NODES, NODES + 100)])
    for query in queries:
        nearest = set(keys[np.argsort(-(rows @ query), kind="stable")[:K]].tolist())
        hits = random_memory.search(query, SearchParams(k=K), filter=wanted)
        assert len(hits.keys) == K
        assert set(hits.keys.tolist()) <= set(keys.tolist())
        right += len(nearest & set(hits.keys.tolist()))
    # The standard deviation of a recall of .98 over 1,000 neighbours is .0044: below .965 it is not that.
    assert right / (len(queries) * K) >= 0.965


def test_no_filter_and_an_empty_one_find_everything(random_memory):
    query = random_memory.embedder.embed(["q 5"])[0]
    keys = random_memory.search(query, SearchParams(k=K)).keys.tolist()
    assert random_memory.search(query, SearchParams(k=K), filter=Filter()).keys.tolist() == keys
    assert len(matching(random_memory.store, Filter())) == NODES


def test_a_filter_that_nothing_passes_finds_nothing(random_memory):
    query = random_memory.embedder.embed(["q 5"])[0]
    nothing = Filter(tags=("absent",))
    hits = random_memory.search(query, SearchParams(k=K), filter=nothing)
    assert (len(hits.keys), hits.stats.k, hits.stats.mean_distance) == (0, 0, 0.0)
    assert len(random_memory.retrieve(query, SearchParams(k=K), filter=nothing).attended.keys) == 0


def test_each_field(memory, folder):
    root = folder(
        {
            "a/log.md": "---\ntags: [ice, 'deep, cold']\ndomain: polar\ndate: 2026-03-01\nlang: no\n---\n# Log\n\nisen",
            "a/b/x.txt": "plain",
            "a%/x.txt": "plain",
            "ab.txt": "plain",
            "e\u0301t\u00e9.txt": "summer",
            "c.jsonl": '{"_id": 1, "text": "line", "metadata": {"tags": "ice"}}\n{"_id": 12, "text": "another"}',
        }
    )
    memory.ingest([root])
    memory.add("by hand", uri="https://a.example/x")
    (written,) = add(memory, (1, {"timestamp": "2026-03-02T01:00:00+02:00"}))

    def of(*names):
        documents = [memory.store.document(name if "://" in name else str(root / name)) for name in names]
        return sorted(key for document in documents for key in memory.store.document_nodes(document.key))

    log, x, percent, ab, first, second = (
        of(name)[0] for name in ("a/log.md", "a/b/x.txt", "a%/x.txt", "ab.txt", "c.jsonl#1", "c.jsonl#12")
    )
    assert found(memory, types=("memory",)) == [written]
    assert found(memory, sources=("user",)) == of("https://a.example/x")
    assert found(memory, sources=("user", "agent")) == [*of("https://a.example/x"), written]
    assert found(memory, tags=("ice",)) == sorted([log, first])
    assert found(memory, tags=("deep, cold",)) == [log]
    assert found(memory, tags=("Ice",)) == sorted([log, first])
    assert found(memory, domains=("polar",)) == found(memory, languages=("no",)) == [log]
    assert found(memory, until="2026-03-01") == sorted([log, written])
    assert found(memory, since="2026-03-01T12:00", until="2026-03-01T23:00:00") == [written]
    assert found(memory, until="2026-02-28") == []
    assert log not in found(memory, since="2026-03-02")
    assert found(memory, under=(str(root / "a"),)) == found(memory, under=(f"{root}/a/",)) == sorted([log, x])
    assert found(memory, under=(str(root / "a%"),)) == [percent]
    assert found(memory, under=(str(root / "a_"),)) == found(memory, under=("nowhere",)) == []
    assert found(memory, under=(str(root / "ab.txt"), str(root / "c.jsonl"))) == sorted([ab, first, second])
    assert found(memory, under=(str(root / "c.jsonl#1"),)) == [first]
    (summer,) = found(memory, under=(str(root / "\u00e9te\u0301.txt"),))
    assert found(memory, under=("/",)) == sorted([log, x, percent, ab, first, second, summer])
    assert found(memory, under=("https://a.example",)) == of("https://a.example/x")
    assert found(memory, keys=(x, 999_999)) == [x]
    assert found(memory, keys=()) == []
    assert found(memory, tags=("ice",), under=(str(root / "a"),), types=("doc",), since="2026-01-01") == [log]
    assert found(memory, tags=("ice",), domains=("other",)) == []
    assert found(memory, tags=("'; DROP TABLE node; --",)) == []


def test_a_tag_is_found_in_any_case_and_composition(memory):
    beds, soup, other = add(
        memory,
        (1, {"tags": ("Garden/Beds", "x")}),
        (2, {"tags": ("Küche/Suppe",)}),
        (3, {"tags": ("gardening", "ÜBER")}),
    )
    for tag in ("garden", "GARDEN/beds", "#Garden/"):
        assert found(memory, tags=(tag,)) == [beds]
    assert found(memory, tags=("KÜCHE", "Ku\u0308che/suppe")) == [soup]
    assert found(memory, tags=("über", "garden")) == sorted([beds, other])


def test_it_is_asked_once_and_again_when_the_memory_changes(memory):
    selections = Selections(memory.store)
    wanted = Filter(tags=("a",))
    (one,) = add(memory, (1, {"tags": ("a",)}))
    before = selections.allowed(wanted)
    assert selections.allowed(Filter(tags=("a",))) is before
    (two,) = add(memory, (2, {"tags": ("a",)}))
    after = selections.allowed(wanted)
    assert (len(before), len(after), one in after, two in after) == (1, 2, True, True)
    assert selections.allowed(None) is None is selections.allowed(Filter())


def test_the_filters_last_used_are_kept(memory):
    selections = Selections(memory.store)
    first = selections.allowed(Filter(tags=("first",)))
    others = [selections.allowed(Filter(tags=(str(i),))) for i in range(KEPT - 1)]
    assert selections.allowed(Filter(tags=("first",))) is first
    selections.allowed(Filter(tags=("one more",)))
    assert selections.allowed(Filter(tags=("first",))) is first
    assert selections.allowed(Filter(tags=("0",))) is not others[0]


def test_a_memory_that_changes_is_searched_as_it_is(memory):
    wanted = Filter(domains=("pumps",))
    vector = memory.embedder.embed(["feed pump"])[0]
    memory.add("feed pump", uri="p", metadata=NodeMetadata(domain="pumps"))
    assert len(memory.search(vector, filter=wanted).keys) == 1
    memory.add("feed pump", uri="p", metadata=NodeMetadata(domain="kitchen"))
    assert len(memory.search(vector, filter=wanted).keys) == 0
    memory.add("feed pump", uri="p", metadata=NodeMetadata(domain="pumps", tags=("x",)))
    assert memory.nodes(memory.search(vector, filter=wanted).keys)[0].metadata.tags == ("x",)


def test_an_edge_does_not_lead_to_what_the_filter_forbids(memory):
    memory.add("the pump leaks", uri="p", metadata=NodeMetadata(tags=("open",)))
    (pump,) = memory.store.document_nodes(1)
    memory.write_back([Note(text="secret", type="trace", edges=((pump, "cites", 1.0),))])
    (other,) = memory.write_back([Note(text="told", metadata=NodeMetadata(tags=("open",)), edges=((pump, "x", 1.0),))])
    vector = memory.embedder.embed(["the pump leaks"])[0]
    everything = memory.retrieve(vector, SearchParams(k=1)).attended
    assert len(everything.keys) == 3
    wanted = Filter(tags=("open",))
    attended = memory.retrieve(vector, SearchParams(k=1), filter=wanted).attended
    assert set(attended.keys.tolist()) == {pump, other.key}
