"""Write page numbers for messages."""

from __future__ import annotations

from collections.abc import Sequence

_NAMED_PAGES = 12


def ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as ranges, such as "2, 5-7"; a long list ends in "and N more"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    said = [str(run[0]) if len(run) == 1 else f"{run[0]}{', ' if len(run) == 2 else '-'}{run[-1]}" for run in runs]
    more = sum(map(len, runs[_NAMED_PAGES:]))
    return ", ".join(said[:_NAMED_PAGES]) + (f" and {more} more" if more else "")


def counted(n_pages: int) -> str:
    """Return a number of pages with its noun, such as "3 pages"."""
    return f"{n_pages:,} page{'' if n_pages == 1 else 's'}"
