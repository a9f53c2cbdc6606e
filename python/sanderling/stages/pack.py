"""Nodes by weight and a budget in, the sentences worth their tokens out.

Whole passages fill a small budget with the best one and its neighbours' padding, and the passage that holds the other
end of a chain is never shown. So sentences are chosen, one after another: the one with the most value per token, of

    value = (LEAD, if it is the first + BASE + share of the question's words in it, by rarity) / (1 + rank)^DECAY

The first sentence of a passage says what it is about; the title is shown anyway, so its words count for nothing. The
first sentence chosen of a passage bears the cost of the block's head and title. A passage whose title stands in a
better one's text ranks right behind that: it is where a chain goes on. A passage that tells nothing beside a better one
(:mod:`sanderling.text.near_duplicates`), its title included, is left out, and makes room for what differs.

The four constants were chosen among some thirty settings by how often the packed text held the answer, on five sets of
questions, at 256 and 512 tokens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from ..records import Node
from ..text.name_trie import bare_title
from ..text.near_duplicates import Fingerprint, adds_nothing, fingerprint
from ..text.sentences import rarity, relevance, sentences, words

LEAD = 0.5
BASE = 0.1
DECAY = 1.5
STEP = 0.5
POOL = 4
"""Candidates are taken until they hold so many times the budget: of what comes later nothing would be chosen."""

Render = Callable[[Node, int, str], str]
"""The block of a node, by its number, that shows a text of it."""


class Candidate(NamedTuple):
    """A passage that may be shown."""

    node: Node
    sentences: tuple[str, ...]
    head_tokens: int
    tokens: tuple[int, ...]
    """About, of each sentence."""


class Packed(NamedTuple):
    """A passage that is shown."""

    node: Node
    text: str
    """Whole sentences of the node's, in its order; the node's own text if that is all of them."""
    cut: bool


def pack(
    question: str, nodes: Iterable[Node], budget_tokens: int, count: Callable[[str], int], render: Render
) -> tuple[list[Packed], int]:
    """Choose what to show of ``nodes``, heaviest first; returns it in their order, and how many nodes were left out.

    The blocks take ``budget_tokens`` at most, each counted as ``render`` writes it. Copies and empty texts are not
    counted as left out. The same arguments give the same choice.
    """
    pool, others = _pool(nodes, budget_tokens, count, render)
    order = _by_value(question, pool, budget_tokens)
    # A block is counted once, not again for each sentence that another one loses.
    count = cache(count)
    while True:
        shown = [
            _packed(candidate, {at for place, at in order if place == number}) for number, candidate in enumerate(pool)
        ]
        kept = [each for each in shown if each is not None]
        # Sentences were estimated, and parts need not add up to the whole: what was chosen last goes until it fits.
        if sum(count(render(each.node, at, each.text)) for at, each in enumerate(kept, 1)) <= budget_tokens:
            return kept, len(pool) - len(kept) + others
        order.pop()


def _pool(
    nodes: Iterable[Node], budget_tokens: int, count: Callable[[str], int], render: Render
) -> tuple[list[Candidate], int]:
    """Return the candidates, and how many nodes come after them."""
    pool: list[Candidate] = []
    prints: list[tuple[Fingerprint, set[str]]] = []
    tokens = others = 0
    for node in nodes:
        if tokens > POOL * budget_tokens:
            others += 1
            continue
        mark, title = fingerprint(node.text), set(words(node.title))
        # The same words under another title are said of something else.
        if not mark.plain or any(title <= known and adds_nothing(mark, other) for other, known in prints):
            continue
        prints.append((mark, title.union(words(node.text))))
        parts = tuple(sentences(node.text))
        candidate = Candidate(node, parts, count(render(node, len(pool) + 1, "")), _shares(parts, count(node.text)))
        tokens += candidate.head_tokens + sum(candidate.tokens)
        pool.append(candidate)
    return pool, others


def _shares(parts: Sequence[str], tokens: int) -> tuple[int, ...]:
    """Return about how many tokens each sentence takes, rounded up, by its length: counting each would take long."""
    characters = sum(map(len, parts))
    return tuple(math.ceil(tokens * len(part) / characters) for part in parts)


def _values(question: str, pool: Sequence[Candidate]) -> dict[tuple[int, int], float]:
    """Return what each (candidate, sentence) is worth."""
    said = [[words(part) for part in candidate.sentences] for candidate in pool]
    idf = rarity(part for parts in said for part in parts)
    asked = words(question)
    ranks = _ranks(pool, said)
    values = {}
    for place, (candidate, parts) in enumerate(zip(pool, said, strict=True)):
        title = set(words(candidate.node.title))
        wanted = [word for word in asked if word not in title]
        # A heading that repeats the title is no beginning.
        first = next((at for at, part in enumerate(parts) if not title.issuperset(part)), 0)
        for at, part in enumerate(parts):
            worth = BASE + (LEAD if at == first else 0.0) + relevance(part, wanted, idf)
            values[place, at] = worth / (1 + ranks[place]) ** DECAY
    return values


def _by_value(question: str, pool: Sequence[Candidate], budget_tokens: int) -> list[tuple[int, int]]:
    """Return (candidate, sentence) in the order in which they were chosen."""
    values = _values(question, pool)
    chosen: list[tuple[int, int]] = []
    begun: set[int] = set()
    left = budget_tokens

    def cost(item: tuple[int, int]) -> int:
        place, at = item
        # At least 1: a tokenizer may make nothing of a text.
        return max(pool[place].tokens[at] + (0 if place in begun else pool[place].head_tokens), 1)

    def entry(item: tuple[int, int]) -> tuple[float, tuple[int, int], int]:
        return (-values[item] / cost(item), item, cost(item))

    # A heap, and no look at every sentence for each that is chosen: a page may hold thousands.
    heap = [entry(item) for item in values]
    heapify(heap)
    while heap:
        _, best, tokens = heappop(heap)
        # Taken already, counted with a head that is shown by now, or too long: what is left only shrinks.
        if best not in values or tokens != cost(best) or tokens > left:
            continue
        left -= tokens
        chosen.append(best)
        del values[best]
        if best[0] not in begun:
            begun.add(best[0])
            for item in ((best[0], at) for at in range(len(pool[best[0]].sentences))):
                if item in values:
                    heappush(heap, entry(item))
    return chosen


def _ranks(pool: Sequence[Candidate], said: Sequence[Sequence[Sequence[str]]]) -> list[float]:
    """Return the place of each candidate, from 0, or that of a better one whose text names its title, and STEP."""
    parts = [[frozenset(part) for part in parts] for parts in said]
    ranks: list[float] = []
    for place, candidate in enumerate(pool):
        title = frozenset(words(bare_title(candidate.node.title)))
        named = (
            ranks[better] + STEP for better in range(place) if title and any(title <= part for part in parts[better])
        )
        ranks.append(min([float(place), *named]))
    return ranks


def _packed(candidate: Candidate, chosen: set[int]) -> Packed | None:
    if not chosen:
        return None
    if len(chosen) == len(candidate.sentences):
        return Packed(candidate.node, candidate.node.text, cut=False)
    return Packed(candidate.node, " ".join(candidate.sentences[at] for at in sorted(chosen)), cut=True)
