"""The tests, named as in llama-bench: ``pp512`` computes a prompt of 512 tokens, ``tg128`` generates 128."""

from __future__ import annotations

import re

from ...errors import UsageError
from ...records import Record


class Shape(Record):
    """One test: a prompt of ``n_prompt`` tokens, or the generation of ``n_gen`` tokens.

    The other number is 0.
    """

    n_prompt: int = 0
    n_gen: int = 0

    @property
    def name(self) -> str:
        """Return the test's name as llama-bench prints it."""
        return f"pp{self.n_prompt}" if self.n_prompt else f"tg{self.n_gen}"

    @property
    def tokens(self) -> int:
        """Return the number of tokens whose computation is timed."""
        return self.n_prompt or self.n_gen

    @property
    def n_ctx(self) -> int:
        """Return the context size that the test needs: the timed tokens plus two.

        A tg test starts from a prompt of one token, and both kinds draw one token beyond the timed ones.
        """
        return self.tokens + 2


PP512, PP2048, TG128 = Shape(n_prompt=512), Shape(n_prompt=2048), Shape(n_gen=128)
DEFAULT = (PP512, PP2048, TG128)


def parse(names: str) -> tuple[Shape, ...]:
    """Return the tests in a comma-separated list such as ``pp512,tg128``. Raises UsageError for anything else."""
    found = []
    for name in names.split(","):
        match = re.fullmatch(r"(pp|tg)([1-9]\d{0,5})", name.strip())
        if match is None:
            raise UsageError(f"{name.strip()!r} is no test: write ppN for a prompt of N tokens, tgN to generate N")
        kind, tokens = match[1], int(match[2])
        found.append(Shape(n_prompt=tokens) if kind == "pp" else Shape(n_gen=tokens))
    return tuple(dict.fromkeys(found))
