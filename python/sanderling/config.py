"""Where things are kept, and the few settings a person may want to change.

Everything lives under one folder: ``SANDERLING_HOME`` if set, else the platform's data folder. ``config.toml`` in it is
optional; a key it does not know is an error, so that a typing mistake is not silently ignored.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import platformdirs

from . import ranges
from .disk.files import PRIVATE_FOLDER, content, restrict
from .errors import UsageError


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one user on one device."""

    ladder: str = "lfm2"
    """Models to choose from, a name in ``models/models.toml``."""
    engine: Literal["auto", "llama_cpp", "xllamacpp"] = "auto"
    embedder: str = "minilm-l6-v2-int8"
    write_back: Literal["never", "ask", "always"] = "never"
    log_query_text: bool = True
    """False: telemetry rows hold no words of the query."""
    log_days: float = 365.0
    """Telemetry rows older than this are forgotten. A year: what a router learns from is of this device as it is now,
    and a habit of the seasons is in it once; what is older is of use to nobody but who reads along."""
    largest_for: tuple[str, ...] = ("health", "law", "money")
    """Subjects of questions, and domains of notes, that always get the largest model allowed."""
    always_largest: bool = False
    """True: every question of this user gets the largest model allowed."""
    explore: float = 0.0
    """Share of questions whose model and context are drawn among those allowed, so that a router can learn from them;
    never where the subject is one of risk. 0.05 is enough to train from; 0: none."""
    n_threads: int | None = None
    """None: what the device profile says."""
    state_bytes: int = 64 << 20
    """RAM of each model, where it is left, for the states of other conversations; 0: those are computed again."""
    state_disk_bytes: int = 0
    """Disk for the state of the system prompt, so that a new process need not compute it; 0: none is written."""
    response_cache_bytes: int = 0
    """Disk for answers, so that a question asked again needs no model; 0 or ``log_query_text`` false: none is kept."""
    response_cache_days: float = 30.0
    """Kept answers older than this are forgotten."""
    resident_bytes: int | None = None
    """RAM for loaded models, all together; None: what is available when one is to be loaded."""
    queue_timeout_s: float = 120.0
    """A question waits so long for a model that answers others, then it is refused; 0: at once."""
    stall_timeout_s: float = 120.0
    """A model that says nothing for so long is ended: one batch of a prompt must be computed within it."""

    def __post_init__(self) -> None:
        """Raise ValueError for a number out of its range."""
        _check_numbers(msgspec.structs.asdict(self))


RANGES = {
    "log_days": ranges.DAYS,
    "explore": ranges.SHARE,
    "n_threads": ranges.THREADS,
    "state_bytes": ranges.RAM_BYTES,
    "state_disk_bytes": ranges.DISK_BYTES,
    "response_cache_bytes": ranges.DISK_BYTES,
    "response_cache_days": ranges.DAYS,
    "resident_bytes": ranges.RAM_BYTES,
    "stall_timeout_s": ranges.STALL_S,
    "queue_timeout_s": ranges.QUEUE_S,
}
"""Of every number among the settings."""


WORDS = (
    "telemetry.*",
    "responses.*",
    "*.sanderling*",
    "forgotten-*.jsonl",
    "config.toml*",
    "calibration.*",
    "states/*.state",
)
"""Files of the data folder with words of notes, questions or answers, or what was measured: for their owner alone.
Models may be shared, by a link too, and are left as they are."""

FOLDERS = ("models", "router", "states")
"""What else stands in the data folder."""

# Folders looked at by this process.
_restricted: set[Path] = set()


def home() -> Path:
    """Return the folder that holds models, telemetry and calibration. It may not exist yet: reading makes no folders.

    One that others can read is restricted to its owner, with a warning. Raises UsageError if there can be none of this
    name.
    """
    folder = Path(os.environ.get("SANDERLING_HOME") or platformdirs.user_data_dir("sanderling", appauthor=False))
    if folder.parts[:1] == ("~",):  # neither HOME nor the list of users knows where this user lives
        raise UsageError(f"{folder}: nobody knows your home folder: set HOME, or SANDERLING_HOME to a folder")
    try:
        in_the_way = next((each for each in (folder, *folder.parents) if each.exists() and not each.is_dir()), None)
    except OSError:
        in_the_way = None  # it cannot be looked at: whoever reads there is told so
    if in_the_way is not None:
        raise UsageError(f"{in_the_way} is no folder: set SANDERLING_HOME to a folder that can be written")
    if folder not in _restricted and folder.is_dir():
        _restricted.add(folder)
        restrict(folder, WORDS, FOLDERS)
    return folder


def made_home() -> Path:
    """Return :func:`home`, made if it is absent: for who writes into it. Raises UsageError if it cannot be made."""
    folder = home()
    try:
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{error}: set SANDERLING_HOME to a folder that can be written") from error
    return folder


def load(check_names: Callable[[Config], None] = lambda config: None) -> Config:
    """Read ``config.toml`` in :func:`home`; defaults where it is absent.

    ``check_names`` raises UsageError for a ladder or embedder that does not exist; it is called if the file names one.
    Which do is known above this layer: see :func:`sanderling.models.configured.load`.

    Raises UsageError if the file cannot be read, or holds a number out of range or a name that ``check_names`` refuses.
    """
    path = home() / "config.toml"
    try:
        given = tomllib.loads(content(path).decode())
        # Before the types: what is beyond 64 bits, or an integer where a fraction may be, has its own words there.
        _check_numbers(given)
        config = msgspec.convert(given, Config)
        if given.keys() & {"ladder", "embedder"}:
            check_names(config)
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): make it readable, or delete it") from error
    except (ValueError, RecursionError, UsageError) as error:
        raise UsageError(f"{path}: {error}: correct it, or delete it to have the defaults") from error
    return config


def _check_numbers(given: Mapping[str, Any]) -> None:
    for key, bounds in RANGES.items():
        value = given.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            bounds.check(f"{key} =", value)
