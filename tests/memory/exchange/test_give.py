"""Notes given one by one, and what they are related to."""

from __future__ import annotations

import pytest

from sanderling.errors import UsageError


@pytest.fixture
def filled(memory, folder):
    memory.ingest(
        [folder({"pump.md": "# Pump\n\nMended by Ada.", "sub/oil.md": "# Oil\n\nBlack.", "sub/tap.md": "Dry."})]
    )
    return memory


def keys(memory, uri):
    (document,) = (each for each in memory.store.documents() if each.uri.endswith(uri))
    return memory.store.document_nodes(document.key)


def test_a_trace_with_all_it_may_have(filled):
    node = filled.give(
        "Step 1:\r\nlook at the pump",
        type="trace",
        source="agent",
        title="run 7",
        tags=["#run/7", "pump"],
        domain="ops",
        date="5 March 2024",
        relation="agent_step",
        to=["pump.md", "pump.md"],
    )
    assert (node.text, node.type, node.source, node.title) == ("Step 1:\nlook at the pump", "trace", "agent", "run 7")
    assert (node.metadata.tags, node.metadata.domain) == (("run/7", "pump"), "ops")
    assert (node.metadata.timestamp, node.metadata.dated) == ("2024-03-05T00:00:00+00:00", "stated")
    (edge,) = filled.store.edges(node.key)
    assert (edge.rel, edge.dst, edge.weight, edge.metadata.created_by) == (
        "agent_step",
        keys(filled, "pump.md")[0],
        1,
        "agent",
    )
    assert [key for key, _ in filled.search_text("look")] == [node.key]


def test_what_a_note_may_be_related_to(filled):
    first = filled.give("One thought.")
    whole, begun = (
        filled.give("Two.", to=[first.id]),
        filled.give("Three.", relation="seen by", to=[first.id[:13].upper()]),
    )
    assert [edge.dst for edge in filled.store.edges(whole.key)] == [first.key]
    assert [(edge.rel, edge.dst) for edge in filled.store.edges(begun.key)] == [("seen by", first.key)]
    (edge,) = filled.store.edges(filled.give("Four.", to=[str(keys_uri(filled, "oil.md"))]).key)
    assert edge.dst == keys(filled, "oil.md")[0]


def keys_uri(memory, name):
    return next(each.uri for each in memory.store.documents() if each.uri.endswith(name))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"text": " \n"}, "empty"),
        ({"text": "a", "date": "the day before"}, "no date"),
        ({"text": "a", "to": ["nowhere.md"]}, "holds nothing of nowhere.md"),
        ({"text": "a", "to": [""]}, "holds nothing"),
        ({"text": "a", "to": ["0000"]}, "holds nothing"),
        ({"text": "a", "to": ["sub"]}, "holds nothing|several"),
        ({"text": "a", "to": ["pump.md"], "relation": ""}, "relation"),
        ({"text": "a", "to": ["pump.md"], "relation": "a\nb"}, "relation"),
        ({"text": "a", "tags": [str(n) for n in range(101)]}, "tags"),
        ({"text": "a", "type": "doc", "to": ["pump.md", "nowhere.md"]}, "nowhere"),
    ],
)
def test_what_is_wrong_stores_nothing(filled, arguments, says):
    before = len(filled)
    with pytest.raises(UsageError, match=says):
        filled.give(**arguments)
    assert len(filled) == before


def test_a_doc_is_cut_and_linked(filled):
    text = "# Diary\n\n" + "\n\n".join(f"The pump, day {n}: " + "it ran and ran. " * 30 for n in range(9))
    first = filled.give(text, type="doc", title="Diary", to=["oil.md"])
    assert first.uri.startswith("note:") and first.position == 0 and first.type == "doc"
    nodes = filled.store.document_nodes(filled.store.document(first.uri).key)
    assert len(nodes) > 1
    drawn = {(edge.rel, edge.dst) for edge in filled.store.edges(first.key)}
    assert {("follows", nodes[1]), ("cites", keys(filled, "oil.md")[0])} <= drawn
    # The same once more is the same document.
    assert filled.give(text, type="doc", title="Diary").key == first.key


def test_a_text_that_is_cut_is_said(filled):
    filled.give("word " * 1000, type="trace")
    assert "beginning only" in filled.warnings[-1]
