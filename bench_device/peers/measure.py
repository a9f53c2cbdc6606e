"""Ask Sanderling and its peers the same questions in turn, from the same notes, with the same model file."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path

from ...config import Config
from ...device import profiles
from ...device.machine import machine_block
from ...engines import EngineName
from ...errors import UsageError
from ...models import pick_quant, registry
from ...records import Record
from ..answers.open_workload import Progress
from ..interruptible import Interruptible
from ..raw_rows import RawRows
from ..workloads import Question, load
from . import environment
from .catalogue import NAMES, OURS, PEERS
from .child import MAX_TOKENS
from .one_set import Program, measure_set
from .report import PeersReport
from .row import Cost, PeerRow
from .standing import standings
from .verdict import verdicts

_CHILD = Path(__file__).with_name("child.py")
_OURS = (sys.executable, "-m", "sanderling.bench_device.peers.ours")


class PeersOptions(Record):
    """Options of a run."""

    data: tuple[str, ...]
    model: str
    peers: tuple[str, ...] = NAMES
    engines: tuple[EngineName, ...] = ("auto",)
    """Of ours, which stands in the table once for each; the first is what peers are compared with. A peer has its own
    build of llama.cpp."""
    n_threads: int = 1
    limit: int | None = None
    """Number of questions drawn of each set; None: all. A run with a larger number goes on from the same raw file."""
    seed: int = 0
    fresh: bool = False
    """Make the peers' environments anew."""
    raw: Path | None = None


def measure_peers(wanted: PeersOptions, on_progress: Progress = lambda done, total, what: None) -> PeersReport:
    """Set the peers up, and ask all programs the questions that the raw file lacks.

    Notes are read anew in every run. Raises UsageError for an unknown peer, for an environment that cannot be made and
    for the raw file of another run, ModelUnavailable, EngineError for a peer that cannot read the notes.
    """
    if unknown := [name for name in wanted.peers if name not in NAMES]:
        raise UsageError(f"there is no peer {unknown[0]!r}: give some of {', '.join(NAMES)}")
    chosen = [peer for peer in PEERS if peer.name in wanted.peers]
    works = [load(name) for name in dict.fromkeys(wanted.data)]
    detected = profiles.choose(profiles.AUTO)
    model = pick_quant.resolve(wanted.model, detected, wanted.engines[0])
    for engine in wanted.engines[1:]:
        if (other := pick_quant.resolve(wanted.model, detected, engine)).path != model.path:
            raise UsageError(
                f"engine {engine} would run {other.path.name}, not {model.path.name}: give the file as --model"
            )
    embedder = registry.installed_or_instead(Config().embedder)
    if embedder is None:
        raise UsageError(f"the embedder is not here: run  sanderling models pull {Config().embedder}")
    machine = machine_block(detected.device)
    shared: dict[str, object] = {
        "model": str(model.path),
        "embedder": str(embedder.path.parent),
        "threads": wanted.n_threads,
    }
    run = {
        "commit": machine["commit"],
        "model": model.entry.id,
        "file": model.path.name,
        "engine": wanted.engines[0],
        "threads": wanted.n_threads,
    }
    beside = None if wanted.raw is None else wanted.raw.with_name(f"{wanted.raw.name}.costs")
    stop = Interruptible()
    with (
        RawRows(wanted.raw, run, PeerRow, lambda row: (row.peer, row.question)) as rows,
        RawRows(beside, run, Cost, lambda cost: (cost.peer, cost.set)) as costs,
        stop,
    ):
        programs = [
            Program(
                name=f"{OURS}-{engine}" if number else OURS,
                command=_OURS,
                # By its name, under which it is known what the model is good for; a path is a stranger to ours.
                settings={**shared, "model": wanted.model, "engine": engine},
            )
            for number, engine in enumerate(dict.fromkeys(wanted.engines))
        ]
        for number, peer in enumerate(chosen):
            on_progress(number, len(chosen), f"install {peer.environment}")
            python = str(environment.interpreter(peer, fresh=wanted.fresh))
            programs.append(Program(name=peer.name, command=(python, str(_CHILD), peer.name), settings=shared))
        for work in works:
            questions = drawn_first(work.questions, wanted.limit, wanted.seed)
            measure_set(work, questions, programs, rows, costs, on_progress)
    wanted_sets = {work.name for work in works}
    asked = [row for row in rows.asked.values() if row.set in wanted_sets]
    stop.require(asked)
    names = [program.name for program in programs]
    found = standings(asked, names)
    paid = tuple(cost for cost in costs.asked.values() if cost.set in wanted_sets and cost.peer in names)
    return PeersReport(
        machine=machine,
        settings={**run, "sets": [work.name for work in works], "max_tokens": MAX_TOKENS, "temperature": 0},
        packages={peer.name: environment.versions(peer) for peer in chosen},
        installed_bytes={peer.name: environment.installed_bytes(peer) for peer in chosen},
        defaults={peer.name: peer.defaults for peer in chosen},
        costs=paid,
        standings=found,
        verdicts=verdicts(found, paid),
        rows=tuple(asked),
        seed=wanted.seed,
        interrupted=stop.came,
    )


def drawn_first(questions: Sequence[Question], limit: int | None, seed: int) -> tuple[Question, ...]:
    """Return ``limit`` randomly drawn questions, in their original order.

    A larger limit only adds questions to those of a smaller one.
    """
    order = random.Random(seed).sample(range(len(questions)), len(questions))
    return tuple(questions[number] for number in sorted(order[:limit]))
