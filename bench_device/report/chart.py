"""Draws charts as HTML with small SVG parts, without a plotting library.

There are bars with error bars, stacked bars, and lines. Positions are shares of the width, and all text is HTML: so a
chart fits any screen, its text keeps the size that the page's style gives it, and long labels wrap. Colours are
classes, which the style maps for light and dark screens; labels and numbers are written beside every bar, so a chart
can be read without colours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from .palette import LIGHT

COLOURS = len(LIGHT)
"""Number of colours, classes ``c0`` to ``c7`` of the page; further series use them again."""
LEAST_NAMED = 0.005
"""Smallest share that is written below a stacked bar."""


class Bar(NamedTuple):
    """One bar of :func:`bars`."""

    label: str
    value: float
    error: float = 0.0
    text: str = ""
    """Text at the end of the label's line; empty: the value."""


def bars(title: str, rows: Sequence[Bar], mark: tuple[float, str] | None = None) -> str:
    """Return a chart of horizontal bars from 0, each with its value and a symmetric error bar.

    ``mark``: value and name of a vertical line; None: no line.
    """
    top = max([row.value + row.error for row in rows] + ([mark[0]] if mark else []), default=0.0) or 1.0

    def at(value: float) -> str:
        return _percent(max(value, 0.0) / top)

    parts = []
    for row in rows:
        drawn = [f'<rect y="2" height="12" width="{at(row.value)}" class="c0"/>']
        if row.error:
            drawn.append(_rule(at(row.value - row.error), at(row.value + row.error), "error"))
        if mark:
            drawn.append(f'<line x1="{at(mark[0])}" x2="{at(mark[0])}" y1="0" y2="16" class="mark"/>')
        parts.append(_row(row.label, row.text or f"{row.value:,.4g}", drawn))
    if mark:
        sign = '<svg class="sign" aria-hidden="true"><line x1="5" x2="5" y1="0" y2="12" class="mark"/></svg>'
        parts.append(f'<p class="keys"><span>{sign}{escape(mark[1])}</span></p>')
    return _figure(title, parts)


def stacked(title: str, rows: Sequence[tuple[str, dict[str, float]]]) -> str:
    """Return a chart with one stacked bar per row, and below each bar the row's shares in words.

    The shares of a row add up to 1; the smallest are not named.
    """
    names = list(dict.fromkeys(name for _, shares in rows for name in shares))
    parts = []
    for label, shares in rows:
        drawn, x = [], 0.0
        for name, share in shares.items():
            box = f'x="{_percent(x)}" y="2" height="12" width="{_percent(share)}"'
            drawn.append(f'<rect {box} class="c{names.index(name) % COLOURS}"/>')
            x += share
        parts.append(_row(label, "", drawn))
        named = [(names.index(name), f"{name} {share:.0%}") for name, share in shares.items() if share >= LEAST_NAMED]
        parts.append(_keys(named))
    return _figure(title, parts)


def lines(title: str, x_name: str, series: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """Return a chart with one line per series of (x, y) points.

    Both axes start at 0.
    """
    points = [point for _, pairs in series for point in pairs]
    x_top = max((x for x, _ in points), default=0.0) or 1.0
    y_top = _round_up(max((y for _, y in points), default=0.0) or 1.0)
    drawn = [f'<line x1="0" x2="100%" y1="{25 * step}%" y2="{25 * step}%" class="grid"/>' for step in range(5)]
    for number, (_, pairs) in enumerate(series):
        path = " ".join(f"{100 * x / x_top:.2f},{100 - 100 * y / y_top:.2f}" for x, y in pairs)
        # A polyline takes no percentages: it stretches with a box of its own, its stroke does not.
        drawn.append(
            '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%" class="stretched">'
            f'<polyline points="{path}" class="line l{number % COLOURS}"/></svg>'
        )
        drawn += [
            f'<circle cx="{_percent(x / x_top)}" cy="{_percent(1 - y / y_top)}" r="4" class="c{number % COLOURS}"/>'
            for x, y in pairs
        ]
    heights = "".join(f"<span>{y_top * step / 4:,.4g}</span>" for step in (4, 3, 2, 1, 0))
    widths = "".join(f'<span style="left:{_percent(x / x_top)}">{x:g}</span>' for x in sorted({x for x, _ in points}))
    return _figure(
        title,
        [
            f'<div class="plot"><div class="y">{heights}</div>'
            f'<svg class="area" aria-hidden="true">{"".join(drawn)}</svg><div class="x">{widths}</div></div>'
            f'<p class="axis">{escape(x_name)}</p>',
            _keys([(number, name) for number, (name, _) in enumerate(series)]),
        ],
    )


def _round_up(value: float) -> float:
    """Round ``value`` up to 1, 2, 2.5, 5 or 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value or step == 10)


def _percent(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"


def _figure(title: str, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return f'<figure class="chart"><figcaption>{escape(title)}</figcaption>\n{inside}\n</figure>'


def _row(label: str, value: str, drawn: Sequence[str]) -> str:
    written = f"<b>{escape(value)}</b>" if value else ""
    return (
        f'<div class="label"><span>{escape(label)}</span>{written}</div>\n'
        f'<svg class="bar" aria-hidden="true">{"".join(drawn)}</svg>'
    )


def _keys(named: Sequence[tuple[int, str]]) -> str:
    """Return a legend line for pairs of colour number and name."""
    return f'<p class="keys">{"".join(_key(number, name) for number, name in named)}</p>'


def _key(number: int, name: str) -> str:
    box = f'<rect width="10" height="10" y="1" class="c{number % COLOURS}"/>'
    return f'<span><svg class="sign" aria-hidden="true">{box}</svg>{escape(name)}</span>'


def _rule(x1: str, x2: str, kind: str) -> str:
    return f'<line x1="{x1}" x2="{x2}" y1="8" y2="8" class="{kind}"/>'
