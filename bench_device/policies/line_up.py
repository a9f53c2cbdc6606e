"""Further policies for one collection: its pairs of model and context, and paths between these pairs.

The policies of every collection are compared beside these.
"""

from __future__ import annotations

from ...records import CONTEXT_BINS
from ...router.labels.table import Table
from .board import Policy
from .ceiling import Ceiling
from .cells import core
from .fixed import Always, Rule
from .paths import Path, Perfect, Words, Worth
from .price_table import PriceTable

SMALL = CONTEXT_BINS.index("small")


def line_up(table: Table) -> list[Policy]:
    """Return the rule, the price table, a fixed choice for each cell, all paths, and the noise ceiling.

    A path leads from one context of the largest model to each larger one, from each smaller model to the largest, and
    from the rule's choice to the larger contexts of the largest.
    """
    collected = core(table)
    cells = [(model, context) for model in range(len(table.ladder)) for context in range(len(CONTEXT_BINS))]
    cells = [(model, context) for model, context in cells if collected[model, context]]
    top = max(model for model, _ in cells)
    wide = [context for model, context in cells if model == top]
    narrow = {model: _usual([context for each, context in cells if each == model]) for model, _ in cells}
    steps = [((top, a), (top, b)) for a in wide for b in wide if a < b]
    steps += [((model, a), (top, b)) for model, a in narrow.items() if model < top for b in wide if b >= a]

    def name(cell: tuple[int, int]) -> str:
        return f"{table.ladder[cell[0]]} {CONTEXT_BINS[cell[1]]}"

    found: list[Policy] = [Rule(), PriceTable(), *(Always(name(cell), *cell) for cell in cells)]
    for draft, final in steps:
        to = CONTEXT_BINS[final[1]] if draft[0] == final[0] else name(final)
        for gate in (Words(), Worth(), Perfect()):
            found.append(Path(f"{name(draft)} to {to}", Always("", *draft), Always("", *final), gate))
    for context in (context for context in wide if context > SMALL):
        for gate in (Words(), Worth(), Perfect()):
            found.append(Path(f"rule to {name((top, context))}", Rule(), Always("", top, context), gate))
    return [*found, Ceiling(table)]


def _usual(contexts: list[int]) -> int:
    """Return the context of a smaller model's drafts: small, or the nearest one that there is."""
    return min(contexts, key=lambda context: abs(context - SMALL))
