from __future__ import annotations

import threading

import numpy as np
import pytest
from hash_embedder import HashEmbedder
from hypothesis import given
from hypothesis import strategies as st

from sanderling.filter import Filter
from sanderling.memory import Memory, Note
from sanderling.memory.retrieve import hybrid
from sanderling.memory.retrieve.attention_weights import shipped
from sanderling.memory.retrieve.hybrid import ABOUT, WEIGHTS, K, Weights, fuse, is_about
from sanderling.records import DEFAULT_SEARCH, SearchParams

channel = st.tuples(st.sampled_from((0.0, 0.5, 1.0, 2.0)), st.lists(st.integers(0, 30), unique=True, max_size=20))


def test_fused_by_hand():
    scores = fuse([(1.0, [7, 8]), (2.0, [8, 9]), (0.0, [5])])
    assert scores == {7: 1 / 61, 8: pytest.approx(1 / 62 + 2 / 61), 9: 2 / 62}
    assert fuse([(1.0, [3])], k=0) == {3: 1.0}


@given(st.lists(channel, max_size=4), channel)
def test_one_channel_more_takes_nothing_from_any_node(channels, more):
    before, after = fuse(channels), fuse([*channels, more])
    assert before.keys() <= after.keys()
    assert all(after[key] >= before[key] for key in before)


@given(st.lists(channel, min_size=1, max_size=4), st.integers(31, 40))
def test_first_everywhere_is_first(channels, first):
    counting = [(weight, [first, *keys]) for weight, keys in channels if weight]
    scores = fuse(counting)
    # The order of summation differs between nodes: two roundings per channel at most.
    bound = sum(weight for weight, _ in counting) / (K + 1)
    assert all(score <= scores[first] * (1 + 8 * 2.0**-52) for score in scores.values())
    assert not counting or scores[first] == pytest.approx(bound, rel=8 * 2.0**-52)


@given(channel, channel)
def test_a_node_ranks_no_worse_for_standing_higher_in_a_channel(one, other):
    weight, keys = one
    if len(keys) > 1:
        raised = [keys[-1], *keys[:-1]]
        assert fuse([(weight, raised), other]).get(keys[-1], 0) >= fuse([one, other]).get(keys[-1], 0)


class ShortSighted(HashEmbedder):
    """Reads the first six words of a text, and says nothing of it."""

    def embed(self, texts, on_truncated=None):
        return super().embed([" ".join(text.split()[:6]) for text in texts])


def find(memory, question, **options):
    return memory.find(question, memory.embedder.embed([question])[0], **options)


def uris(memory, found):
    """Documents in the order of their best nodes."""
    return list(dict.fromkeys(node.uri for node in memory.nodes(found.attended.keys)))


@pytest.fixture
def short_sighted(tmp_path):
    """A memory of 150 notes that all begin alike."""
    with Memory.open(tmp_path / "short.sanderling", ShortSighted()) as memory:
        for i in range(150):
            memory.add(f"the log of the station, day {i}", uri=f"log-{i}")
        yield memory


def test_a_rare_word_that_the_vector_misses_is_found(short_sighted):
    memory = short_sighted
    memory.add("wholly other words stand here first, then an amphiuma", uri="rare")
    # Enough nodes for words that most of them have to be passed over.
    memory.write_back([Note(text=f"the log of the station, night {i}") for i in range(150)])
    question = "the log of the station of an amphiuma"
    plain = memory.retrieve(memory.embedder.embed([question])[0])
    assert "rare" not in uris(memory, plain)
    assert uris(memory, find(memory, question, weights=Weights(attention=0.0)))[0] == "rare"
    assert "rare" in uris(memory, find(memory, question))[:3]


@pytest.fixture
def chain(short_sighted):
    """Further, a note whose title can be named and the one it cites, neither like any question."""
    short_sighted.add("zig zag zig zag zig zag made by Ada Plum", title="Blue Kettle", uri="kettle")
    short_sighted.add("quux quux quux quux quux quux", title="Ada Plum", uri="plum")
    return short_sighted


def test_what_a_named_document_cites_is_found_at_once(chain):
    found = uris(chain, find(chain, "in the log of the day, whose is the blue kettle?"))
    assert {"kettle", "plum"} <= set(found[:3])
    without = find(chain, "in the log of the day, whose is the blue kettle?", weights=Weights(cited=0.0))
    assert "plum" not in uris(chain, without)[:3]


def test_only_what_passes_the_filter_is_found_by_any_channel(chain):
    question = "in the log of the day, whose is the blue kettle of Ada Plum? zag quux"
    everything = set(uris(chain, find(chain, question)))
    assert {"kettle", "plum"} <= everything
    for kept in (("log-3", "log-4", "kettle"), ("plum", "log-9"), ("log-1",)):
        found = find(chain, question, filter=Filter(under=kept))
        assert set(uris(chain, found)) == set(kept)
    # The kettle is not there, so nothing leads from it to the plum either.
    asked = "the log of the station, whose is the blue kettle?"
    among = Filter(under=("plum", "log-1", "log-2", "log-3"))
    assert uris(chain, find(chain, asked, filter=among))[-1] == "plum"
    assert len(find(chain, question, filter=Filter(under=("nowhere",))).attended.keys) == 0


def test_both_weights_fall_and_sum_to_one(chain):
    found = find(chain, "whose is the blue kettle of the station?")
    for weights in (found.attended.weights, found.attended.prior_weights):
        assert (np.diff(weights) <= 0).all()
        # A sum of n terms in float32 is off by at most n roundings, each division by one.
        assert abs(float(weights.sum(dtype=np.float64)) - 1) <= (len(weights) + 1) * 2.0**-23
    assert len(set(found.attended.keys.tolist())) == len(weights) <= 256
    plain = chain.retrieve(chain.embedder.embed(["whose is the blue kettle of the station?"])[0])
    assert (found.hits.keys == plain.hits.keys).all()


def test_without_words_or_titles_nothing_is_changed(chain):
    # No word of the question is in any note, so that attention alone has anything to say.
    question = "perhaps whereupon notwithstanding"
    plain = chain.retrieve(chain.embedder.embed([question])[0])
    found = find(chain, question, weights=WEIGHTS)
    assert (found.attended.keys == plain.attended.keys).all()
    assert (found.attended.prior_weights == plain.attended.weights).all()
    # One channel: the share of rank r is 1 / (k + r), over the sum of all.
    shares = 1 / (K + np.arange(1, len(plain.attended.keys) + 1))
    np.testing.assert_allclose(found.attended.weights, shares / shares.sum(), rtol=2.0**-23)


def test_what_routers_read_of_a_question_is_what_ranked_its_notes(chain):
    question = "whose is the blue kettle of the station?"
    vector = chain.embedder.embed([question])[0]
    found, near = find(chain, question), chain.retrieve(vector, DEFAULT_SEARCH)
    alone = SearchParams(hops=0)
    with chain.store.read():
        candidates, _ = chain.candidates.search(question, near, None, alone.max_nodes)
        keys = candidates.keys
        trained = chain.index.weigh(candidates, alone, shipped())
        prior = chain.index.attend(near.vector, keys, alone)
    attended = found.attended
    assert (attended.keys == trained.keys).all()
    assert (attended.weights == trained.weights).all()
    assert not (attended.weights == prior.weights).all()
    # What routers read is the trained attention too.
    assert (attended.prior_weights == trained.weights).all()
    assert (attended.entropy, attended.depth_touched) == (trained.entropy, near.attended.depth_touched)
    # Without trained weights it is the prior, since shares of ranks tell nothing of a question.
    fused = find(chain, question, weights=WEIGHTS).attended
    assert fused.entropy == prior.entropy


def test_where_no_channel_counts_the_weights_are_those_of_the_attention(chain):
    question = "whose is the blue kettle of the station?"
    plain = chain.retrieve(chain.embedder.embed([question])[0])
    found = find(chain, question, weights=Weights(attention=0.0, words=0.0, titles=0.0, cited=0.0))
    assert (found.attended.keys == plain.attended.keys).all()
    assert (found.attended.weights == plain.attended.weights).all()


def test_an_empty_memory_and_small_limits(memory):
    assert len(find(memory, "anything").attended.keys) == 0
    for i in range(5):
        memory.add(f"note {i} of the otter", title=f"Otter {i}", uri=f"o{i}")
    assert (
        len(find(memory, "the Otter 3, the Otter 4, the otter", params=SearchParams(max_nodes=2, k=2)).attended.keys)
        == 2
    )


def test_threads_that_ask_write_and_save_do_not_wait_for_each_other_for_ever(memory, monkeypatch):
    monkeypatch.setattr("sanderling.memory.index.SAVE_EVERY_NODES", 1)
    for i in range(3):
        memory.add(f"note {i} of the otter", title=f"Otter {i}", uri=f"o{i}")
    stop, failures = threading.Event(), []

    def keep(work):
        try:
            while not stop.is_set():
                work()
        except Exception as error:
            failures.append(error)

    threads = [
        threading.Thread(target=keep, args=(lambda: find(memory, "the Otter 1 of note 2"),), daemon=True),
        threading.Thread(target=keep, args=(memory.index.save,), daemon=True),
    ]
    for thread in threads:
        thread.start()
    for i in range(20):
        memory.add(f"another {i}", title="Otter 9", uri=f"n{i}")
    stop.set()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


def test_a_question_is_about_a_note_that_its_words_find_too():
    assert is_about({1: 1.0, 2: 0.5}, {3: 8.0, 2: 8.0 * ABOUT})
    assert not is_about({1: 1.0, 2: 0.5}, {3: 8.0, 2: 7.9 * ABOUT})
    assert not is_about({1: 1.0}, {3: 8.0})
    assert is_about({1: 1.0}, {})  # no words were looked up


@pytest.fixture
def workshop(tmp_path):
    """A note that ``old workshop`` names, with a dozen notes that it cites, and the one note that answers."""
    with Memory.open(tmp_path / "workshop.sanderling", HashEmbedder()) as memory:
        things = [f"Tool {number}" for number in range(12)]
        for thing in things:
            memory.add(f"{thing} is on the wall.", title=thing, uri=thing)
        memory.add(f"On the wall: {', '.join(things)}.", title="Old Workshop", uri="workshop")
        memory.add("The yearly insurance premium of ninety crowns for the house falls due in May.", uri="papers")
        yield memory


def test_what_a_title_that_is_named_by_chance_cites_does_not_come_first(workshop, monkeypatch):
    asked = "yearly insurance premium, ninety crowns, house, falls due: when, and that in Old Workshop?"
    found = uris(workshop, find(workshop, asked, weights=WEIGHTS))
    assert found.index("papers") < min(found.index(uri) for uri in found if uri.startswith("Tool"))
    named = uris(workshop, find(workshop, "What is on the wall of Old Workshop?", weights=WEIGHTS))
    assert "workshop" in named[:9] and "papers" not in named[:9]
    monkeypatch.setattr(hybrid, "ABOUT", 0.0)
    found = uris(workshop, find(workshop, asked, weights=WEIGHTS))
    assert found.index("papers") > min(found.index(uri) for uri in found if uri.startswith("Tool"))


def test_a_name_of_many_notes_counts_less(tmp_path):
    with Memory.open(tmp_path / "many.sanderling", HashEmbedder()) as memory:
        for number in range(8):
            memory.add(f"Note {number} of the harbour, unlike the others.", title="Harbour", uri=f"harbour-{number}")
        memory.add("The crane of the harbour lifts nine tons at low tide.", title="Crane", uri="crane")
        found = uris(memory, find(memory, "What does the crane of the harbour lift at low tide?", weights=WEIGHTS))
    assert found[0] == "crane"
