"""From drawn tokens and their bytes to tokens whose text may be shown.

Two things make a token wait: bytes of a character that is not complete yet, and text that may be the start of a stop
text. A token whose text is undecided is kept back and leaves with the next one that settles it, so that joining the
texts of all tokens always gives the answer, and nothing shown has ever to be taken back.
"""

from __future__ import annotations

import codecs

from msgspec.structs import replace

from ..records import Token


class TextStream:
    """Feed :meth:`push` until :attr:`stopped`, then :meth:`finish` once."""

    def __init__(self, stop: tuple[str, ...]) -> None:
        self.stopped = False
        """A stop text was found; everything from it on is left out."""
        self._stop = tuple(text for text in stop if text)
        # A model may draw any byte; what is not UTF-8 becomes U+FFFD rather than an error in the middle of an answer.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self._waiting: list[Token] = []

    def push(self, token: Token, piece: bytes) -> list[Token]:
        """Take one drawn token and its bytes; return the tokens that may leave now, in order, possibly none."""
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
        """Return what was still kept back, when no more tokens will come."""
        if not self.stopped:
            self._held += self._decoder.decode(b"", final=True)
        return self._release(len(self._held)) if self._waiting else []

    def _undecided(self) -> bool:
        """Whether the end of the held text could be the start of a stop text."""
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
