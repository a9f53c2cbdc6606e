"""Search and ask with an embedder of your own: here words hashed into buckets, which needs no model file.

python examples/own_embedder.py ~/notes 'Who repairs the feed pump?'
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable, Sequence

import numpy as np

import sanderling


class WordBuckets:
    """Fulfils ``sanderling.Embedder``. Texts that share words are near each other."""

    id = "word-buckets-256"  # stored with the memory: change it whenever the vectors change
    dim = 256
    max_tokens = 10_000

    def count_tokens(self, text: str) -> int:
        return len(re.findall(r"\w+", text))

    def embed(self, texts: Sequence[str], on_truncated: Callable[[int, int], None] | None = None) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            words = re.findall(r"\w+", text.lower())
            if on_truncated and len(words) > self.max_tokens:
                on_truncated(row, len(words))
            vectors[row, 0] = 0.1  # a text without words has a direction too
            for word in words[: self.max_tokens]:
                vectors[row, zlib.crc32(word.encode()) % self.dim] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main(folder: str, question: str) -> None:
    with sanderling.Runtime.open("words.sanderling", embedder=WordBuckets()) as runtime:
        runtime.add(folder)
        for note in runtime.search(question)[:3]:
            print(f"  {note.score:.2f}  {note.title}")
        print(runtime.ask(question).text)


if __name__ == "__main__":
    main(*sys.argv[1:3])
