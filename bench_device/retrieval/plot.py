"""SVG chart of the share of questions whose needed notes are all among the first five documents.

One panel per set, one line per way, all@5 with its interval. Ablations are in the tables only.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from .run import Report, Scored

_LABELS, _PANEL, _GAP, _LINE, _TOP, _BOTTOM = 250, 190, 24, 24, 54, 34
_MEASURE = "all@5"


def svg(report: Report) -> str:
    """Return the chart of ``report`` as SVG.

    In the panel of a set, the line of a way that was not measured is empty.
    """
    ways = list(dict.fromkeys(scored.way for each in report.sets for scored in each.scored))
    ways = [way for way in ways if " without " not in way.replace("without this set", "")]
    width = _LABELS + len(report.sets) * (_PANEL + _GAP)
    height = _TOP + len(ways) * _LINE + _BOTTOM
    title = f"Every passage that a question needs among the first five ({_MEASURE}), 95 per cent intervals"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif"'
        f' font-size="12"><title>{escape(title)}</title>',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        _text(8, 18, title),
        *(_text(8, _TOP + row * _LINE + 16, way) for row, way in enumerate(ways)),
    ]
    for number, each in enumerate(report.sets):
        left = _LABELS + number * (_PANEL + _GAP)
        parts.append(_text(left, 40, f"{each.name}, {each.questions:,} questions"))
        for quarter in range(5):
            x = left + quarter / 4 * _PANEL
            parts.append(_rule(x, _TOP, x, height - _BOTTOM, "#dddddd", 1))
            parts.append(_text(x - 10, height - 14, f"{quarter / 4:.2f}"))
        of_way = {scored.way: scored for scored in each.scored}
        for row, way in enumerate(ways):
            if way in of_way:
                parts += _mark(left, _TOP + row * _LINE + 12, of_way[way])
    return "\n".join([*parts, "</svg>", ""])


def _mark(left: float, y: float, scored: Scored) -> list[str]:
    estimate = scored.estimates[_MEASURE]
    colour = "#d55e00" if scored.way.startswith("attention, trained") else "#0072b2"
    low, mean, high = (left + value * _PANEL for value in (estimate.low, estimate.mean, estimate.high))
    return [
        _rule(low, y, high, y, colour, 2),
        f'<circle cx="{mean:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>',
    ]


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float, stroke: str, width: int) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{stroke}" stroke-width="{width}"/>'
