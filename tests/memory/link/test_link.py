from __future__ import annotations

import numpy as np
import pytest
from hash_embedder import HashEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st

from sanderling.memory import Memory
from sanderling.memory.ingest.ingest import Ingest
from sanderling.memory.link import topics
from sanderling.memory.link.link import Linker
from sanderling.memory.link.topics import SAME_TOPIC_COSINE, SAME_TOPIC_EDGES
from sanderling.memory.read.document import document_of
from sanderling.records import EdgeMetadata
from sanderling.text.name_trie import HEADING_CONFIDENCE, TITLE_CONFIDENCE


def edges(memory, rel):
    """(uri, position) pairs with weights, readable and independent of keys."""
    rows = memory.store.database.execute(
        "SELECT a.uri, n.position, b.uri, m.position, e.weight FROM edge e JOIN relation r ON r.id = e.rel "
        "JOIN node n ON n.key = e.src JOIN document a ON a.key = n.document "
        "JOIN node m ON m.key = e.dst JOIN document b ON b.key = m.document WHERE r.name = ?",
        (rel,),
    )
    return {(a.rsplit("/", 1)[-1], at, b.rsplit("/", 1)[-1], to): weight for a, at, b, to, weight in rows}


def test_chunks_follow_one_another(memory):
    memory.add("word " * 500, uri="a")
    assert edges(memory, "follows") == {("a", 0, "a", 1): 1.0, ("a", 1, "a", 2): 1.0}


def test_a_mention_cites_the_first_chunk_whichever_came_first(memory):
    memory.add("see the Ice Drill manual", uri="before")
    memory.add("word " * 300, title="Ice Drill", uri="drill")
    memory.add("pad " * 250 + "the ICE DRILL broke", uri="after")
    assert edges(memory, "cites") == {("before", 0, "drill", 0): 1.0, ("after", 1, "drill", 0): 1.0}


def test_a_link_cites_whichever_came_first(memory, folder):
    root = folder({"a.md": "to [b](b.md)", "b.md": "pad " * 250 + "\n\nback to [a](./a.md), self [b](b.md)"})
    memory.ingest([root])
    expected = {("a.md", 0, "b.md", 0): 1.0, ("b.md", 1, "a.md", 0): 1.0}
    assert edges(memory, "cites") == expected
    folder({"b.md": "short, to [a](a.md)", "a.md": "to [b](b.md) still"})
    memory.ingest([root])
    assert edges(memory, "cites") == {("a.md", 0, "b.md", 0): 1.0, ("b.md", 0, "a.md", 0): 1.0}


def test_a_link_weighs_more_than_an_ambiguous_mention(memory, folder):
    root = folder({"a.md": "[Otter](b.md)", "b.md": "# Otter\n\nb", "c.md": "# Otter\n\nc"})
    memory.ingest([root])
    cites = edges(memory, "cites")
    assert (cites["a.md", 0, "b.md", 0], cites["a.md", 0, "c.md", 0]) == (1.0, 0.5)


def test_incoming_edges_survive_a_change_and_go_with_the_title(memory):
    memory.add("the Ice Drill", uri="a")
    memory.add("drilling", title="Ice Drill", uri="d")
    memory.add("drilling deeper", title="Ice Drill", uri="d")
    assert edges(memory, "cites") == {("a", 0, "d", 0): 1.0}
    memory.add("drilling deeper", title="Snow Drill", uri="d")
    assert edges(memory, "cites") == {}


def test_a_longer_title_that_comes_later_takes_the_mention_over_and_gives_it_back(memory, folder):
    memory.add("in the North Station Log", uri="a")
    memory.add("x", title="North Station", uri="s")
    root = folder({"log.md": "# North Station Log\n\ny"})
    memory.ingest([root])
    assert edges(memory, "cites") == {("a", 0, "log.md", 0): 1.0}
    (root / "log.md").unlink()
    memory.ingest([root], prune=True)
    assert edges(memory, "cites") == {("a", 0, "s", 0): 1.0}


def test_edges_drawn_by_hand_are_left_alone(memory):
    memory.add("a", uri="a")
    memory.add("b", title="Bears", uri="b")
    (a,), (b,) = (memory.store.document_nodes(memory.store.document(uri).key) for uri in "ab")
    with memory.store.write() as writer:
        writer.add_edges("cites", [(a, b, 0.125)], created_by="user")
    memory.add("c mentions Bears", title="Bears", uri="c")
    memory.add("another", title="Bears", uri="d")
    assert edges(memory, "cites")["a", 0, "b", 0] == 0.125
    assert memory.store.edges(a)[0].metadata == EdgeMetadata(
        timestamp=memory.store.edges(a)[0].metadata.timestamp, created_by="user"
    )


def test_edges_drawn_by_hand_are_not_drawn_over(memory):
    memory.add("penguin colony count", uri="a")
    memory.add("see Bears", uri="b")
    (a,), (b,) = (memory.store.document_nodes(memory.store.document(uri).key) for uri in "ab")
    memory.add("penguin colony count", title="Bears", uri="c")
    (c,) = memory.store.document_nodes(memory.store.document("c").key)
    with memory.store.write() as writer:
        writer.add_edges("cites", [(b, c, 0.125)], created_by="user")
        writer.add_edges("same_topic", [(c, a, 0.125)], created_by="user")
    memory.add("Bears again", title="Bears", uri="d")
    memory.add("penguin colony count again", uri="e")
    assert edges(memory, "cites")["b", 0, "c", 0] == edges(memory, "same_topic")["c", 0, "a", 0] == 0.125


def test_an_alias_and_a_heading_are_mentioned_like_a_title_and_trusted_less(memory, folder):
    manual = "---\naliases: [Ice Borer, Old Rattler]\n---\n# Drill\n\n" + "pad " * 250 + "\n\n## Spare Bits List\n\nx"
    root = folder({"manual.md": manual, "a.md": "the old rattler broke", "b.md": "see Spare bits list and the Drill"})
    memory.ingest([root])
    (bits,) = (at for a, _, b, at in edges(memory, "cites") if (a, b) == ("b.md", "manual.md") and at)
    assert edges(memory, "cites") == {
        ("a.md", 0, "manual.md", 0): 1.0,
        ("b.md", 0, "manual.md", 0): 1.0,
        ("b.md", 0, "manual.md", bits): 1.0,
    }
    sure = memory.store.database.execute("SELECT DISTINCT n.position, e.confidence FROM edge e JOIN node n ON n.key = "
        "e.dst JOIN relation r ON r.id = e.rel WHERE r.name = 'cites' ORDER BY 1")  # fmt: skip
    assert sure == [(0, TITLE_CONFIDENCE), (bits, HEADING_CONFIDENCE)]
    folder({"manual.md": "# Drill\n\nshort"})
    memory.ingest([root])
    assert edges(memory, "cites") == {("b.md", 0, "manual.md", 0): 1.0}


def test_a_title_takes_a_mention_from_a_heading_and_gives_it_back(memory, folder):
    root = folder({"a.md": "# Top\n\n## North Station\n\nx", "b.md": "to North Station"})
    memory.ingest([root])
    assert edges(memory, "cites") == {("b.md", 0, "a.md", 0): 1.0}
    folder({"c.md": "# North Station\n\ny"})
    memory.ingest([root])
    assert edges(memory, "cites") == {("b.md", 0, "c.md", 0): 1.0, ("a.md", 0, "c.md", 0): 1.0}
    (root / "c.md").unlink()
    memory.ingest([root], prune=True)
    assert edges(memory, "cites") == {("b.md", 0, "a.md", 0): 1.0}


def test_near_chunks_of_other_documents_share_a_topic(memory):
    for i in range(7):
        memory.add(f"penguin colony count on the ice shelf {i}", uri=f"p{i}")
    memory.add("recipe for lentil soup", uri="soup")
    topics = edges(memory, "same_topic")
    assert topics
    assert not any("soup" in (a, b) for a, _, b, _ in topics)
    assert all(a > b for a, _, b, _ in topics)
    for uri in ("p0", "p6"):
        assert sum(uri in (a, b) for a, _, b, _ in topics) <= SAME_TOPIC_EDGES
    for (a, _, b, _), weight in topics.items():
        # The index computes the same cosine in float32 over 64 products of unit vectors; each sum of n terms is off by
        # at most n * 2^-24, and so is each norm.
        one, two = (memory.embedder.embed([f"penguin colony count on the ice shelf {x[1]}"])[0] for x in (a, b))
        assert abs(weight - float(np.dot(one.astype(np.float64), two))) < 3 * 64 * 2**-24
        assert SAME_TOPIC_COSINE <= weight <= 1


def test_both_must_be_among_the_nearest_of_the_other(memory):
    # All are nearest to the first, which has room for four.
    memory.add("penguin colony count", uri="hub")
    for i in range(6):
        memory.add(
            f"penguin colony count {'abcdef'[i] * 3} " + " ".join(f"{'abcdef'[i]}{n}" for n in range(i)), uri=f"p{i}"
        )
    topics = edges(memory, "same_topic")
    near = sorted(weight for (a, _, b, _), weight in topics.items() if "hub" in (a, b))
    assert len(near) == SAME_TOPIC_EDGES
    memory.add("penguin colony count", uri="twin")
    assert edges(memory, "same_topic")["twin", 0, "hub", 0] > near[-1]
    assert sum("hub" in (a, b) for a, _, b, _ in edges(memory, "same_topic")) == SAME_TOPIC_EDGES


def test_a_changed_document_keeps_its_topics_though_its_old_self_is_nearest(memory):
    memory.add("penguin colony count a", uri="a")
    memory.add("penguin colony count x", uri="x")
    memory.add("penguin colony count x again", uri="x")
    assert set(edges(memory, "same_topic")) == {("x", 0, "a", 0)}
    assert memory.store.integrity() == ()


def test_passages_that_share_a_rare_name_are_tied_until_it_is_common_or_a_title(memory):
    for i in range(5):
        memory.add(f"then Jan Kowalski came {'abcde'[i] * 9}", uri=f"p{i}")
    memory.add("nobody of North Station came", uri="other")
    pairs = {(f"p{i}", 0, f"p{j}", 0): 1 / 5 for i in range(5) for j in range(i)}
    assert edges(memory, "shares_entity") == pairs
    memory.add("Jan Kowalski was born here", title="Jan Kowalski", uri="title")
    assert edges(memory, "shares_entity") == {}
    memory.add("someone was born here", title="Someone", uri="title")
    assert edges(memory, "shares_entity") == pairs
    memory.add("The Jan Kowalski Bridge", uri="p5")
    memory.add("Jan Kowalski; North Station", uri="p6")
    assert edges(memory, "shares_entity") == {("p6", 0, "other", 0): 1 / 2}
    memory.add("nobody", uri="p6")
    assert edges(memory, "shares_entity") == pairs


TEXT_WORDS = ["North", "Station", "Log", "ünder", "ICE", "the", "station."]
NAMES = st.lists(st.sampled_from(["North", "Station", "Log", "ünder", "ice"]), min_size=1, max_size=3).map(" ".join)
DOCUMENTS = st.lists(
    st.tuples(NAMES, st.lists(st.sampled_from(TEXT_WORDS), min_size=1, max_size=8).map(" ".join), NAMES),
    min_size=2,
    max_size=9,
)


def take(memory, uri, title, text, alias):
    run = Ingest(memory.store, memory.index, memory.embedder)
    run.document(document_of(text, title, uri, aliases=(alias,)), "user")


def drop(memory, uri):
    linker = Linker(memory.store, memory.index)
    document = memory.store.document(uri)
    topics = linker.topics(uri, None, document.key)
    with memory.store.write() as writer, linker.change(writer, topics) as change:
        change.delete(document)


def drawn(memory):
    """All edges; those of a topic, which have no direction, without one."""
    cites = {("cites", *ends): weight for ends, weight in edges(memory, "cites").items()}
    topics = {("topic", *sorted([ends[:2], ends[2:]])): weight for ends, weight in edges(memory, "same_topic").items()}
    shared = edges(memory, "shares_entity")
    topics |= {("shared", *sorted([ends[:2], ends[2:]])): weight for ends, weight in shared.items()}
    return {**cites, **topics, **{("follows", *ends): 1 for ends in edges(memory, "follows")}}


@settings(max_examples=20, deadline=None)
@given(documents=DOCUMENTS, extra=DOCUMENTS, order=st.randoms(use_true_random=False))
def test_edges_do_not_depend_on_the_order_of_arrival_nor_on_what_was_there_meanwhile(
    tmp_path_factory, documents, extra, order
):
    named = [(f"d{i}", *document) for i, document in enumerate(documents)]
    with Memory.open(tmp_path_factory.mktemp("fresh") / "m", HashEmbedder()) as memory:
        for document in named:
            take(memory, *document)
        memory.index.catch_up()
        expected = drawn(memory)
    steps = [*named, *((f"x{i}", *document) for i, document in enumerate(extra))]
    steps += [
        (uri, title, f"before {text}", alias) for (uri, *_), (title, text, alias) in zip(named, extra, strict=False)
    ]
    steps += [(uri,) for uri, *_ in steps if uri[0] == "x"]
    order.shuffle(steps)
    with Memory.open(tmp_path_factory.mktemp("order") / "m", HashEmbedder()) as memory:
        for step in steps:
            if len(step) > 1:
                take(memory, *step)
            elif memory.store.document(step[0]):
                drop(memory, step[0])
        left = [document.uri for document in memory.store.documents() if document.uri.startswith("x")]
        order.shuffle(named)
        # Whatever is there now comes to be what the fresh memory holds.
        for document in named[: len(named) // 2]:
            take(memory, *document)
        for uri in left:
            drop(memory, uri)
        for document in named[len(named) // 2 :]:
            take(memory, *document)
        memory.index.catch_up()
        # float32 sums of 64 products in another order differ by 64 * 2^-24 at most.
        assert drawn(memory) == {ends: pytest.approx(weight, abs=64 * 2**-24) for ends, weight in expected.items()}
        assert memory.index.edge_count == memory.stats().edges


def test_neighbours_are_those_of_one_moment_whatever_another_process_removes(memory, hash_embedder, monkeypatch):
    """One of two ingests at once ended with a KeyError: the other had replaced a note between two looks."""
    for number in range(6):
        memory.add(f"the crane of harbour {number} lifts seven tons", uri=f"h{number}")
    looked = topics._Plan._vectors

    def removing(plan, nodes):
        monkeypatch.setattr(topics._Plan, "_vectors", looked)
        with Memory.open(memory.store.path, hash_embedder) as other:
            # The log cannot be emptied while this thread reads: it is not to be waited for.
            other.store.database.execute("PRAGMA busy_timeout = 0")
            for number in range(3):
                other.add(f"nothing of the kind {number}", uri=f"h{number}")
        return looked(plan, nodes)

    monkeypatch.setattr(topics._Plan, "_vectors", removing)
    assert memory.add("the crane of harbour nine lifts seven tons", uri="h9").added == 1
    assert memory.store.integrity() == ()
    changed = {"h0", "h1", "h2"}
    assert all((a in changed) == (b in changed) for a, _, b, _ in edges(memory, "same_topic"))
