from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanderling.memory.index import MemoryIndex
from sanderling.memory.store.degree import DEGREE_BUDGET, HALF_LIFE_DAYS, trim
from sanderling.memory.store.store import Store

NODES = 8
NOW = datetime.now(UTC)
EDGE = st.tuples(
    st.integers(1, NODES),
    st.integers(1, NODES),
    st.sampled_from(["cites", "follows", "same_topic"]),
    st.sampled_from([0.25, 0.5, 1.0]),
    st.sampled_from(["agent", "user"]),
    st.sampled_from([0, 100, 400]),
)


def fill(store, count):
    """``count`` nodes, with keys from 1."""
    with store.write() as writer:
        for i in range(count):
            writer.add_node(f"node {i}", np.eye(4, dtype=np.float32)[i % 4])


def draw(store, rel, edges, *, days=0, **more):
    """Add edges, dated so many days ago, in one transaction."""
    with store.write() as writer:
        writer.add_edges(rel, edges, **more)
        for src, dst, _ in edges:
            when = (NOW - timedelta(days=days)).isoformat(timespec="seconds")
            sql = "UPDATE edge SET timestamp = ? WHERE src = ? AND dst = ?"
            store.database.execute(sql, (when, src, dst))


def rows(store):
    return store.database.execute(
        "SELECT e.key, src, dst, r.name, weight * confidence, created_by, timestamp FROM edge e "
        "JOIN relation r ON r.id = e.rel ORDER BY e.key"
    )


def degrees(edges):
    return Counter(end for _, src, dst, *_ in edges for end in {src, dst})


def naive(edges, budget):
    """Take out the least edge at a node over budget, until there is none."""

    def rank(edge):
        key, _, _, rel, worth, creator, timestamp = edge
        age_days = (NOW - datetime.fromisoformat(timestamp)) / timedelta(days=1)
        return rel == "follows", creator == "user", worth * 0.5 ** (age_days / HALF_LIFE_DAYS), key

    left = sorted(edges, key=rank)
    while True:
        degree = degrees(left)
        over = [edge for edge in left if max(degree[edge[1]], degree[edge[2]]) > budget]
        if not over:
            return {edge[0] for edge in left}
        left.remove(over[0])


@settings(max_examples=60, deadline=None)
@given(st.lists(EDGE, max_size=60), st.integers(1, 6))
def test_the_least_go_and_no_more_than_must(tmp_path_factory, drawn, budget):
    store = Store.open(tmp_path_factory.mktemp("d") / "m", "test-4", 4)
    try:
        fill(store, NODES)
        for src, dst, rel, weight, creator, days in drawn:
            draw(store, rel, [(src, dst, weight)], created_by=creator, days=days)
        before = rows(store)
        with store.write():
            gone = trim(store.database, range(1, NODES + 1), budget)
        after = rows(store)
        assert {edge[0] for edge in after} == {edge[0] for edge in before} - set(gone) == naive(before, budget)
        assert max(degrees(after).values(), default=0) <= budget
        assert store.integrity() == ()
    finally:
        store.close()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_budget_holds_after_every_transaction_and_the_index_follows(tmp_path_factory, seed):
    rng = random.Random(seed)
    store = Store.open(tmp_path_factory.mktemp("d") / "m", "test-4", 4)
    try:
        fill(store, 100)
        index = MemoryIndex(store)
        for _ in range(6):
            hubs = [rng.randint(1, 3) for _ in range(60)]
            edges = [(hub, rng.randint(1, 100), rng.uniform(0.1, 1)) for hub in hubs]
            edges = [edge if rng.random() < 0.5 else (edge[1], edge[0], edge[2]) for edge in edges]
            with store.write() as writer:
                writer.add_edges(rng.choice(["cites", "same_topic", "by hand"]), edges)
            assert max(degrees(rows(store)).values()) <= DEGREE_BUDGET
            index.catch_up()
            assert index.edge_count == store.stats().edges
        index.save()
        assert MemoryIndex(store).warnings == []
    finally:
        store.close()


def test_weight_confidence_and_age_decide(store):
    fill(store, DEGREE_BUDGET + 4)
    draw(store, "cites", [(1, i, 0.9) for i in range(2, DEGREE_BUDGET)])
    draw(store, "cites", [(1, DEGREE_BUDGET, 0.8)])
    draw(store, "cites", [(1, DEGREE_BUDGET + 1, 1.0)], days=int(HALF_LIFE_DAYS))
    assert degrees(rows(store))[1] == DEGREE_BUDGET
    # 1 after a half-life is 0.5 and goes first, then 0.6 = 1 x 0.6, which has only just come, then 0.8.
    draw(store, "cites", [(DEGREE_BUDGET + 2, 1, 0.9)])
    assert DEGREE_BUDGET + 1 not in {edge[2] for edge in rows(store)}
    draw(store, "cites", [(DEGREE_BUDGET + 3, 1, 1.0)], confidence=0.6)
    assert DEGREE_BUDGET + 3 not in {edge[1] for edge in rows(store)}
    draw(store, "cites", [(DEGREE_BUDGET + 3, 1, 0.9)])
    assert DEGREE_BUDGET not in {edge[2] for edge in rows(store)}
    assert degrees(rows(store))[1] == DEGREE_BUDGET


def test_reading_order_and_what_a_user_drew_stay_longest(store):
    fill(store, DEGREE_BUDGET + 5)
    draw(store, "follows", [(1, 2, 0.01), (3, 1, 0.01)], days=5000)
    draw(store, "cites", [(1, 4, 0.01)], created_by="user", days=5000)
    draw(store, "same_topic", [(i, 1, 1.0) for i in range(5, DEGREE_BUDGET + 6)])
    left = {(src, dst) for _, src, dst, *_ in rows(store) if 1 in (src, dst)}
    assert {(1, 2), (3, 1), (1, 4)} <= left
    assert len(left) == DEGREE_BUDGET


def test_other_nodes_are_left_as_they_are(store):
    fill(store, 5)
    draw(store, "cites", [(1, 2, 1.0), (1, 3, 1.0), (2, 3, 0.1)])
    with store.write():
        assert trim(store.database, [2, 4, 999], 2) == []
        assert trim(store.database, [1], 1) == [1]
    assert len(rows(store)) == 2


def test_a_transaction_that_fails_drops_nothing(store):
    fill(store, DEGREE_BUDGET + 2)
    draw(store, "cites", [(1, i, 0.5) for i in range(2, DEGREE_BUDGET + 2)])
    before = rows(store)
    with pytest.raises(ZeroDivisionError), store.write() as writer:
        writer.add_edges("cites", [(1, DEGREE_BUDGET + 2, 1.0)])
        raise ZeroDivisionError
    assert rows(store) == before


def test_a_title_that_everything_mentions(memory):
    memory.add("the station", title="North Station", uri="hub")
    for i in range(DEGREE_BUDGET + 10):
        memory.add(f"seen from North Station on day {i}", uri=f"d{i}")
    assert max(degrees(rows(memory.store)).values()) <= DEGREE_BUDGET
    assert memory.index.edge_count == memory.stats().edges
    assert memory.store.integrity() == ()
