"""Chooses a sentence of the notes to show at once, before a model answers.

::

    first notes ─► sentences and rows ─► the FEW with most of the question's words ─► embedded ─► the best ─► Quote

A sentence is scored with the title of its note, since "It is repaired in May" means nothing without it::

    score = cosine to the question + COVERED * share of the question's words, by rarity
            + WEIGHED * weight of the note + KIND, if it holds a thing of the kind asked for: a figure, or a name
            + NEW * ln(1 + words that are not the question's)

What the question says itself answers nothing, so only names, figures and words count that are not in it.

Only a few sentences are embedded, because each costs as much as the question itself; vectors kept for every sentence of
the memory would make its file half as large again, and found no more answers (``bench_device/LOG.md``). Headings,
questions and answers that a model wrote are no sentences of the notes. (``quoting.py`` is about something else: marks
that keep notes from forging a prompt.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from ..embedding.contract import Embedder, embedded_text
from ..quote import Quote
from ..records import Node, RetrievalResult, Vectors
from ..request.request import Request
from ..text.passage import located
from ..text.passages import Passage, passages
from ..text.questions.follow_up import leans
from ..text.questions.question import Asked, asked_for, multi_hop_cues
from ..text.sentences import rarity, relevance, stems
from .answer import source_note
from .confidence import Signs, probability
from .trusted import model_wrote

NOTES = 8
"""Notes whose sentences are looked at, the best first."""
FEW = 4
"""Sentences that are embedded; with twice as many the best was another one for 1 to 2 of 100 questions."""
LONGEST = 6000
"""Characters of a note that are looked at."""
EMBEDDED = 300
"""Characters of a sentence that are embedded: a text without full stops would take as long as all the rest."""
COVERED, WEIGHED, KIND, NEW = 0.5, 0.2, 0.15, 0.05
"""Weights of the score, chosen on the station, the vault and XQuAD. Half or twice of each found fewer answers on at
least one of them."""
LEAST = 0.35
"""Confidence below which nothing is shown: it hides 4 of 10 wrong sentences and 1 of 17 right ones."""


class Candidate(NamedTuple):
    """A sentence that may be shown."""

    node: Node
    passage: Passage
    weight: float
    """Weight by which its note was ranked."""
    coverage: float
    """Share of the question's words in the sentence and the title of its note, weighted by rarity, 0 to 1."""
    kind: int
    """1 if it holds a name or figure that is asked for and not in the question, -1 if it does not, 0 if none is."""
    new: int
    """Number of its words that are not in the question."""

    @property
    def worth(self) -> float:
        """The score without the cosine, for choosing the sentences to embed."""
        told = KIND * max(self.kind, 0) + NEW * math.log1p(self.new)
        return COVERED * self.coverage + WEIGHED * self.weight + told


def quote(embedder: Embedder, request: Request, found: RetrievalResult, nodes: Mapping[int, Node]) -> Quote | None:
    """Return the sentence that answers a question best, or None if no sentence is good enough.

    It comes from the notes found.

    ``nodes``: those of ``found`` by key, heaviest first.
    """
    chosen = best(embedder, _asked_text(request), found, nodes)
    if chosen is None or (confidence := probability(chosen[1])) < LEAST:
        return None
    candidate = chosen[0]
    node, passage = candidate.node, candidate.passage
    start, end = located(passage.text, node.text) or (0, len(node.text))
    text = f"{passage.header}\n{passage.text}" if passage.header else " ".join(passage.text.split())
    return Quote(
        text=text, source=source_note(node, candidate.weight), start=start, end=end, confidence=round(confidence, 4)
    )


def best(
    embedder: Embedder, question: str, found: RetrievalResult, nodes: Mapping[int, Node]
) -> tuple[Candidate, Signs] | None:
    """Return the best sentence with the signs for its confidence, or None if there is no sentence.

    Its confidence is computed from the signs.
    """
    weights = dict(zip(found.attended.keys.tolist(), found.attended.weights.tolist(), strict=True))
    few = shortlist(candidates(question, list(islice(nodes.values(), NOTES)), weights))
    if not few:
        return None
    cosines = _vectors(embedder, few) @ found.vector
    scores = [float(cosine) + each.worth for cosine, each in zip(cosines, few, strict=True)]
    order = sorted(range(len(few)), key=lambda at: -scores[at])
    first, second = order[0], order[1] if len(order) > 1 else None
    return few[first], Signs(
        coverage=few[first].coverage,
        margin=scores[first] - scores[second] if second is not None else 0.0,
        weight=few[first].weight,
        hops=multi_hop_cues(question),
    )


def candidates(question: str, nodes: Sequence[Node], weights: Mapping[int, float]) -> list[Candidate]:
    """Return the sentences and table rows of ``nodes`` as candidates.

    ``nodes`` are in falling order of their ``weights``, which are by key.
    """
    parts = [
        (node, passage, stems(passage.text))
        for node in nodes
        if not model_wrote(node)
        for passage in passages(node.text[:LONGEST])
        if _says_something(passage.text)
    ]
    # By the sentences alone: a title would count as often as its note has sentences.
    idf = rarity(said for _, _, said in parts)
    asked, kind = stems(question), asked_for(question)
    known = frozenset(asked)
    titles = {node.key: stems(node.title) for node in nodes}
    return [
        Candidate(
            node,
            passage,
            weights.get(node.key, 0.0),
            relevance((*said, *titles[node.key]), asked, idf),
            _kind(kind, passage.text, known),
            sum(word not in known for word in said),
        )
        for node, passage, said in parts
    ]


def shortlist(candidates: Iterable[Candidate], few: int = FEW) -> list[Candidate]:
    """Return the ``few`` candidates of most worth, without repeated texts.

    Of two with the same text, the one of the better note stays.
    """
    kept: dict[str, Candidate] = {}
    for each in sorted(candidates, key=lambda each: -each.worth):
        kept.setdefault(each.passage.text, each)
        if len(kept) == few:
            break
    return list(kept.values())


def _asked_text(request: Request) -> str:
    """Return the question, behind what was said before if it leans on that."""
    return request.history.search_text(request.query) if leans(request.query) else request.query


def _says_something(text: str) -> bool:
    # What is left of a heading is not a sentence, and a question in a note answers none.
    return not text.startswith("#") and not text.endswith(("?", "\uff1f")) and any(map(str.isalnum, text))


def _kind(asked: Asked | None, text: str, known: frozenset[str]) -> int:
    """Return 1 if ``text`` has a figure or name that is ``asked`` for, -1 if it has none, 0 if none is asked for.

    ``known``: the stems of the question's words, which do not count.
    """
    if asked in ("time", "number"):
        found = (word for word in text.split() if any(map(str.isdigit, word)))
    elif asked in ("person", "place"):
        found = (word for word in text.split()[1:] if word.lstrip("([{'\"")[:1].isupper())
    else:
        return 0
    return 1 if any(not known.issuperset(stems(word)) for word in found) else -1


def _vectors(embedder: Embedder, few: Sequence[Candidate]) -> Vectors:
    vectors = embedder.embed([embedded_text(each.node.title, each.passage.text[:EMBEDDED]) for each in few])
    return np.asarray(vectors, dtype=np.float32)
