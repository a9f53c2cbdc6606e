"""SVG plot of quality over median latency: one point per policy, and the Pareto front."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

from ..report.palette import LIGHT as COLOURS
from .evaluate import Evaluation
from .tables import front

_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 210, 40, 50


def svg(found: Evaluation) -> str:
    """Return an SVG plot of quality, with intervals, over median latency; the latency axis is logarithmic."""
    worths = sorted(found.worths, key=lambda worth: worth.policy)
    times = [math.log10(max(worth.latency_ms.p50, 1e-3)) for worth in worths]
    left, right = math.floor(min(times) * 2) / 2, math.ceil(max(times) * 2) / 2
    right = max(right, left + 0.5)
    low = math.floor(10 * min(worth.quality.low for worth in worths)) / 10
    high = max(math.ceil(10 * max(worth.quality.high for worth in worths)) / 10, low + 0.1)

    def x(log_ms: float) -> float:
        return _LEFT + (log_ms - left) / (right - left) * (_WIDTH - _LEFT - _RIGHT)

    def y(quality: float) -> float:
        return _TOP + (high - quality) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_LEFT, 22, f"{found.judged_on:,} questions, 95 per cent intervals; the line joins what nothing beats"),
        _text(_LEFT, _HEIGHT - 10, "median latency, ms"),
        _text(8, _TOP - 8, "quality"),
    ]
    for step in range(5):
        log_ms, quality = left + step * (right - left) / 4, low + step * (high - low) / 4
        parts += [_rule(x(log_ms), _TOP, x(log_ms), _HEIGHT - _BOTTOM), _rule(_LEFT, y(quality), x(right), y(quality))]
        parts.append(_text(x(log_ms) - 14, _HEIGHT - _BOTTOM + 18, f"{10**log_ms:,.0f}"))
        parts.append(_text(8, y(quality) + 4, f"{quality:.2f}"))
    at = {w.policy: (x(time), y(w.quality.mean)) for w, time in zip(worths, times, strict=True)}
    line = " ".join(f"{px:.1f},{py:.1f}" for px, py in (at[name] for name in front(found)))
    parts.append(f'<polyline points="{line}" fill="none" stroke="#999999" stroke-dasharray="4 3"/>')
    for number, worth in enumerate(worths):
        colour, (px, py) = COLOURS[number % len(COLOURS)], at[worth.policy]
        # More policies than colours: the second round is hollow.
        fill = colour if number < len(COLOURS) else "white"
        bar = f'<line x1="{px:.1f}" x2="{px:.1f}" y1="{y(worth.quality.high):.1f}" y2="{y(worth.quality.low):.1f}"'
        parts.append(f'{bar} stroke="{colour}"/>')
        height = _TOP + 14 + 20 * number
        for cx, cy in ((px, py), (_WIDTH - _RIGHT + 20, height - 4)):
            parts.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="5" fill="{fill}" stroke="{colour}"/>')
        parts.append(_text(_WIDTH - _RIGHT + 32, height, worth.policy))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>'
