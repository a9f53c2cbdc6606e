from __future__ import annotations

import pytest

from sanderling.memory.link.link import Linker


def document(memory, uri):
    return memory.store.document(uri)


def cites(memory):
    sql = "SELECT a.uri, b.uri FROM edge e JOIN node n ON n.key = e.src JOIN document a ON a.key = n.document "
    sql += "JOIN node m ON m.key = e.dst JOIN document b ON b.key = m.document WHERE e.rel = 0"
    return set(memory.store.database.execute(sql))


@pytest.fixture
def linked(memory):
    memory.add("see the Ice Drill manual", uri="a")
    memory.add("drilling", title="Ice Drill", uri="d")
    assert cites(memory) == {("a", "d")}
    return memory


def added(memory, writer, uri, title):
    return writer.add_document(uri, title, "h", ["words"], memory.embedder.embed(["words"]))


def test_topics_are_not_looked_up_inside_the_transaction(linked):
    linker = Linker(linked.store, linked.index)
    with linked.store.write(), pytest.raises(RuntimeError, match="transaction"):
        linker.topics("a", None, document(linked, "a").key)


def test_nothing_is_deleted_or_added_but_inside_the_block(linked):
    linker = Linker(linked.store, linked.index)
    topics = linker.topics("n", linked.embedder.embed(["words"]), None)
    with linked.store.write() as writer:
        with linker.change(writer, topics) as change:
            pass
        with pytest.raises(RuntimeError, match="inside the block"):
            change.delete(document(linked, "d"))
        new, nodes = added(linked, writer, "n", "New")
        with pytest.raises(RuntimeError, match="inside the block"):
            change.add(new, nodes, names=(), links=())
    assert document(linked, "d") is not None


def test_nothing_is_added_without_topics_nor_twice(linked):
    linker = Linker(linked.store, linked.index)
    topics = linker.topics("n", linked.embedder.embed(["words"]), None)
    with linked.store.write() as writer:
        new, nodes = added(linked, writer, "n", "New")
        with linker.change(writer) as change, pytest.raises(RuntimeError, match="topics"):
            change.add(new, nodes, names=(), links=())
        with linker.change(writer, topics) as change:
            change.add(new, nodes, names=(), links=())
            with pytest.raises(RuntimeError, match="one document"):
                change.add(new, nodes, names=(), links=())


def test_edges_are_drawn_at_the_end_of_the_block_and_not_after_an_error(linked):
    linker = Linker(linked.store, linked.index)
    with pytest.raises(KeyboardInterrupt), linked.store.write() as writer, linker.change(writer) as change:
        change.delete(document(linked, "d"))
        raise KeyboardInterrupt
    assert cites(linked) == {("a", "d")}
    # The names that the undone change forgot are known to the next one.
    topics = linker.topics("b", linked.embedder.embed(["words"]), None)
    with linked.store.write() as writer, linker.change(writer, topics) as change:
        new, nodes = writer.add_document("b", "B", "h", ["the Ice Drill"], linked.embedder.embed(["words"]))
        change.add(new, nodes, names=(), links=())
        assert cites(linked) == {("a", "d")}
    assert cites(linked) == {("a", "d"), ("b", "d")}


def test_two_changes_of_one_transaction_know_the_names_of_each_other(linked):
    linker = Linker(linked.store, linked.index)
    vectors = linked.embedder.embed(["words"])
    one, two = (linker.topics(uri, vectors, None) for uri in ("x", "y"))
    with linked.store.write() as writer:
        with linker.change(writer, one) as change:
            change.add(*added(linked, writer, "x", "Snow Drill"), names=(), links=())
        with linker.change(writer, two) as change:
            new, nodes = writer.add_document("y", "Y", "h", ["the Snow Drill broke"], vectors)
            change.add(new, nodes, names=(), links=())
    assert cites(linked) == {("a", "d"), ("y", "x")}
