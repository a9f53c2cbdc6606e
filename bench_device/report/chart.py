"""Draw SVG charts without a plotting library: bars with error bars, stacked bars, and lines.

Labels are drawn in the chart, so it can be read without colours. The palette is Okabe and Ito's, distinguishable for
colour-blind readers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666", "#000000")
WIDTH, LABELS, RIGHT, TOP, LINE = 760, 280, 150, 28, 22


class Bar(NamedTuple):
    """One bar of :func:`bars`."""

    label: str
    value: float
    error: float = 0.0
    text: str = ""
    """Text at the end of the bar; empty: the value."""


def bars(title: str, rows: Sequence[Bar], mark: tuple[float, str] | None = None) -> str:
    """Return an SVG chart of horizontal bars from 0, each with its value and a symmetric error bar.

    ``mark``: value and name of a vertical line; None: no line.
    """
    ends = [row.value + row.error for row in rows] + ([mark[0]] if mark else [])
    top = max(ends, default=0.0) or 1.0

    def x(value: float) -> float:
        return LABELS + max(value, 0.0) / top * (WIDTH - LABELS - RIGHT)

    height = TOP + LINE * len(rows) + (24 if mark else 8)
    parts = [_open(title, height)]
    for number, row in enumerate(rows):
        y = TOP + LINE * number
        parts.append(_text(LABELS - 8, y + 14, row.label, "end"))
        parts.append(_box(LABELS, y + 3, x(row.value) - LABELS, COLOURS[0]))
        if row.error:
            parts.append(_rule(x(row.value - row.error), y + 11, x(row.value + row.error), y + 11, "#000000"))
        parts.append(_text(x(row.value + row.error) + 5, y + 14, row.text or f"{row.value:,.4g}"))
    if mark:
        parts.append(_rule(x(mark[0]), TOP - 4, x(mark[0]), height - 20, COLOURS[1]))
        parts.append(_text(x(mark[0]), height - 6, mark[1], "middle"))
    return "\n".join([*parts, "</svg>"])


def stacked(title: str, rows: Sequence[tuple[str, dict[str, float]]]) -> str:
    """Return an SVG chart of stacked bars, whose shares add up to 1; shares below 8 per cent get no number."""
    names = list(dict.fromkeys(name for _, shares in rows for name in shares))
    height = TOP + LINE * (len(rows) + 1) + 8
    width = WIDTH - LABELS - 20
    parts = [_open(title, height)]
    for number, (label, shares) in enumerate(rows):
        y, x = TOP + LINE * number, float(LABELS)
        parts.append(_text(LABELS - 8, y + 14, label, "end"))
        for name, share in shares.items():
            parts.append(_box(x, y + 3, share * width, COLOURS[names.index(name) % len(COLOURS)]))
            if share >= 0.08:
                parts.append(_text(x + share * width / 2, y + 15, f"{share:.0%}", "middle", "#ffffff"))
            x += share * width
    for number, name in enumerate(names):
        x, y = 20 + number * (WIDTH - 40) / len(names), TOP + LINE * len(rows)
        parts.append(_box(x, y + 6, 12, COLOURS[number % len(COLOURS)]))
        parts.append(_text(x + 18, y + 17, name))
    return "\n".join([*parts, "</svg>"])


def lines(title: str, x_name: str, series: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """Return an SVG chart with one line per series of (x, y) points; both axes start at 0."""
    left, right, bottom, height = 60, 230, 46, 300
    points = [point for _, pairs in series for point in pairs]
    x_top = max((x for x, _ in points), default=0.0) or 1.0
    y_top = _round_up(max((y for _, y in points), default=0.0) or 1.0)

    def at(x: float, y: float) -> tuple[float, float]:
        return left + x / x_top * (WIDTH - left - right), height - bottom - y / y_top * (height - TOP - bottom)

    parts = [_open(title, height), _text(left, height - 8, x_name)]
    for step in range(5):
        value = y_top * step / 4
        _, y = at(0, value)
        parts += [_rule(left, y, WIDTH - right, y, "#dddddd"), _text(left - 6, y + 4, f"{value:,.4g}", "end")]
    for value in sorted({x for x, _ in points}):
        parts.append(_text(at(value, 0)[0], height - bottom + 16, f"{value:g}", "middle"))
    for number, (name, pairs) in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        spots = [at(x, y) for x, y in pairs]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
        parts.append(_box(WIDTH - right + 14, TOP + 18 * number, 10, colour))
        parts.append(_text(WIDTH - right + 30, TOP + 10 + 18 * number, name))
    return "\n".join([*parts, "</svg>"])


def _round_up(value: float) -> float:
    """Round ``value`` up to 1, 2, 2.5, 5 or 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value or step == 10)


def _open(title: str, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img"'
        f' font-family="sans-serif" font-size="12"><title>{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="white"/>\n' + _text(8, 16, title)
    )


def _text(x: float, y: float, text: str, anchor: str = "start", fill: str = "#000000") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'


def _box(x: float, y: float, width: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="16" fill="{fill}"/>'


def _rule(x1: float, y1: float, x2: float, y2: float, stroke: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}"/>'
