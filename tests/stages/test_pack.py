from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sanderling.records import Node
from sanderling.stages import pack as packing
from sanderling.stages.heads import render
from sanderling.stages.pack import pack
from sanderling.text.sentences import rarity, relevance, sentences, words


def node(key: int, text: str, title: str = "") -> Node:
    return Node(key=key, id=f"id-{key}", text=text, title=title)


def count(text: str) -> int:
    return len(re.findall(r"\w+|[^\w\s]", text))


def counts(texts: list[str]) -> list[int]:
    return [count(text) for text in texts]


def shown(node: Node, number: int, text: str) -> str:
    return render(node, number, 0.5, text)


def packed(question: str, nodes: list[Node], budget: int) -> dict[int, str]:
    return {each.node.key: each.text for each in pack(question, nodes, budget, counts, shown)[0]}


WORDS = st.sampled_from(
    ["pump", "leaks", "Ada", "Plum", "not", "1987", "Narvik", "the", "of", "winter", "Dr.", "é", "猫"]
)
SENTENCE = st.builds(
    lambda parts, end: " ".join(parts) + end, st.lists(WORDS, min_size=1, max_size=9), st.sampled_from(".?!")
)
TEXT = st.builds(
    lambda parts, gap: gap.join(parts), st.lists(SENTENCE, max_size=6), st.sampled_from([" ", "\n\n", "  "])
)
NODES = st.lists(st.tuples(TEXT, st.sampled_from(["", "Ada Plum", "Pump"])), max_size=8).map(
    lambda pairs: [node(key, text, title) for key, (text, title) in enumerate(pairs)]
)


@given(SENTENCE, NODES, st.integers(0, 200))
def test_never_over_budget_always_whole_sentences_always_the_same(question, nodes, budget):
    kept, left_out = pack(question, nodes, budget, counts, shown)
    assert sum(count(shown(each.node, number, each.text)) for number, each in enumerate(kept, 1)) <= budget
    assert [each.node.key for each in kept] == sorted({each.node.key for each in kept})
    assert 0 <= left_out <= len(nodes) - len(kept)
    for each in kept:
        whole = sentences(each.node.text)
        part = sentences(each.text)
        assert part and not Counter(part) - Counter(whole)
        assert each.cut == (len(part) < len(whole))
        if not each.cut:
            assert each.text == each.node.text
        # In the order of the source.
        left = iter(whole)
        assert all(sentence in left for sentence in part)
    assert pack(question, nodes, budget, counts, shown) == (kept, left_out)


@given(NODES)
def test_with_room_for_all_only_what_adds_nothing_is_missing(nodes):
    kept, left_out = pack("", nodes, 10_000, counts, shown)
    assert left_out == 0
    everything = " ".join(each.text for each in kept)
    assert {word for each in nodes for word in re.findall(r"\w+", each.text.casefold())} <= set(
        re.findall(r"\w+", everything.casefold())
    )
    assert not any(each.cut for each in kept)


@given(TEXT)
def test_sentences_lose_only_white_space(text):
    assert re.sub(r"\s", "", "".join(sentences(text))) == re.sub(r"\s", "", text)


@given(TEXT)
def test_joined_sentences_are_the_same_sentences(text):
    once = sentences(text)
    assert sentences(" ".join(once)) == once


def test_initials_and_titles_end_no_sentence():
    assert sentences("Dr. J. Lind came. She left.\nA heading\nMore") == [
        "Dr. J. Lind came.",
        "She left.",
        "A heading",
        "More",
    ]


FILM = node(
    1, "Low Tide is a film of 1933. It was shot in Cornwall. Ada Plum directed it. It won no prize.", "Low Tide"
)
COPY = node(2, "Low Tide is a film of 1933. It was shot in Cornwall. Ada Plum directed it.", "Low Tide")
PLUM = node(
    3, "Ada Plum was born in Narvik. She kept a long boat and many cats there. She disliked winter.", "Ada Plum"
)


def test_both_ends_of_a_chain_are_in_a_small_budget_where_a_copy_would_have_filled_it():
    question = "Where was the director of Low Tide born?"
    kept = packed(question, [FILM, COPY, PLUM], 45)
    assert list(kept) == [1, 3]
    assert kept[3].startswith("Ada Plum was born in Narvik.")
    # As it stands, the best passage and its copy alone would take more than all of it.
    assert sum(count(shown(each, 1, each.text)) for each in (FILM, COPY)) > 45


@pytest.mark.parametrize(
    ("other", "stays"),
    [
        ("Low Tide is a film of 1934. It was shot in Cornwall. Ada Plum directed it. It won no prize.", True),
        ("Low Tide is a film of 1933. It was not shot in Cornwall. Ada Plum directed it. It won a prize.", True),
        ("low tide  is a FILM of 1933. It was shot in Cornwall.\nAda Plum directed it. It won no prize.", False),
        ("It was shot in Cornwall.", False),
    ],
)
def test_a_copy_is_left_out_and_another_number_or_a_denial_is_not(other, stays):
    assert (5 in packed("Low Tide?", [FILM, node(5, other, "Low Tide")], 1000)) == stays


def test_the_same_words_under_another_title_are_said_of_something_else():
    nodes = [node(1, "Born in Narvik.", "Ada"), node(2, "Born in Narvik.", "Bo"), node(3, "Born in Narvik.", "Ada")]
    assert list(packed("", nodes, 1000)) == [1, 2]


def test_the_sentence_with_the_answer_is_kept_from_the_middle_of_a_long_note():
    filler = [f"On day {day} the kitchen served soup and bread." for day in range(12)]
    text = " ".join([*filler[:7], "The feed pump is repaired by Ada Lind.", *filler[7:]])
    kept = packed("Who repairs the feed pump?", [node(1, text, "Diary")], 50)
    assert "Ada Lind" in kept[1]
    assert kept[1].startswith(filler[0])  # what the note is about


def test_a_heading_that_repeats_the_title_does_not_stand_for_the_beginning():
    text = "# Pump\n\nIt feeds the boiler. " + "It is green and stands in the cellar of the old house. " * 3
    kept = packed("", [node(1, text, "Pump")], 20)[1]
    assert "It feeds the boiler." in kept
    assert "green" not in kept


def test_relevance_counts_rare_words_and_forgets_common_ones():
    said = [words(text) for text in ("The pump leaks.", "The pump hums.", "The pump sings.")]
    idf = rarity(said)
    assert idf["leak"] > idf["pump"] > 0
    assert "the" not in idf
    assert relevance(said[0], ["leak", "pump"], idf) == pytest.approx(1.0)
    assert relevance(said[1], ["leak", "pump"], idf) == pytest.approx(idf["pump"] / (idf["pump"] + idf["leak"]))
    assert relevance(said[1], ["absent"], idf) == 0.0


@given(st.lists(TEXT, max_size=5), st.integers(1, 60))
def test_sentences_are_chosen_as_by_looking_at_all_of_them_each_time(texts: list[str], budget: int) -> None:
    nodes = [node(key, text, f"t{key}") for key, text in enumerate(texts)]
    pool, _ = packing._pool(nodes, budget, counts, shown)
    left, begun, wanted = budget, set[int](), []
    values = packing._values("Ada Plum leaks in winter", pool)

    def cost(item: tuple[int, int]) -> int:
        place, at = item
        return max(pool[place].tokens[at] + (0 if place in begun else pool[place].head_tokens), 1)

    while affordable := [item for item in values if cost(item) <= left]:
        best = max(affordable, key=lambda item: (values[item] / cost(item), -item[0], -item[1]))
        left -= cost(best)
        begun.add(best[0])
        wanted.append(best)
        del values[best]
    assert packing._by_value("Ada Plum leaks in winter", pool, budget) == wanted


def test_initials_in_a_row_are_one_sentence() -> None:
    assert sentences("A. B.  C.\nD. E. Dr. Who came. He left.") == ["A. B. C. D. E. Dr. Who came.", "He left."]
    assert sentences("one \t\n\u00a0two   three") == ["one", "two   three"]


def test_a_word_is_found_by_its_beginning_and_a_number_where_one_is_asked_for() -> None:
    said = "The station is old. " * 3
    one = node(1, said + "The inventor came by ship. The cook came on foot.", "Station")
    assert "inventor" in packed("Who had invented it?", [one], 16)[1]
    other = node(1, said + "It sank in a storm one night. It sank in the storm of 1987.", "Ship")
    assert "1987" in packed("When sank it?", [other], 20)[1]
    assert "1987" not in packed("Where sank it?", [other], 20)[1]


NAMED = "| Part | Supplier | Kept | Promised |"
PARTS = f"Parts of the boiler.\n\n{NAMED}\n|---|---|---|---|\n" + "\n".join(
    f"| PN-{1000 + 7 * n} | Firm{n} | {n} | {n % 9} |" for n in range(40)
)


@pytest.mark.parametrize("budget", [45, 60, 120, 300])
def test_a_row_is_shown_behind_the_header_of_its_table(budget: int) -> None:
    found = packed("How many of PN-1140 are promised?", [node(1, PARTS, "Store"), node(2, "Soup on Fridays.")], budget)
    lines = found[1].split("\n")
    assert lines.count(NAMED) == 1
    assert "| PN-1140 | Firm20 | 20 | 2 |" in lines[lines.index(NAMED) + 1 :]
    kept, _ = pack("How many of PN-1140 are promised?", [node(1, PARTS, "Store")], budget, counts, shown)
    assert sum(count(shown(each.node, at, each.text)) for at, each in enumerate(kept, 1)) <= budget


def test_a_header_without_rows_is_not_shown() -> None:
    text = f"The supplier is promised payment on Mondays.\n\n{PARTS}"
    for budget in range(5, 40):
        found = packed("What is the supplier promised?", [node(1, text)], budget).get(1, "")
        assert (NAMED in found) == ("PN-" in found)


def test_two_tables_of_one_note_have_their_own_headers() -> None:
    text = (
        "| Town | Bread |\n|-|-|\n| Narvik | 3 |\n\nThen.\n\n| Day | Fish |\n|-|-|\n| Narvik | 9 |\n\n"
        + "Other words. " * 99
    )
    (shown_text,) = packed("Narvik", [node(1, text)], 40).values()
    assert "| Town | Bread |\n| Narvik | 3 |" in shown_text and "| Day | Fish |\n| Narvik | 9 |" in shown_text


TABLES = st.lists(
    st.tuples(st.sampled_from(["| Pump | Ada |", "| Year | Place | of |"]), st.lists(SENTENCE, min_size=1, max_size=6)),
    min_size=1,
    max_size=3,
)


@given(SENTENCE, TABLES, st.integers(0, 120))
def test_never_over_budget_with_tables_and_never_a_row_without_its_header(question, made, budget):
    text = "\n\n".join(
        f"Text.\n\n{header}\n|{'-|' * (header.count('|') - 1)}\n" + "\n".join(f"| {cell} | 1 |" for cell in rows)
        for header, rows in made
    )
    kept, _ = pack(question, [node(1, text, "T"), node(2, "Other words.")], budget, counts, shown)
    assert sum(count(shown(each.node, number, each.text)) for number, each in enumerate(kept, 1)) <= budget
    for each in kept:
        header = ""
        for line in each.text.split("\n"):
            header = line if line in ("| Pump | Ada |", "| Year | Place | of |") else header
            assert header or not line.startswith("|")


@given(SENTENCE, st.lists(TEXT, max_size=8), st.integers(0, 200), st.integers(1, 4))
def test_no_more_documents_than_asked_for_are_shown(question, texts, budget, most):
    nodes = [node(key, text) for key, text in enumerate(texts)]
    # Two nodes of a document count once.
    nodes = [replace(each, uri=f"file:///{each.key // 2}") for each in nodes]
    kept, left_out = pack(question, nodes, budget, counts, shown, max_docs=most)
    assert len({each.node.uri for each in kept}) <= most
    assert 0 <= left_out <= len(nodes) - len(kept)
    everything, _ = pack(question, nodes, budget, counts, shown, max_docs=len(nodes) + 1)
    assert everything == pack(question, nodes, budget, counts, shown)[0]


def test_what_one_document_leaves_free_goes_to_its_other_sentences():
    nodes = [node(0, "The pump leaks. It was bought in 1987."), node(1, "The pump is red. Ada knows the pump.")]
    # Sentences are estimated, each rounded up.
    budget = count(shown(nodes[0], 1, nodes[0].text)) + 2
    kept, _ = pack("What of the pump?", nodes, budget, counts, shown, max_docs=1)
    assert [(each.node.key, each.text) for each in kept] == [(0, nodes[0].text)]
