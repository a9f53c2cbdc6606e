"""Render a run as one self-contained HTML file, without scripts or external resources; it is also valid XML.

The file ends with the raw samples, as the JSON lines of :func:`sanderling.bench_device.report.run.read`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

import msgspec

from ..matrix import tables
from . import markdown
from .plots import plots
from .run import Run

STYLE = """
body { font-family: sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; line-height: 1.4 }
table { border-collapse: collapse; font-size: 0.9em; margin: 1em 0 }
td, th { border-bottom: 1px solid #ccc; padding: 0.2em 0.7em; text-align: left; vertical-align: top }
svg { width: 100%; height: auto; margin: 1em 0 }
pre { font-size: 0.7em; overflow-x: auto; max-height: 30em }
"""


def html(run: Run) -> str:
    """Return the HTML page that shows ``run``."""
    body = [
        "<h1>Sanderling on this device</h1>",
        f"<p>{escape(run.started)}, {run.seconds:.0f} s</p>",
        *(f"<p><strong>Target {escape(target.sentence)}</strong></p>" for target in run.targets),
        *_rows(run),
        *_scenarios(run),
        "<h2>Plots</h2>",
        *plots(run),
        *_remarks(run),
        "<h2>Machine</h2>",
        _pairs(run.machine),
        "<h2>Settings</h2>",
        _pairs(msgspec.to_builtins(run.settings)),
        *(_pairs(row.load, f"Load of {row.label}") for row in {str(row.load): row for row in run.rows}.values()),
        "<details><summary>All samples and readings, as JSON lines</summary>",
        f"<pre>{escape(run.jsonl())}</pre></details>",
    ]
    head = f'<meta charset="utf-8"/><title>Sanderling benchmark</title><style>{STYLE}</style>'
    lines = _sayable("\n".join(body))
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{lines}\n</body></html>\n'


def _sayable(text: str) -> str:
    """Escape control characters as in JSON: XML forbids them, but a model's text may contain them."""
    return re.sub(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text
    )


def _rows(run: Run) -> Iterable[str]:
    if run.rows:
        yield "<h2>Models</h2>"
        yield _table(*tables.columns(run.rows))


def _scenarios(run: Run) -> Iterable[str]:
    if run.scenarios:
        yield "<h2>Questions from end to end</h2>"
        yield _table(*markdown.latency_table(run))
        yield _table(*markdown.shares_table(run))


def _remarks(run: Run) -> Iterable[str]:
    lines = [
        *markdown.remarks(run),
        *(f"Shortened: {words}" for words in run.shortened),
        *(f"Left out: {each.what}: {each.why}" for each in run.left_out),
    ]
    if lines:
        yield "<h2>Remarks</h2>"
        yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _pairs(values: Mapping[str, object], caption: str = "") -> str:
    rows = [
        [name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
        for name, value in values.items()
        if value is not None
    ]
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return _table([], rows, title)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> str:
    first = f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>" if head else ""
    lines = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{caption}{first}\n{lines}</table>"
