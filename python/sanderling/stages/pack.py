"""Choose sentences of the retrieved notes for the prompt, by their value per token.

Whole notes would fill a small budget with the best one and the padding of its neighbours, and the note at the other end
of a chain of reasoning would never be shown. So sentences are chosen greedily by value per token, where

    value = (LEAD, if it is the first + BASE + share of the question's words in it, by rarity) / (1 + rank)^DECAY

and KIND times as much if it holds a thing of the kind that is asked for: a digit, or a name. Words are compared by
their first letters. The first sentence of a note says what the note is about. The title is always shown, so words of
the question that occur in it count for nothing. The first sentence chosen from a note bears the cost of the block's
head and title. Rows of tables are chosen as sentences are; each is shown behind the header of its table, whose cost the
first of them bears, because a number without the name of its column says nothing. A note whose title occurs in the text
of a better one ranks right behind that one, because a chain of reasoning goes on there. A note that adds nothing to a
better one, title included (:mod:`sanderling.text.near_duplicates`), is left out.

The constants were chosen by how often the packed text held the answer, on five sets of questions; what they gain was
measured on other questions of these sets (``bench_device/LOG.md``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import groupby
from typing import NamedTuple

from ..records import Node
from ..text.name_trie import bare_title
from ..text.near_duplicates import Fingerprint, adds_nothing, fingerprint
from ..text.passages import Passage, joined_rows, passages
from ..text.questions.question import asked_for, may_answer
from ..text.sentences import rarity, relevance, stems, words
from .heads import joined

LEAD = 0.2
BASE = 0.1
DECAY = 1.5
STEP = 0.5
KIND = 1.6
POOL = 4
"""Candidates are taken until they hold this many times the budget; nothing beyond would be chosen."""
CHARS_PER_TOKEN = 4
"""Characters per token, from which the number of notes to count at once follows. A text with more characters a token
takes a second batch."""

Count = Callable[[Sequence[str]], list[int]]
"""Returns the number of tokens of each text; one call for many, because each is an exchange with another process."""
Render = Callable[[Node, int, str], str]
"""Returns the block of a node, given its number and the text to show."""


class Candidate(NamedTuple):
    """A note that may be shown."""

    node: Node
    passages: tuple[Passage, ...]
    """Its sentences, and the rows of its tables."""
    head_tokens: int
    tokens: tuple[int, ...]
    """Estimated tokens of each passage."""
    header_tokens: dict[str, int]
    """Estimated tokens of each table's header."""


class Packed(NamedTuple):
    """A note that is shown, whole or in part."""

    node: Node
    text: str
    """Whole sentences in their order; the node's own text if none is left out."""
    cut: bool
    tokens: int = 0
    """Tokens of the block as rendered."""


def pack(
    question: str, nodes: Iterable[Node], budget_tokens: int, count: Count, render: Render, max_docs: int = 0
) -> tuple[list[Packed], int]:
    """Return the notes to show, and how many others were omitted.

    Each note is shown whole or in part.

    ``nodes``: heaviest first; the notes to show are in the same order. ``budget_tokens``: upper bound of all blocks
    together, each counted as ``render`` writes it. ``max_docs``: most documents to show; 0: as many as fit. Copies and
    empty texts do not count as omitted. The choice is deterministic.
    """
    # A block is counted once, not again for each sentence that another one loses.
    count = remembered(count)
    pool, others = _pool(nodes, budget_tokens, count, render)
    order = _by_value(question, pool, budget_tokens, max_docs)
    while True:
        shown = [
            _packed(candidate, {at for place, at in order if place == number}) for number, candidate in enumerate(pool)
        ]
        kept = [each for each in shown if each is not None]
        counts = count([render(each.node, at, each.text) for at, each in enumerate(kept, 1)])
        # Sentences were estimated, and parts need not add up to the whole: what was chosen last goes until it fits.
        if sum(counts) <= budget_tokens:
            kept = [each._replace(tokens=tokens) for each, tokens in zip(kept, counts, strict=True)]
            return kept, len(pool) - len(kept) + others
        order.pop()


def remembered(count: Count) -> Count:
    """Return ``count`` with a cache, so that no text is counted twice."""
    known: dict[str, int] = {}

    def counted(texts: Sequence[str]) -> list[int]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, count(new), strict=True))
        return [known[text] for text in texts]

    return counted


def _pool(nodes: Iterable[Node], budget_tokens: int, count: Count, render: Render) -> tuple[list[Candidate], int]:
    """Return the candidates, and the number of nodes that were not considered."""
    pool: list[Candidate] = []
    wanted, tokens, all_nodes = POOL * budget_tokens, 0, list(nodes)
    news = distinct(all_nodes)
    last = 0
    while tokens <= wanted and (batch := list(_at_least(news, (wanted - tokens) * CHARS_PER_TOKEN))):
        heads = [render(node, number, "") for number, (_, node) in enumerate(batch, len(pool) + 1)]
        counts = count([*heads, *(node.text for _, node in batch)])
        for (at, node), head, whole in zip(batch, counts[: len(batch)], counts[len(batch) :], strict=True):
            if tokens > wanted:
                break
            parts = tuple(passages(node.text))
            headers = tuple(dict.fromkeys(part.header for part in parts if part.header))
            shares = _shares([*(part.text for part in parts), *headers], whole)
            of_headers = dict(zip(headers, shares[len(parts) :], strict=True))
            pool.append(Candidate(node, parts, head, shares[: len(parts)], of_headers))
            tokens += head + sum(shares)
            last = at + 1
    return pool, len(all_nodes) - last if tokens > wanted else 0


def distinct(nodes: Iterable[Node]) -> Iterator[tuple[int, Node]]:
    """Yield (index, node) for each node that adds something new to the nodes before it."""
    prints: list[tuple[Fingerprint, set[str]]] = []
    for place, node in enumerate(nodes):
        mark, title = fingerprint(node.text), set(words(node.title))
        # The same words under another title are about something else.
        if mark.plain and not any(title <= known and adds_nothing(mark, other) for other, known in prints):
            prints.append((mark, title.union(words(node.text))))
            yield place, node


def _at_least(nodes: Iterator[tuple[int, Node]], characters: int) -> Iterator[tuple[int, Node]]:
    """Yield nodes until the texts yielded have more than ``characters`` characters."""
    for place, node in nodes:
        yield place, node
        characters -= len(node.text)
        if characters < 0:
            return


def _shares(parts: Sequence[str], tokens: int) -> tuple[int, ...]:
    """Estimate the tokens of each sentence from its length, rounded up, because counting them would take long."""
    characters = sum(map(len, parts))
    return tuple(math.ceil(tokens * len(part) / characters) for part in parts)


def _values(question: str, pool: Sequence[Candidate]) -> dict[tuple[int, int], float]:
    """Return the value of each sentence, keyed by the indices (candidate, sentence)."""
    said = [[stems(part.text) for part in candidate.passages] for candidate in pool]
    idf = rarity(part for parts in said for part in parts)
    asked, kind = stems(question), asked_for(question)
    ranks = _ranks(pool, said)
    values = {}
    for place, (candidate, parts) in enumerate(zip(pool, said, strict=True)):
        title = set(stems(candidate.node.title))
        wanted = [word for word in asked if word not in title]
        # A heading that repeats the title is no beginning.
        first = next((at for at, part in enumerate(parts) if not title.issuperset(part)), 0)
        for at, part in enumerate(parts):
            worth = BASE + (LEAD if at == first else 0.0) + relevance(part, wanted, idf)
            worth *= KIND if may_answer(kind, candidate.passages[at].text) else 1.0
            values[place, at] = worth / (1 + ranks[place]) ** DECAY
    return values


def _by_value(question: str, pool: Sequence[Candidate], budget_tokens: int, max_docs: int = 0) -> list[tuple[int, int]]:
    """Return the chosen sentences as indices (candidate, sentence), in the order in which they were chosen."""
    values = _values(question, pool)
    chosen: list[tuple[int, int]] = []
    # Notes, and headers of tables in them, that are shown already.
    begun: set[int] = set()
    headed: set[tuple[int, str]] = set()
    documents: set[str] = set()
    left = budget_tokens

    def cost(item: tuple[int, int]) -> int:
        place, at = item
        head = 0 if place in begun else pool[place].head_tokens
        header = pool[place].passages[at].header
        head += pool[place].header_tokens[header] if header and (place, header) not in headed else 0
        # At least 1: a tokenizer may make nothing of a text.
        return max(pool[place].tokens[at] + head, 1)

    def entry(item: tuple[int, int]) -> tuple[float, tuple[int, int], int]:
        return (-values[item] / cost(item), item, cost(item))

    # A heap, because a note may have thousands of sentences and scanning all for each choice would be quadratic.
    heap = [entry(item) for item in values]
    heapify(heap)
    while heap:
        _, best, tokens = heappop(heap)
        # Taken already, priced with a head that is paid for by now, or too long for a budget that only shrinks.
        if best not in values or tokens != cost(best) or tokens > left:
            continue
        document = document_of(pool[best[0]].node)
        if max_docs and document not in documents and len(documents) == max_docs:
            continue
        documents.add(document)
        left -= tokens
        chosen.append(best)
        del values[best]
        place, header = best[0], pool[best[0]].passages[best[1]].header
        cheaper = place not in begun or (header and (place, header) not in headed)
        begun.add(place)
        headed.add((place, header))
        # What the note's head and the header add is paid for: the others of the note cost less now.
        for item in ((place, at) for at in range(len(pool[place].passages))) if cheaper else ():
            if item in values:
                heappush(heap, entry(item))
    return chosen


def document_of(node: Node) -> str:
    """Return an id that all nodes of one document share.

    It is the document's address or, for a text without one, the node's own id.
    """
    return node.uri or node.id


def _ranks(pool: Sequence[Candidate], said: Sequence[Sequence[Sequence[str]]]) -> list[float]:
    """Return the rank of each candidate; 0 is the best.

    A candidate's rank is its place in ``pool``. If its title occurs in the text of a better candidate, it ranks at most
    STEP behind that candidate.
    """
    parts = [[frozenset(part) for part in parts] for parts in said]
    ranks: list[float] = []
    for place, candidate in enumerate(pool):
        title = frozenset(stems(bare_title(candidate.node.title)))
        named = (
            ranks[better] + STEP for better in range(place) if title and any(title <= part for part in parts[better])
        )
        ranks.append(min([float(place), *named]))
    return ranks


def _packed(candidate: Candidate, chosen: set[int]) -> Packed | None:
    if not chosen:
        return None
    if len(chosen) == len(candidate.passages):
        return Packed(candidate.node, candidate.node.text, cut=False)
    shown = joined_rows(candidate.passages[at] for at in sorted(chosen))
    lines: list[str] = []
    for table, parts in groupby(shown, key=lambda part: bool(part.header)):
        texts = [part.text for part in parts]
        lines += texts if table else [joined(texts)]
    return Packed(candidate.node, "\n".join(lines), cut=True)
