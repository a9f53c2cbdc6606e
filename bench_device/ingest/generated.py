"""Generate any number of documents that mention one another, with their vectors.

Words follow Zipf's law, like natural text (Zipf 1949), so that full-text search meets common and rare ones. Each
document has a title of one to three invented words and mentions two others. Its vector is drawn from a mixture of
clusters (:func:`sanderling.bench_device.ann.vectors.generate`), independent of the words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np

from ...records import Vectors
from ..ann.vectors import DIM, generate

VOCABULARY = 50_000
WORDS = 80
"""Words per text, as in an encyclopedia paragraph."""
MENTIONS = 2
_SYLLABLES = [a + b for a in "bdfgklmnprstv" for b in "aeiou"]


class Generated:
    """Generates ``n`` documents and ``questions`` questions from a seed, and acts as their embedder."""

    id = "generated"
    dim = DIM
    max_tokens = 256

    def __init__(self, n: int, questions: int, seed: int) -> None:
        """Draw the vectors and titles, and make the vocabulary.

        Texts are only drawn by :meth:`lines` and :meth:`questions`.
        """
        vectors = generate(n, questions, seed)
        self._base, self.queries = vectors.base, vectors.queries
        self._seed = seed
        rng = np.random.default_rng(seed)
        self.titles = [_title(number, rng) for number in range(n)]
        self._words = [_word(number) for number in range(VOCABULARY)]
        weights = 1 / np.arange(1, VOCABULARY + 1)
        self._bounds = np.cumsum(weights) / weights.sum()

    def lines(self) -> Iterator[bytes]:
        """Yield the documents as JSON lines."""
        rng = np.random.default_rng(self._seed + 1)
        for number, title in enumerate(self.titles):
            words = self._draw(WORDS, rng)
            for at in rng.integers(0, WORDS, MENTIONS).tolist():
                words[at] += f" {self.titles[int(rng.integers(0, len(self.titles)))]}"
            text = f"{' '.join(words)} {number}"
            yield msgspec.json.encode({"_id": str(number), "title": title, "text": text}) + b"\n"

    def questions(self) -> Iterator[tuple[str, Vectors]]:
        """Yield each question with its vector.

        A question has ten words; every second one also contains a title.
        """
        rng = np.random.default_rng(self._seed + 2)
        for number, vector in enumerate(self.queries):
            words = self._draw(10, rng)
            if number % 2:
                words.append(self.titles[int(rng.integers(0, len(self.titles)))])
            yield " ".join(words), vector

    def embed(self, texts: Sequence[str], on_truncated: Callable[[int, int], None] | None = None) -> Vectors:
        """Return, for each text, the vector of its document, float32[len(texts), dim].

        The number at the end of a text identifies its document.
        """
        return self._base[[int(text.rpartition(" ")[2]) for text in texts]]

    def count_tokens(self, text: str) -> int:
        """Return the number of space-separated words, in place of the number of tokens."""
        return text.count(" ") + 1

    def _draw(self, count: int, rng: np.random.Generator) -> list[str]:
        return [self._words[at] for at in np.searchsorted(self._bounds, rng.random(count)).tolist()]


def _title(number: int, rng: np.random.Generator) -> str:
    """Return a title of one to three words, the last of which encodes the document's number."""
    others = rng.integers(0, 4000, number % 3).tolist()
    return " ".join(_word(each).capitalize() for each in (*others, VOCABULARY + number))


def _word(number: int) -> str:
    """Return a distinct word for each number."""
    word = ""
    while number or not word:
        number, digit = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[digit]
    return word
