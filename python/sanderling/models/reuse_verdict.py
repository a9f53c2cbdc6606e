"""Stores which model files may reuse the states of notes.

``sanderling bench reuse`` decides it. Notes whose states are merged have not read each other. What that costs in
quality depends on the model, so a model is used in this way only after its answers were compared with the default's on
the same questions: the lower end of the paired 95 per cent interval of the difference in F1 has to lie above
``LEAST_DIFFERENCE``. The verdict is of one file, one engine and one type of cached keys; a file that changes has none.
"""

from __future__ import annotations

import hashlib
import logging
from functools import lru_cache
from pathlib import Path

import msgspec

from .. import config
from ..disk.filelock import locked
from ..disk.files import content
from ..disk.whole_file import write_whole
from ..engines.prefix_entry import file_identity
from ..errors import ModelUnavailable
from ..records import KvType, Record

log = logging.getLogger(__name__)

LEAST_DIFFERENCE = -0.03
LEAST_QUESTIONS = 100
"""Minimum number of questions for a verdict. Of fewer, answers that happen to agree have an interval without width."""


class ReuseVerdict(Record):
    """Comparison of one model file's answers with and without states of notes."""

    file: str
    """Digest that identifies the model file.

    That of the result of :func:`sanderling.engines.prefix_entry.file_identity`.
    """
    model_id: str
    quant: str
    engine: str
    kv_type: KvType
    workloads: tuple[str, ...]
    questions: int
    f1: float
    """Difference of F1 with and without states of notes. Paired, mean over the questions."""
    f1_low: float
    f1_high: float
    timestamp: str
    """Time of the comparison, in ISO 8601, UTC."""

    @property
    def allowed(self) -> bool:
        """Whether the model may reuse the states of notes."""
        return self.questions >= LEAST_QUESTIONS and self.f1_low > LEAST_DIFFERENCE

    @property
    def key(self) -> tuple[str, str, KvType]:
        """File, engine and cache type that the verdict is for.

        A newer verdict replaces an older one with the same key.
        """
        return self.file, self.engine, self.kv_type


def path() -> Path:
    """Return the path of the file of verdicts. It is beside ``calibration.json``."""
    return config.home() / "calibration.reuse.json"


def read() -> tuple[ReuseVerdict, ...]:
    """Return all verdicts, oldest first. If the file cannot be read: none, with a warning logged."""
    try:
        return msgspec.json.decode(content(path()), type=tuple[ReuseVerdict, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning(
            "%s could not be read (%s): no states of notes are kept; run  sanderling bench reuse", path(), error
        )
        return ()


def record(verdict: ReuseVerdict) -> None:
    """Store a verdict in place of any earlier verdict with the same key.

    A file of verdicts that cannot be read is replaced. Raises OSError, UsageError or StorageFull if the file cannot be
    written.
    """
    config.made_home()
    with locked(path().with_suffix(".lock")):
        kept = [each for each in read() if each.key != verdict.key]
        data = msgspec.json.format(msgspec.json.encode([*kept, verdict]), indent=1)
        write_whole(path(), data, private=True)


def file_digest(path: Path) -> str:
    """Return the digest that identifies a model file.

    It is computed again when the file changes. Raises ModelUnavailable if the file cannot be read.
    """
    try:
        state = path.stat()
        return _digest(path, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read ({error.strerror}): pull the model again") from error


@lru_cache(maxsize=32)
def _digest(path: Path, _bytes: int, _changed_ns: int) -> str:
    return hashlib.sha256(file_identity(path).encode()).hexdigest()


def refusal(model: Path, model_id: str, kv_type: KvType, engine: str = "") -> str:
    """Return the reason why a model file may not reuse states of notes; empty if the file may.

    In one line. ``engine``: name and version; empty: not known yet, any is accepted. Raises ModelUnavailable if the
    file cannot be read.
    """
    file = file_digest(model)
    of_file = [each for each in read() if (each.file, each.kv_type) == (file, kv_type)]
    found = next((each for each in reversed(of_file) if engine in ("", each.engine)), None)
    command = f"run  sanderling bench reuse --model {model_id}"
    if found is None:
        with_it = f" with {engine}" if engine and of_file else ""
        return f"its answers were not compared{with_it}: {command}"
    if found.questions < LEAST_QUESTIONS:
        return (
            f"its answers were compared over {found.questions} questions, and {LEAST_QUESTIONS} are needed: {command}"
        )
    if not found.allowed:
        return (
            f"F1 may change by {found.f1_low:+.3f} (interval of {found.questions} questions),"
            f" and the limit is {LEAST_DIFFERENCE:+.2f}"
        )
    return ""
