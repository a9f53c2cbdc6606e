"""Plot QPS over recall as one SVG file, without a plotting library."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

from .front import front
from .report import IndexReport

_WIDTH, _HEIGHT = 760, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 170, 40, 50
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666", "#000000")
"""Okabe and Ito's palette, distinguishable for colour-blind readers."""
_LEAST_RECALL = 0.8
"""Recall below which no setting is useful; points below it would waste the axis."""


def svg(report: IndexReport) -> str:
    """Return an SVG plot of each index's Pareto front from recall 0.8 on, with a logarithmic QPS axis."""
    lines = [
        (index.name, [pair for pair in front([(p.recall, p.qps) for p in index.points]) if pair[0] >= _LEAST_RECALL])
        for index in report.indexes
    ]
    shown = [pair for _, pairs in lines for pair in pairs]
    least = min((recall for recall, _ in shown), default=_LEAST_RECALL)
    left = min(math.floor(least * 50) / 50, 0.98)
    low = math.floor(math.log10(min((qps for _, qps in shown), default=1.0)))
    high = max(math.ceil(math.log10(max((qps for _, qps in shown), default=10.0))), low + 1)

    def x(recall: float) -> float:
        return _LEFT + (recall - left) / (1 - left) * (_WIDTH - _LEFT - _RIGHT)

    def y(qps: float) -> float:
        return _TOP + (high - math.log10(qps)) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_LEFT, 22, f"{report.vectors}, {report.n:,} x {report.dim}, m {report.settings.m}, one thread"),
        _text(_LEFT, _HEIGHT - 10, f"recall@{report.settings.k}"),
        _text(8, _TOP - 8, "queries per second"),
    ]
    for step in range(6):
        recall = left + step * (1 - left) / 5
        parts.append(_rule(x(recall), _TOP, x(recall), _HEIGHT - _BOTTOM))
        parts.append(_text(x(recall) - 14, _HEIGHT - _BOTTOM + 18, f"{recall:.3f}"))
    for power in range(low, high + 1):
        for digit in (1, 2, 5) if power < high else (1,):
            qps = digit * 10.0**power
            parts.append(_rule(_LEFT, y(qps), _WIDTH - _RIGHT, y(qps)))
            parts.append(_text(8, y(qps) + 4, f"{qps:,.10g}"))
    for number, (name, pairs) in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{x(recall):.1f},{y(qps):.1f}" for recall, qps in pairs)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.extend(f'<circle cx="{x(recall):.1f}" cy="{y(qps):.1f}" r="3" fill="{colour}"/>' for recall, qps in pairs)
        height = _TOP + 14 + 20 * number
        parts.append(f'<circle cx="{_WIDTH - _RIGHT + 20}" cy="{height - 4}" r="5" fill="{colour}"/>')
        parts.append(_text(_WIDTH - _RIGHT + 32, height, name))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>'
