"""Leaves thoughts out of the answers of models that think where nobody asked them to.

A model whose template is not known for a thinker's, one on another machine, and one that was given an empty thought may
write ``<think>`` into its answer. A thought begins where a line does, outside a block of code, since a mark within a
line is quoted; it ends at its mark, thoughts within it included. What may become a mark is held back, so that no text
has to be withdrawn.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

from msgspec.structs import replace

from ..records import Token
from .protocol import Finish

MARKS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<seed:think>", "</seed:think>"))
"""Marks before and after a thought, as templates have them."""
WRITTEN = (
    *MARKS,
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("\u25c1think\u25b7", "\u25c1/think\u25b7"),
)
"""The same, with those that models write of their own accord."""
_FENCE = "```"


def without_thoughts(items: Iterable[Token | Finish]) -> Generator[Token | Finish, None, None]:
    """Yield the tokens of an answer without those of its thoughts, and Finish as it comes."""
    texts = _Texts()
    waiting: list[Token] = []
    ready = ""
    for item in items:
        if isinstance(item, Finish):
            if ready := ready + texts.rest(item.reason == "stop"):
                yield from _joined(waiting, ready)
            yield item
            return
        shown = texts.shown_of(item.text)
        if texts.passed and ready:
            yield from _joined(waiting, ready)
            ready = ""
        # Those before it were of the thought, or of its mark.
        waiting, ready = [item] if texts.passed else [*waiting, item], ready + shown
        if texts.held:
            continue
        if ready or not texts.passed:
            yield from _joined(waiting, ready)
        waiting, ready = [], ""


def _joined(tokens: list[Token], text: str) -> list[Token]:
    """Return tokens whose texts join to ``text``."""
    return [*(replace(token, text="") for token in tokens[:-1]), replace(tokens[-1], text=text)]


class _Texts:
    """Tells what of a text that comes in pieces is no thought."""

    def __init__(self) -> None:
        self.held = ""
        """Text that is held back, since what follows decides about it."""
        self._shown, self._depth = "", 0
        self._marks = ("", "")
        self._closed = False
        """Whether the thought that is open has had a mark of its end, with one within it still open."""
        self._trims = False
        """Whether white space is left out, since a thought has just ended."""
        self.passed = False
        """Whether some of the last piece may be of a thought, or of the white space behind one."""

    def shown_of(self, text: str) -> str:
        """Add ``text`` and return what can be shown now."""
        self.held += text
        self.passed = self._depth > 0 or self._trims
        before = len(self._shown)
        while self._thought() if self._depth else self._answer():
            pass
        return self._shown[before:]

    def rest(self, ended: bool) -> str:
        """Return what is shown of the held text at the end. ``ended``: the model ended by itself.

        A thought that only mentions the mark of its beginning is open to the end; what follows its last mark is then
        the answer.
        """
        if self._depth:
            return self.held.lstrip() if ended and self._closed else ""
        return self.held

    def _show(self, text: str) -> None:
        if self._trims:
            text = text.lstrip()
            self._trims = not text
        self._shown += text

    def _answer(self) -> bool:
        """Show what is no thought, up to the next one; return whether one begins."""
        found = [(at, marks) for marks in WRITTEN if (at := self._begins(marks[0])) >= 0]
        if found:
            at, self._marks = min(found)
            self._show(self.held[:at])
            self.held = self.held[at + len(self._marks[0]) :]
            self._depth, self._closed, self.passed = 1, False, True
            return True
        keep = max(self._overlap(opening) for opening, _ in WRITTEN)
        cut = len(self.held) - keep
        self._show(self.held[:cut])
        self.held = self.held[cut:]
        return False

    def _begins(self, opening: str) -> int:
        """Return where a thought with this mark begins in the held text; -1: nowhere."""
        at = self.held.find(opening)
        while at >= 0 and not self._at_line(at):
            at = self.held.find(opening, at + 1)
        return at

    def _at_line(self, at: int) -> bool:
        before = self._shown + self.held[:at]
        return not before.rpartition("\n")[2].strip() and before.count(_FENCE) % 2 == 0

    def _overlap(self, mark: str) -> int:
        """Return how much of the held text's end may be the beginning of ``mark``."""
        return next(
            (
                n
                for n in range(min(len(mark) - 1, len(self.held)), 0, -1)
                if self.held.endswith(mark[:n]) and self._at_line(len(self.held) - n)
            ),
            0,
        )

    def _thought(self) -> bool:
        """Pass over the thought up to its next mark; return whether it ended there."""
        while True:
            found = [(at, mark) for mark in self._marks if (at := self.held.find(mark)) >= 0]
            if not found:
                if not self._closed:  # what may become a mark is all that matters
                    self.held = self.held[-max(map(len, self._marks)) :]
                return False
            at, mark = min(found)
            self.held = self.held[at + len(mark) :]
            self._depth += 1 if mark == self._marks[0] else -1
            self._closed = mark == self._marks[1]
            if not self._depth:
                self._trims = True
                return True
