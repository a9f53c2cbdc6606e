from __future__ import annotations

import itertools

import numpy as np
from hash_embedder import HashEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st

from sanderling.memory import Memory
from sanderling.memory.link import SAME_TOPIC_COSINE, SAME_TOPIC_EDGES, Linker
from sanderling.records import EdgeMetadata


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


def test_near_chunks_of_other_documents_share_a_topic(memory):
    for i in range(7):
        memory.add(f"penguin colony count on the ice shelf {i}", uri=f"p{i}")
    memory.add("recipe for lentil soup", uri="soup")
    topics = edges(memory, "same_topic")
    assert not any("soup" in (a, b) for a, _, b, _ in topics)
    assert all(a > b for a, _, b, _ in topics)
    assert sum(a == "p6" for a, *_ in topics) == SAME_TOPIC_EDGES
    for (a, _, b, _), weight in topics.items():
        # The index computes the same cosine in float32 over 64 products of unit vectors; each sum of n terms is off by
        # at most n * 2^-24, and so is each norm.
        one, two = (memory.embedder.embed([f"penguin colony count on the ice shelf {x[1]}"])[0] for x in (a, b))
        assert abs(weight - float(np.dot(one.astype(np.float64), two))) < 3 * 64 * 2**-24
        assert SAME_TOPIC_COSINE <= weight <= 1


def test_a_changed_document_keeps_its_topics_full_though_its_old_self_is_nearest(memory):
    for i in range(6):
        memory.add(f"penguin colony count {i}", uri=f"p{i}")
    memory.add("penguin colony count x", uri="x")
    memory.add("penguin colony count x again", uri="x")
    topics = edges(memory, "same_topic")
    assert sum(a == "x" for a, *_ in topics) == SAME_TOPIC_EDGES
    assert ("x", 0, "x", 0) not in topics
    assert memory.store.integrity() == ()


DOCUMENTS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["North", "Station", "Log", "ünder", "ice"]), min_size=1, max_size=3).map(" ".join),
        st.lists(st.sampled_from(["North", "Station", "Log", "ünder", "ICE", "the", "station."]), max_size=8).map(
            " ".join
        ),
    ),
    min_size=2,
    max_size=4,
)


@settings(max_examples=20, deadline=None)
@given(documents=DOCUMENTS, extra=DOCUMENTS)
def test_citations_do_not_depend_on_the_order_of_arrival_nor_on_what_was_there_meanwhile(
    tmp_path_factory, documents, extra
):
    named = [(f"d{i}", title, f"{text} {i}") for i, (title, text) in enumerate(documents)]
    seen = []
    for order in itertools.islice(itertools.permutations(named), 0, 6, 2):
        with Memory.open(tmp_path_factory.mktemp("order") / "m", HashEmbedder()) as memory:
            for i, (title, text) in enumerate(extra):
                memory.add(f"{text} x", title=title, uri=f"x{i}")
            for uri, title, text in order:
                memory.add("another text", title="Another Title", uri=uri)
                memory.add(text, title=title, uri=uri)
            linker = Linker(memory.store, memory.index)
            for i in range(len(extra)):
                document = memory.store.document(f"x{i}")
                with memory.store.write() as writer:
                    writer.delete_document(document.key)
                    linker.remove(writer, document)
            memory.index.catch_up()
            seen.append(edges(memory, "cites"))
            assert memory.index.edge_count == memory.stats().edges
    assert all(one == seen[0] for one in seen)
