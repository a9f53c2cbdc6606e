"""A demonstration: ingest the station workload and ask three questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ..quote import Quote
from ..records import Answer
from .isolated import open_isolated
from .workloads import load


def demo(
    memory: Path,
    model: str,
    say: Callable[[str], None],
    stream: Callable[[str], None] | None,
    on_quote: Callable[[Quote], None] | None,
    show: Callable[[Answer], None],
) -> None:
    """Ingest the station into ``memory`` and ask ``model`` the demonstration's questions.

    ``say`` prints a line, ``on_quote`` the sentence found before a model begins (None: not at once), ``stream`` an
    answer as it is generated (None: only at its end), ``show`` its sources and route.
    """
    station = load("station")
    with TemporaryDirectory() as folder, open_isolated(memory, model, folder=Path(folder)) as runtime:
        report = runtime.add(station.notes)
        say(
            f"{report.added + report.changed} notes read, {report.unchanged} were known: "
            f"{report.nodes} nodes, {report.edges} edges, {report.seconds:.1f} s"
        )
        for question in station.questions:
            if question.demo:
                say(f"\n> {question.text}")
                answer = runtime.ask(
                    question.text, temperature=0, max_tokens=64, cache=False, stream=stream, on_quote=on_quote
                )
                show(answer)
                say(f"  (the notes say: {question.answers[0]})")
