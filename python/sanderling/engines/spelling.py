"""Spells a text with the tokens of a vocabulary, byte for byte."""

from __future__ import annotations

from collections.abc import Callable


class Spelling:
    """A tokenizer whose ids spell exactly the given text.

    A grammar takes the ids of a text that must come for granted: a space put before it, as some vocabularies do, would
    be one too many in the answer.
    """

    def __init__(self, pieces: list[bytes], tokenize: Callable[[str], list[int]]) -> None:
        """``pieces``: bytes of each token, empty for tokens without text.

        ``tokenize``: returns the model's own ids of a text, which are preferred.
        """
        self.missing = ""
        """First text that could not be spelt. The vocabulary lacks one of its bytes."""
        self._pieces, self._tokenize = pieces, tokenize
        self._ids = {piece: at for at, piece in enumerate(pieces) if piece}
        self._longest = max(map(len, self._ids))

    def __call__(self, text: bytes | str) -> list[int]:
        """Return the ids of ``text``, or none if it cannot be spelt."""
        data = text if isinstance(text, bytes) else text.encode()
        ids = self._tokenize(data.decode("utf-8", "replace"))
        return ids if b"".join(self._pieces[each] for each in ids) == data else self._longest_first(data)

    def _longest_first(self, data: bytes) -> list[int]:
        ids, at = [], 0
        while at < len(data):
            lengths = range(min(self._longest, len(data) - at), 0, -1)
            found = next((data[at : at + n] for n in lengths if data[at : at + n] in self._ids), b"")
            if not found:
                self.missing = self.missing or data.decode("utf-8", "replace")
                return []
            ids.append(self._ids[found])
            at += len(found)
        return ids
