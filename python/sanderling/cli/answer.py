"""Prints the quoted sentence, the sources and the route of an answer.

The sentence is shown at once; the rest stands below the answer. Everything else that is known of an answer, such as
times and counts, is printed with ``--verbose``; ``--json`` has it all.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..text.said_verdict import said_verdict
from . import output

if TYPE_CHECKING:
    from ..quote import Quote
    from ..records import Answer, SourceNote

    Found: TypeAlias = tuple[int, SourceNote, tuple[int, int] | None]
    """A note with its number, and the place of the sentence of it that has words of the answer."""

FEW = 3
"""Number of sources printed without ``--verbose``."""
LONGEST = 200
"""Maximum number of characters printed of a sentence."""
PARTS = 3
"""Number of printed parts at the end of a long path."""


def show_quote(quote: Quote) -> None:
    """Print the quoted sentence before the answer, on a terminal only. A pipe gets the answer alone."""
    if sys.stdout.isatty():
        output.line(f"from your notes: {_cut(quote.text)}  ({place(quote.source)})")
        output.line()


def print_below(answer: Answer, verbose: bool = False) -> None:
    """Print the sources, the route and the warnings below a streamed answer."""
    output.text("\n")
    route = answer.route
    if not route.model_id:  # counted, or quoted: no model ran
        if answer.quote is not None:
            output.line(f"  [1] {place(answer.quote.source)}")
        elif answer.finish_reason == "budget":  # the notes found are the answer
            _print_sources(answer, verbose)
        output.line(f"  {route.reason}")
    else:
        if answer.verdict is not None:
            output.line(f"  {said_verdict(answer.verdict.label, answer.verdict.by, answer.verdict.reason)}")
        _print_sources(answer, verbose)
        output.line()
        output.line(f"  {route.model_id}, {route.context_bin} context, router {route.router}: {route.reason}")
    if verbose:
        _print_measurements(answer)
    for warning in answer.warnings:
        output.warn(warning)


def print_quoted(answer: Answer, verbose: bool) -> None:
    """Print an answer made without a model. Such an answer is a sentence of the notes, or a list of notes."""
    if answer.text:
        output.text(answer.text, end="")
    else:
        output.warn("no sentence of the notes found answers this: ask without --quote, or in other words")
        for number, source in enumerate(answer.sources, start=1):
            output.line(f"  [{number}] {place(source)}")
    print_below(answer, verbose)


def place(source: SourceNote) -> str:
    """Return a short label for a note: its path, address or title.

    The path is relative to the current folder, or only its last parts.
    """
    if not source.uri:
        return source.title or source.node_id
    if "://" in source.uri or not source.uri.startswith("/"):
        return source.uri
    path = Path(source.uri)
    with suppress(ValueError, OSError):
        path = path.relative_to(Path.cwd())
    return str(path) if len(path.parts) <= PARTS + 1 else "/".join(("...", *path.parts[-PARTS:]))


def _print_sources(answer: Answer, verbose: bool) -> None:
    # Not above: its tables take as long to build as a short answer takes to arrive.
    from ..text.passage import passage

    if not answer.sources:
        output.line("  no notes were found for this question")
    found = [(number, each, passage(answer.text, each.text)) for number, each in enumerate(answer.sources, start=1)]
    # A note without a word of the answer bears nothing out; it keeps its number, which others may refer to.
    shown = found if verbose else _few(found, () if answer.verdict is None else answer.verdict.by)
    for number, source, at in shown:
        sentence = "" if at is None else f": {_cut(source.text[slice(*at)])}"
        weight = f"  (score {source.score:.2f}, {source.uri or source.node_id})" if verbose else ""
        output.line(f"  [{number}] {place(source)}{sentence}{weight}")
    if len(found) > len(shown):
        output.line(f"  and {len(found) - len(shown)} more, which --verbose shows")


def _few(found: Sequence[Found], by: Sequence[int]) -> list[Found]:
    """Return the notes that bear the answer out, then others with words of it, then any."""
    named = [each for each in found if each[0] in by]
    others = [each for each in found if each[2] is not None and each[0] not in by]
    return sorted((named + others or list(found))[:FEW], key=lambda each: each[0])


def _print_measurements(answer: Answer) -> None:
    times, tokens, dropped = answer.timings_ms, answer.tokens, answer.dropped
    output.line(
        f"  {times.total:,.0f} ms: embed {times.embed:.0f}, retrieval {times.retrieval:.0f},"
        f" quote {times.quote:.0f}, router {times.router:.0f}, cache {times.cache:.0f}, context {times.context:.0f},"
        f" wait {times.wait:,.0f}, load {times.load:,.0f}, llm {times.llm:,.0f} (first token {times.ttft:,.0f})"
    )
    if not answer.route.model_id:
        return
    output.line(
        f"  tokens: {tokens.prompt} prompt ({tokens.cached} cached), {tokens.completion} answer;"
        f" confidence {answer.assessment.confidence:.2f};"
        f" RSS: {output.mebibytes(answer.memory.model_bytes)} model, {output.mebibytes(answer.memory.rss_bytes)} rest"
    )
    if dropped.notes or dropped.cut_notes:
        output.line(
            f"  of {len(answer.sources)} notes shown the model saw {dropped.cut_notes} in part;"
            f" {dropped.notes} more had no room"
        )


def _cut(sentence: str) -> str:
    words = " ".join(sentence.split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST].rstrip()} ..."
