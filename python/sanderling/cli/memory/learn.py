"""``sanderling memory learn``: train attention weights on a memory.

They are trained on this device, for the memory's embedder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ... import ranges
from ...errors import UsageError
from ...ranges import Range
from .. import options, output

if TYPE_CHECKING:
    from pathlib import Path

    from ...memory.learn.judge import Gain
    from ...memory.learn.learn import Outcome
    from ...memory.retrieve.learned import State

EXAMPLES = "Example:  sanderling memory learn --dry-run"


def learn(
    memory: options.MemoryOption = None,
    questions: Annotated[int, options.number(Range(20, 2000), help="Most questions of a kind, of five.")] = 160,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the questions and of the training.")] = 0,
    forget: Annotated[bool, typer.Option("--forget", help="Delete what was learned for this embedder.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to the weights before; again: undo.")] = False,
    threads: options.ThreadsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Train and judge, and install nothing.")] = False,
    json: options.JsonOption = False,
) -> None:
    """Train attention weights on the memory, and install them if they rank better.

    Held-out questions must show a gain beyond chance. Questions are made of titles, links and sentences; nothing leaves
    the device. What is learned is used for every memory with this embedder.
    """
    if forget + rollback + dry_run > 1:
        raise UsageError("--forget, --rollback and --dry-run are three things: give one of them")
    path = options.existing_memory(memory)
    if forget or rollback:
        _back(path, forget, json)
        return
    outcome = _learned(path, questions, seed, threads, dry_run)
    if json:
        output.json_line({**_fields(outcome), "better": outcome.verdict.better})
    else:
        output.text(_report(outcome, dry_run))


def _learned(path: Path, questions: int, seed: int, threads: int | None, dry_run: bool) -> Outcome:
    from ...device import profiles
    from ...memory import Memory
    from ...memory.learn.learn import learn
    from ...models import configured
    from ...models.embedder import open_for_memory
    from ..progress import bar

    settings = configured.load()
    n_threads = threads or settings.n_threads or profiles.choose().profile.threads_prefill
    embedder, warning = open_for_memory(path, settings.embedder, n_threads=n_threads)
    with Memory.open(path, embedder, clusters=settings.clusters, warning=warning) as memory, bar("learn") as advance:
        outcome = learn(memory, questions, seed, dry_run=dry_run, on_progress=advance)
        warnings = memory.warnings
    for line in warnings:
        output.warn(line)
    return outcome


def _back(path: Path, forget: bool, json: bool) -> None:
    from ...memory.retrieve import learned
    from ...memory.store.identity import embedder_of

    embedder = embedder_of(path) or ""
    if forget:
        there = learned.forget(embedder)
        if json:
            output.json_line({"embedder": embedder, "forgotten": there})
        else:
            output.line(f"{embedder}: {'what was learned is deleted' if there else 'nothing had been learned'}")
        return
    state = learned.rollback(embedder)
    if json:
        output.json_line({"embedder": embedder, "current": _when(state), "previous": state.previous is not None})
    else:
        output.line(
            f"{embedder}: now ranked by {_when(state) or 'the weights that ship'}; --rollback again undoes this"
        )


def _when(state: State) -> str | None:
    return f"weights learned here on {state.current.when[:10]}" if state.current else None


def _fields(outcome: Outcome) -> dict[str, object]:
    import msgspec

    return msgspec.structs.asdict(outcome)


def _report(outcome: Outcome, dry_run: bool) -> str:
    verdict = outcome.verdict
    kinds = ", ".join(f"{count} {kind}" for kind, count in outcome.questions.items())
    lines = [
        f"{outcome.embedder}: {sum(outcome.questions.values())} questions made ({kinds}), "
        f"stopped after {outcome.epochs} epochs",
        f"on those held out, R@5 {verdict.before:.3f} by {outcome.before}, {verdict.after:.3f} by the new weights",
        f"gain {_shown(verdict.gain)}; by kind {', '.join(f'{k} {_shown(g)}' for k, g in verdict.of_kind.items())}",
    ]
    if outcome.installed:
        lines.append("installed: better beyond chance;  sanderling memory learn --rollback  goes back")
    elif dry_run and verdict.better:
        lines.append("dry run: better beyond chance, and not installed")
    else:
        lines.append("not installed: not better beyond chance, or worse for one kind of question")
    return "\n".join(lines)


def _shown(gain: Gain) -> str:
    return f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
