"""Renders a run as one self-contained HTML file.

It has no scripts or external resources, and is also valid XML.

The page is read on the device that it measures, a phone perhaps: what came out and what to do about it stand first,
wide tables scroll inside themselves, and nothing is scaled. It ends with the raw samples, as the JSON lines of
:func:`sanderling.bench_device.report.run.read`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

import msgspec

from ..matrix import tables
from ..scenarios.target import Target
from . import markdown
from .advice import advice
from .plots import plots
from .run import Run
from .style import STYLE
from .words import duration, moment, title, words

_HEAD = (
    '<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>'
    '<meta name="color-scheme" content="light dark"/><title>Sanderling benchmark</title>'
)
_CLASSES = {"met": "met", "missed": "missed", "not judged here": "unsure"}


def html(run: Run) -> str:
    """Return the HTML page that shows ``run``."""
    body = [
        "<h1>Sanderling on this device</h1>",
        f'<p class="dim">{escape(_subtitle(run))}</p>',
        *_verdict(run),
        *_rows(run),
        *_scenarios(run),
        *_plots(run),
        *_remarks(run),
        "<h2>Machine</h2>",
        _pairs(run.machine, "Machine"),
        "<h2>Settings</h2>",
        _pairs(msgspec.to_builtins(run.settings), "Settings"),
        *_loads(run),
        "<details><summary>All samples and readings, as JSON lines</summary>",
        f'<pre tabindex="0">{escape(run.jsonl())}</pre></details>',
    ]
    lines = _sayable("\n".join(body))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{_HEAD}<style>{STYLE}</style></head>\n'
        f"<body>\n<main>\n{lines}\n</main>\n</body></html>\n"
    )


def _sayable(text: str) -> str:
    """Escape control characters as in JSON: XML forbids them, but a model's text may contain them."""
    return re.sub(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text
    )


def _subtitle(run: Run) -> str:
    device = run.machine.get("machine") or run.machine.get("cpu") or "an unnamed device"
    return f"{device}; {moment(run.started)}; the run took {duration(run.seconds)}"


def _verdict(run: Run) -> Iterable[str]:
    yield '<section class="verdict"><h2>Verdict</h2>'
    if run.targets:
        yield f"<ul>{''.join(_target(target) for target in run.targets)}</ul>"
    yield "<h3>What to do about it</h3>"
    yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in advice(run))}</ul></section>"


def _target(target: Target) -> str:
    kind = _CLASSES[target.outcome]
    outcome, said = target.outcome, target.sentence.removeprefix(target.outcome)
    return f'<li><strong class="{kind}">Target {escape(outcome)}</strong>{escape(said)}</li>'


def _rows(run: Run) -> Iterable[str]:
    if run.rows:
        yield "<h2>Models</h2>"
        yield _table(*tables.columns(run.rows), "Models")


def _scenarios(run: Run) -> Iterable[str]:
    if run.scenarios:
        yield "<h2>Questions from end to end</h2>"
        yield _table(*markdown.latency_table(run), "Latency and success of questions")
        yield _table(*markdown.shares_table(run), "Share of each stage in the time")


def _plots(run: Run) -> Iterable[str]:
    drawn = list(plots(run))
    if drawn:
        yield "<h2>Plots</h2>"
        yield from drawn


def _remarks(run: Run) -> Iterable[str]:
    lines = [
        *markdown.remarks(run),
        *(f"Shortened: {each}" for each in run.shortened),
        *(f"Left out: {each.what}: {each.why}" for each in run.left_out),
    ]
    if lines:
        yield "<h2>Remarks</h2>"
        yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _loads(run: Run) -> Iterable[str]:
    """Yield one table of load settings per distinct load, with the names of its models in the caption."""
    loads = {str(row.load): row.load for row in run.rows}
    for key, load in loads.items():
        labels = dict.fromkeys(row.label for row in run.rows if str(row.load) == key)
        yield _pairs(load, f"Load of {', '.join(labels)}")


def _pairs(values: Mapping[str, object], caption: str) -> str:
    """Return a table of names and values, without the rows whose value is unknown or empty."""
    known = [(title(name), words(name, value)) for name, value in values.items()]
    rows = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in known if value
    )
    shown = f"<caption>{escape(caption)}</caption>" if caption.startswith("Load of") else ""
    return _scrolling(f'<table class="pairs">{shown}<tbody>\n{rows}\n</tbody></table>', caption)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> str:
    first = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return _scrolling(f'<table class="wide"><thead><tr>{first}</tr></thead><tbody>\n{lines}\n</tbody></table>', name)


def _cell(text: str) -> str:
    kind = ' class="n"' if re.match(r"[-+]?\d", text) else ""
    return f"<td{kind}>{escape(text)}</td>"


def _scrolling(table: str, name: str) -> str:
    """Return a table in a box that scrolls sideways by finger and by keyboard, so that the page never does."""
    quoted = escape(name, {'"': "&quot;"})
    return f'<div class="scroll" role="region" aria-label="{quoted}" tabindex="0">{table}</div>'
