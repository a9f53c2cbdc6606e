from __future__ import annotations

import numpy as np
import pytest
import slow_features
from slow_features import Anchors, Nodes
from slow_features import fast_table as table

from sanderling.memory.retrieve.features import FEATURES, PATHS


def drawn(random, nodes, anchors, hits, bridges):
    """Candidates and anchors of random values, some of them equal, as notes of one text have."""
    document = random.integers(0, max(1, nodes // 2), nodes)
    places = random.choice(nodes, anchors, replace=False).astype(np.uint64)
    kinds = int(random.choice([0, 1, 3, 7, 8, 9, 17, 130, 200]))
    share = random.dirichlet(np.ones(kinds)) if kinds else np.empty(0)
    columns = np.round(random.uniform(-1, 1, (6, nodes)), int(random.integers(1, 9)))
    ranks = np.abs(columns[4:]) * random.integers(0, 2)
    of = Nodes(
        cosine=columns[0],
        words=share[:, None] * (random.random((kinds, nodes)) < 0.4),
        named=columns[1],
        cited=3 * columns[2],
        first=8 * columns[3],
        rank_first=ranks[0],
        rank_second=ranks[1],
    )
    shape = (anchors, nodes)
    names = random.uniform(0, 2, (3, *shape)) * (random.random((3, *shape)) < 0.3)
    own = document[places.astype(int)][:, None] == document
    return of, Anchors(places, own, random.uniform(-1, 1, shape), *names, hits=hits, bridges=bridges)


@pytest.mark.parametrize("nodes", [1, 2, 7, 8, 9, 63, 250])
@pytest.mark.parametrize("seed", range(8))
def test_against_numpy(nodes, seed):
    random = np.random.default_rng([nodes, seed])
    anchors = int(random.integers(0, min(nodes, 8) + 1))
    hits = int(random.integers(0, anchors + 1))
    given = drawn(random, nodes, anchors, hits, int(random.integers(0, anchors - hits + 1)))
    # The words of a node lie side by side, as those of postings do: numpy's order of adding follows.
    of = given[0]._replace(words=np.asfortranarray(given[0].words))
    got, expected = table(*given), slow_features.table(of, given[1])
    assert got.dtype == np.float32 and got.shape == (nodes, len(FEATURES))
    # Means and deviations are summed in another order: n terms up to 16 err by n ε of their size, far below what a
    # spread above 1e-3 lets through to float32, of which values up to 2 have steps of 2.4e-7.
    assert np.allclose(got, expected.astype(np.float32), rtol=0, atol=2.4e-7)


def by_loops(anchors, first, cosine, words):
    """Return the same by loops over anchors and nodes, as the module's header has it."""
    count, has = len(first), words > 0
    share = words.max(axis=1, initial=0.0)
    found = {name: np.full(count, -np.inf) for name in PATHS}
    best = {}

    def cover(*those):
        return sum(share[word] for word in range(len(share)) if any(has[word, node] for node in those))

    def raise_to(name, node, value):
        found[name][node] = max(found[name][node], value)

    def worth(at, node):
        return slow_features.TIE * max(anchors.name[at, node], slow_features.IN_TITLE * anchors.name_in_title[at, node])

    for node in range(count):
        for at, place in enumerate(anchors.places):
            start = slow_features.FIRST * (first[place] - max(first))
            tie = worth(at, node)
            tied = tie if tie > 0 else slow_features.UNTIED
            beyond = cover(place, node) + slow_features.BEYOND * (
                cosine[node] - cosine[place] * anchors.cosine[at, node]
            )
            own = anchors.own[at, node]
            pair = -9.0 if own else start + slow_features.COVER * cover(place, node) + tie
            if pair > found["pair"][node]:
                best[node] = at
            raise_to("pair", node, pair)
            raise_to("tied", node, slow_features.UNTIED - 1 if own else start + tied)
            raise_to("beyond", node, -9.0 if own else start + tie + beyond)
            raise_to("tied_beyond", node, -9.0 if own else start + tied + beyond)
    highest = max(found["pair"])
    for node in range(count):
        for at, place in enumerate(anchors.places):
            before = best[place]
            never = anchors.own[at, node] or anchors.own[before, node]
            chain = slow_features.COVER * cover(anchors.places[before], place, node) + worth(at, node)
            raise_to("path", node, -9.0 if never else found["pair"][place] - highest + chain)
    return {name: values - max(values) for name, values in found.items()}


@pytest.mark.parametrize("seed", range(20))
def test_numpy_against_loops(seed):
    random = np.random.default_rng(seed)
    nodes, count, kinds = int(random.integers(3, 12)), int(random.integers(1, 4)), int(random.integers(0, 5))
    document = random.integers(0, 6, nodes)
    places = random.choice(nodes, min(count, nodes), replace=False)
    shape = (len(places), nodes)
    tied = random.uniform(0, 1, (2, *shape)) * (random.random((2, *shape)) < 0.4)
    own = document[places][:, None] == document
    anchors = Anchors(places, own, random.uniform(-1, 1, shape), tied[0], tied[0], tied[1], hits=0, bridges=0)
    words = random.dirichlet(np.ones(kinds))[:, None] * (random.random((kinds, nodes)) < 0.5) if kinds else None
    given = random.normal(size=nodes), random.uniform(-1, 1, nodes), np.zeros((0, nodes)) if words is None else words
    got, expected = slow_features.paths(anchors, *given), by_loops(anchors, *given)
    assert tuple(got) == PATHS
    for name in PATHS:
        # Sums of at most ten float64 terms below 10.
        assert np.allclose(got[name], expected[name], rtol=0, atol=1e-12), name


def nodes(cosine, words=None, **columns):
    none = np.zeros(len(cosine))
    names = ("named", "cited", "first", "rank_first", "rank_second")
    given = {name: np.array(columns.get(name, none), float) for name in names}
    return Nodes(
        cosine=np.array(cosine, float), words=np.zeros((0, len(cosine))) if words is None else np.array(words), **given
    )


def related(count, *rows, hits=0, bridges=0):
    """Anchors, of each place, own, cosine, name, names and name in title."""
    columns = [np.array([row[at] for row in rows], float).reshape(len(rows), count) for at in range(1, 6)]
    places = np.array([row[0] for row in rows], np.uint64)
    return Anchors(places, columns[0] > 0, *columns[1:], hits=hits, bridges=bridges)


def columns(of, anchors=None):
    return dict(zip(FEATURES, table(of, anchors or related(len(of.cosine))).T, strict=True))


def test_the_table_by_hand():
    of = nodes(
        [0.8, 0.6, 0.7],
        [[0.75, 0.0, 0.75], [0.0, 0.25, 0.25]],
        named=[1.0, 0, 0],
        rank_first=[0.6, 0.3, 0.1],
    )
    like, none = [1.0, 0.5, 0.25], np.zeros(3)
    phi = columns(of, related(3, (0, [1, 1, 0], like, [0.0, 0, 0.4], [0.0, 1, 5], none), hits=1))
    assert phi["cosine_below_best"] == pytest.approx([0, -0.2, -0.1])
    assert phi["near"] == pytest.approx([1, 10 / 12, 10 / 11])
    assert phi["words"] == pytest.approx([0.75, 0.25, 1])
    assert phi["words_rank"] == pytest.approx([10 / 11, 10 / 12, 1])
    # The mean is .7, the standard deviation the root of .02 / 3.
    assert phi["cosine_standard"] == pytest.approx([1.2247 / 4, -1.2247 / 4, 0], abs=1e-4)
    assert phi["rank_first"] == pytest.approx([1, 0.5, 1 / 6])
    assert phi["rank_first_log"] == pytest.approx(np.log([1, 0.5, 1 / 6]) / 6, abs=1e-6)
    assert not phi["rank_second"].any()
    assert (phi["is_hit_0"] == [1, 0, 0]).all() and (phi["same_document_hit_0"] == [0, 1, 0]).all()
    assert phi["like_hit_0"] == pytest.approx([0, 1, 0.5])
    # What is at right angles to the hit: q·x less (q·h)(h·x), here 0, .2 and .5; then of the largest.
    assert phi["beyond_hit_0"] == pytest.approx([0, 0.2 / 0.5, 1])
    assert phi["words_left_hit_0"] == pytest.approx([0, 1, 1])
    assert phi["names_hit_0"] == pytest.approx([0, 1 / 3, 1])
    assert phi["name_words_hit_0"] == pytest.approx([0, 0, 1]) and phi["name_beyond_hit_0"] == pytest.approx([0, 0, 1])
    assert not phi["name_in_title_hit_0"].any()
    # No second hit and no bridge.
    assert not any(phi[name].any() for name in FEATURES if name.endswith(("_hit_1", "bridge_0", "bridge_1")))


def test_bridges_have_columns_of_their_own():
    none = np.zeros(3)
    phi = columns(nodes([0.8, 0.6, 0.7]), related(3, (1, [0, 1, 0], [0.1, 1.0, 0.2], none, none, none), bridges=1))
    assert (phi["is_bridge_0"] == [0, 1, 0]).all() and not phi["is_hit_0"].any()


def test_a_chain_of_three_ends_at_the_last_note():
    # 0 covers the first word, 1 shares a name with it, 2 shares one with 1 and has the last word; 3 has it too, untied.
    of = nodes(np.zeros(4), [[0.5, 0, 0, 0], [0, 0, 0.5, 0.5]], first=[4.0, 1, 1, 1])
    none = np.zeros(4)
    rows = (0, [1, 0, 0, 0], none, [0, 0.9, 0, 0], none, none), (1, [0, 1, 0, 0], none, [0.9, 0, 0.9, 0], none, none)
    phi = columns(of, related(4, *rows))
    assert phi["path"].argmax() == 2 and phi["path"][3] < -0.25 and phi["path_rank"][2] == 1


def test_without_anchors_no_path_is_better_than_another():
    phi = columns(nodes([0.8, 0.6, 0.7]))
    assert not any(phi[name].any() for name in PATHS)
    assert phi["path_rank"] == pytest.approx([1, 10 / 11, 10 / 12])


def test_ties_to_a_hit_do_not_change_with_their_unit():
    random = np.random.default_rng(0)
    like, names = random.uniform(-1, 1, (2, 6))

    def with_unit(unit: float) -> np.ndarray:
        none = np.zeros(6)
        row = (0, [1, 0, 0, 0, 0, 0], unit * like, none, unit * np.abs(names), none)
        phi = columns(nodes(np.zeros(6)), related(6, row, hits=1))
        return np.array([column for name, column in phi.items() if name.endswith("_hit_0")])

    # Quotients of two products: three roundings, and one to float32.
    assert np.allclose(with_unit(1), with_unit(0.01), rtol=2.4e-7, atol=0)
    assert np.abs(with_unit(1)).max() <= 2


def test_standard_scores_do_not_change_with_unit_or_size():
    small = nodes(0.3 * np.array([1.0, 2, 5]))
    large = nodes(np.tile([0.1, 0.2, 0.5], 50))
    assert np.allclose(*(columns(of)["cosine_standard"][:3] for of in (small, large)), rtol=2.4e-7)


def test_without_words_or_nodes():
    phi = table(nodes([0.5]), related(1))
    assert phi.shape == (1, len(FEATURES)) and np.isfinite(phi).all()
    assert table(nodes([]), related(0)).shape == (0, len(FEATURES))


def test_any_edge_weight_stays_in_range():
    assert np.abs(table(nodes([0.5], cited=[3e38]), related(1))).max() == 2


def test_arrays_that_do_not_fit_are_refused():
    of, none = nodes([0.5, 0.4]), np.zeros(2)
    row = (0, none, none, none, none, none)
    for wrong in (
        related(2, (2, *row[1:])),
        related(2, row, hits=2),
        related(2, row)._replace(own=np.zeros((2, 2), bool)),
    ):
        with pytest.raises(ValueError, match=r"expected|must be"):
            table(of, wrong)
    with pytest.raises(TypeError, match=r"words: expected a C-contiguous numpy float64\[words, n\]"):
        table(of._replace(words=np.zeros((1, 2), np.float32)), related(2))
