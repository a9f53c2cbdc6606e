"""A memory written as lines and taken in again is the same memory."""

from __future__ import annotations

import io
import json
import uuid

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling.errors import StorageFull, UsageError
from sanderling.memory import Memory, Note
from sanderling.memory.exchange import import_lines as importing
from sanderling.memory.exchange.check import BadLines
from sanderling.memory.upkeep.verification import verify
from sanderling.records import NodeMetadata


class Counting(HashEmbedder):
    embedded = 0

    def embed(self, texts, on_truncated=None):
        self.embedded += len(texts)
        return super().embed(texts, on_truncated)


@pytest.fixture
def memory(tmp_path, folder):
    root = folder(
        {
            "pump.md": "---\naliases: [the Pump]\ntags: [machines/water]\n---\n# Feed Pump\n\nMended by Ada Lind.\n\n"
            "## Oil\n\nEvery Friday.",
            "sub/ada.md": "# Ada Lind\n\nKeeper of the [[pump]]. Born in Sandhythe Bay.",
            "sub/zürich.md": "Der See bei Sandhythe Bay ist kalt.\u2028 Sehr kalt.",
            "log.jsonl": '{"id": "a", "text": "The Feed Pump stood still.", "date": "2024-03-05"}',
        }
    )
    with Memory.open(tmp_path / "first.sanderling", HashEmbedder()) as memory:
        memory.ingest([root])
        keys = [key for key, _ in memory.search_text("pump")]
        memory.write_back(
            [
                Note(
                    text="df: 93 % full\n\ttmpfs 1 %",
                    type="tool_result",
                    title="df",
                    metadata=NodeMetadata(tags=("disk",), score=0.25, version="2", domain="ops"),
                    edges=((keys[0], "agent_step", 0.3), (keys[1], "seen by", 1e-3)),
                )
            ],
            created_by="router",
        )
        yield memory


def lines(memory, **options):
    return list(memory.export(**options))


def taken(memory, data):
    return memory.import_lines(io.BytesIO(b"".join(data) if isinstance(data, list) else data))


def other(tmp_path, embedder=None, name="second"):
    return Memory.open(tmp_path / f"{name}.sanderling", embedder or Counting())


@pytest.mark.parametrize("vectors", [False, True])
def test_round_trip(memory, tmp_path, vectors):
    before = lines(memory, vectors=vectors)
    embedder = Counting()
    with other(tmp_path, embedder) as second:
        done = taken(second, before)
        assert (done.nodes, done.refused, done.unchanged) == (len(memory), (), 0)
        assert lines(second, vectors=vectors) == before
        assert embedder.embedded == done.embedded == (0 if vectors else len(memory))
        assert second.stats().edges_by_relation == memory.stats().edges_by_relation
        # The index follows: what is found by vector and by words is the same.
        vector = embedder.embed(["Ada Lind"])[0]
        assert np.array_equal(second.search(vector).keys, memory.search(vector).keys)
        assert second.search_text("pump") == memory.search_text("pump")
    checked = verify(tmp_path / "second.sanderling")
    assert (checked.store, checked.index) == ((), ())


def test_an_ingest_after_the_import_knows_its_documents(memory, tmp_path, folder):
    with other(tmp_path) as second:
        taken(second, lines(memory))
        before = lines(second)
        report = second.ingest([tmp_path / "notes"] if (tmp_path / "notes").exists() else [folder({})])
        assert (report.added, report.changed) == (0, 0)
        assert lines(second) == before
        # Names, links and entities came along: a new note that calls an old one by its alias is linked to it.
        second.add("Today the Pump was greased. It came from Sandhythe Bay.", uri="note:new")
        (node,) = second.store.document_nodes(second.store.document("note:new").key)
        targets = {edge.rel for edge in second.store.edges(node)}
        assert {"cites", "shares_entity"} <= targets


def test_the_same_file_twice_changes_nothing(memory, tmp_path):
    before = lines(memory)
    with other(tmp_path) as second:
        taken(second, before)
        again = taken(second, before)
        assert (again.nodes, again.documents, again.edges, again.refused) == (0, 0, 0, ())
        assert again.unchanged == len(memory)
        assert lines(second) == before


def test_another_embedder_embeds_anew(memory, tmp_path):
    embedder = Counting(name="other")
    with other(tmp_path, embedder) as second:
        done = taken(second, lines(memory, vectors=True))
        assert done.embedded == done.nodes == len(memory)
        assert lines(second)[1:] == lines(memory)[1:]
        assert json.loads(lines(second)[0])["embedder"] == "other"


def test_what_the_memory_has_otherwise_stays(memory, tmp_path):
    ours = [json.loads(line) for line in lines(memory)]
    loose = next(each for each in ours if each.get("type") == "tool_result")
    with other(tmp_path) as second:
        second.add("Another text.", uri=next(each["uri"] for each in ours if each["kind"] == "document"))
        node = {"id": loose["id"], "text": "df: 5 % full", "type": "tool_result"}
        taken(second, json.dumps(node).encode())
        done = taken(second, lines(memory))
        assert [line.partition(":")[0] for line in done.refused] == ["line 2", f"line {ours.index(loose) + 1}"]
        texts = [json.loads(line).get("text") for line in lines(second)]
        assert "df: 5 % full" in texts and loose["text"] not in texts and "Another text." in texts
    checked = verify(tmp_path / "second.sanderling")
    assert (checked.store, checked.index) == ((), ())


def test_a_document_ingested_on_its_own_keeps_its_nodes_and_gets_the_edges(memory, tmp_path, folder):
    with other(tmp_path) as second:
        second.ingest([folder({})])
        ids = [node.id for node in second.nodes(range(1, 99))]
        done = taken(second, lines(memory))
        assert (done.nodes, done.documents) == (1, 0)
        assert {"agent_step", "seen by"} <= second.stats().edges_by_relation.keys()
        assert [node.id for node in second.nodes(range(1, 99))][: len(ids)] == ids


def test_an_import_that_was_interrupted_goes_on(memory, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "NODES_AT_ONCE", 1)
    before = lines(memory)
    with other(tmp_path) as second:
        write = importing._Import._write

        def full(self, units):
            if self._documents == 2:
                raise StorageFull("full")
            write(self, units)

        monkeypatch.setattr(importing._Import, "_write", full)
        with pytest.raises(StorageFull):
            taken(second, before)
        second.index.catch_up()
        assert len(second.store.documents()) == 2
        monkeypatch.setattr(importing._Import, "_write", write)
        taken(second, before)
        assert lines(second) == before


def test_lines_of_a_program(memory):
    trace = str(uuid.uuid4())
    target = json.loads(lines(memory)[2])["id"]
    written = [
        {"text": "Step 1: read the log", "type": "trace", "id": trace, "metadata": {"tags": ["#run/7"]}},
        {"text": "exit 0", "type": "tool_result", "metadata": {"timestamp": "5 March 2024"}},
        {"kind": "edge", "src": trace, "dst": target, "rel": "agent_step"},
    ]
    data = "\ufeff" + "\r\n\n".join(map(json.dumps, written))
    done = taken(memory, data.encode())
    assert (done.nodes, done.edges) == (2, 1)
    assert taken(memory, data.encode()).unchanged == 2  # also the one without an id
    (found,) = (node for node in memory.nodes(range(1, 99)) if node.text == "exit 0")
    assert (found.metadata.timestamp, found.metadata.dated) == ("2024-03-05T00:00:00+00:00", "stated")
    (found,) = (node for node in memory.nodes(range(1, 99)) if node.id == trace)
    assert found.metadata.tags == ("run/7",) and found.source == "agent"


def test_a_bad_line_keeps_all_out(memory):
    before = lines(memory)
    good = b'{"text": "good"}\n'
    with pytest.raises(BadLines, match=r"line 2: .*line 4: ") as caught:
        taken(memory, good + b"{\n" + b'{"text": "also good"}\n' + b'{"text": 5}\n')
    assert len(caught.value.problems) == 2 and isinstance(caught.value, UsageError)
    assert lines(memory) == before
