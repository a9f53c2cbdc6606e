"""SVG plot of selective accuracy: the accuracy of the surest drafts, over their share of all drafts."""

from __future__ import annotations

from xml.sax.saxutils import escape

import numpy as np

from ..report.palette import LIGHT as COLOURS
from .report import Report, selective

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 190, 30, 45
_STEPS = 25


def svg(found: Report, name: str) -> str:
    """Return a plot of the selective accuracy of the verifier ``name``.

    It has one line for each model.
    """
    drafts, confidence = found.drafts, found.confidences[name].score
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_LEFT, 18, f"accuracy of the surest drafts, by the verifier {name}"),
        _text(_LEFT, _HEIGHT - 8, "share of the drafts that are kept"),
    ]
    for tenth in range(0, 11, 2):
        x, y = _x(tenth / 10), _y(tenth / 10)
        parts += [
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_x(1):.1f}" y2="{y:.1f}" stroke="#dddddd"/>',
            _text(x - 8, _HEIGHT - _BOTTOM + 18, f"{tenth / 10:.1f}"),
            _text(18, y + 4, f"{tenth / 10:.1f}"),
        ]
    here = np.unique(drafts.model).tolist()
    for number, model in enumerate(here):
        mine = drafts.model == model
        points = " ".join(
            f"{_x(step / _STEPS):.1f},{_y(selective(confidence[mine], drafts.right[mine], step / _STEPS)):.1f}"
            for step in range(1, _STEPS + 1)
        )
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        height = _TOP + 14 + 20 * number
        parts.append(f'<rect x="{_WIDTH - _RIGHT + 14}" y="{height - 9}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(_WIDTH - _RIGHT + 30, height, drafts.models[model]))
    return "\n".join([*parts, "</svg>", ""])


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(accuracy: float) -> float:
    return _TOP + (1 - accuracy) * (_HEIGHT - _TOP - _BOTTOM)


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
