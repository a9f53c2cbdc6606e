"""Decodes each drawn token to text, and stops before a stop text.

A token is held back while its bytes end in an incomplete character, or while the text may be the start of a stop text.
It is released with the token that settles the question. The texts of the released tokens therefore join to the answer,
and no text has to be withdrawn.
"""

from __future__ import annotations

import codecs

from msgspec.structs import replace

from ..records import Token


class TextStream:
    """Decodes the text of one generation. Call :meth:`push` until ``stopped`` is True, then :meth:`finish` once."""

    def __init__(self, stop: tuple[str, ...]) -> None:
        self.stopped = False
        """Whether a stop text was found. It and all text after it are dropped."""
        self._stop = tuple(text for text in stop if text)
        # A model may draw any byte; invalid UTF-8 becomes U+FFFD instead of an error in the middle of an answer.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self._waiting: list[Token] = []

    def push(self, token: Token, piece: bytes) -> list[Token]:
        """Add a drawn token, and return the tokens that can be shown.

        They are in order, possibly none. ``piece``: the token's bytes.
        """
        self._held += self._decoder.decode(piece)
        self._waiting.append(token)
        found = [at for at in (self._held.find(text) for text in self._stop) if at >= 0]
        if found:
            self.stopped = True
            return self._release(min(found))
        keep = self._undecided()
        unfinished_character = bool(self._decoder.getstate()[0])
        if keep or unfinished_character:
            return []
        return self._release(len(self._held))

    def finish(self) -> list[Token]:
        """End the generation, and return the tokens still held back."""
        if not self.stopped:
            self._held += self._decoder.decode(b"", final=True)
        return self._release(len(self._held)) if self._waiting else []

    def _undecided(self) -> bool:
        """Return whether the held text may end with the start of a stop text."""
        return any(
            self._held.endswith(text[:length])
            for text in self._stop
            for length in range(1, min(len(text), 1 + len(self._held)))
        )

    def _release(self, length: int) -> list[Token]:
        text, self._held = self._held[:length], ""
        *earlier, last = self._waiting
        self._waiting = []
        return [*earlier, replace(last, text=text)]
