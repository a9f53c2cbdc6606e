"""Stores the costs of each model's last answers on this device.

The next answer's cost is predicted from them. ``speeds.json`` in the data folder holds the last :data:`KEPT` answers of
each model file, engine and thread count. It is written every :data:`WRITE_EVERY` answers and when the log is closed;
what a crash loses is learned again. Processes that write at once lose nothing of each other. An unreadable file is
replaced: it holds no more than a day's habits.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import msgspec

from .. import config
from ..disk.filelock import locked
from ..disk.files import content
from ..disk.whole_file import write_whole
from ..errors import SanderlingError
from ..records import Record

log = logging.getLogger(__name__)

KEPT = 20
"""Maximum number of answers stored per subject."""
MOST_SUBJECTS = 64
"""Maximum number of subjects stored; the last used ones stay."""
WRITE_EVERY = 5
MOST_BYTES = 4 << 20


class Subject(Record):
    """A model file with an engine and a number of threads. Costs are stored for each."""

    model_id: str
    file: str
    """Hash of the model file, or its path and size."""
    engine: str
    """Name of the engine, without version."""
    n_threads: int
    n_threads_prefill: int


class AnswerCost(Record):
    """The cost of one answer. None: this answer does not tell."""

    at_s: float
    """Time of the answer, in seconds since 1970."""
    rivals: float | None = None
    """Number of competing threads of other processes. It is the mean of readings before and after."""
    context_tokens: int = 0
    """Size of the route's context, in tokens."""
    computed_tokens: int | None = None
    """Number of prompt tokens that were computed. The others' states had been kept."""
    prefill_tokens_per_s: float | None = None
    decode_tokens_per_s: float | None = None
    completion_tokens: int | None = None
    """Length of the answer in tokens, if it ended by itself."""
    load_ms: float | None = None
    """Load time in milliseconds; None: the model was loaded already."""
    rest_ms: float | None = None
    """Time of all other stages after the routing, in milliseconds."""


class Costs(Record):
    """The last answers of one subject, oldest first."""

    subject: Subject
    answers: tuple[AnswerCost, ...]


_decoded = msgspec.json.Decoder(tuple[Costs, ...]).decode


def path() -> Path:
    """Return the path of ``speeds.json``."""
    return config.home() / "speeds.json"


def read() -> dict[Subject, tuple[AnswerCost, ...]]:
    """Return the stored answers by subject, the least recently used first. Empty if the file cannot be read."""
    try:
        data = content(path())
        return {each.subject: each.answers for each in _decoded(data)} if len(data) <= MOST_BYTES else {}
    except FileNotFoundError:
        return {}
    except (OSError, SanderlingError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.info("speeds.json is passed over: %s", error)
        return {}


class SpeedLog:
    """The last answers of each subject, from this process and earlier processes. Any number of threads may use it."""

    def __init__(self) -> None:
        """Create a log; the first access reads the file."""
        self._known: dict[Subject, tuple[AnswerCost, ...]] | None = None
        self._new: list[tuple[Subject, AnswerCost]] = []
        self._guard = threading.Lock()

    def of(self, subject: Subject) -> tuple[AnswerCost, ...]:
        """Return the last answers of ``subject``, oldest first.

        An empty ``engine`` stands for the engine used last.
        """
        with self._guard:
            known = self._load()
            if subject.engine:
                return known.get(subject, ())
            same = [each for each in known if msgspec.structs.replace(each, engine="") == subject]
            return known[same[-1]] if same else ()

    def add(self, subject: Subject, cost: AnswerCost) -> None:
        """Add an answer. Above :data:`KEPT` it replaces the oldest one."""
        with self._guard:
            _append(self._load(), subject, cost)
            self._new.append((subject, cost))
            due = len(self._new) >= WRITE_EVERY
        if due:
            self.save()

    def save(self) -> None:
        """Write the answers added since the last call. A failure is logged, since it costs nothing but predictions."""
        with self._guard:
            new, self._new = self._new, []
        if not new:
            return
        try:
            config.made_home()
            with locked(path().with_suffix(".lock")):
                known = read()
                for subject, cost in new:
                    _append(known, subject, cost)
                rows = [Costs(subject=subject, answers=answers) for subject, answers in known.items()]
                write_whole(path(), msgspec.json.encode(rows[-MOST_SUBJECTS:]), private=True)
        except (OSError, SanderlingError) as error:
            log.info("the speeds of %d answers were not kept: %s", len(new), error)

    def _load(self) -> dict[Subject, tuple[AnswerCost, ...]]:
        if self._known is None:
            self._known = read()
        return self._known


def _append(known: dict[Subject, tuple[AnswerCost, ...]], subject: Subject, cost: AnswerCost) -> None:
    known[subject] = (*known.pop(subject, ()), cost)[-KEPT:]
