"""The user's settings, and the folder in which all data is kept.

The data folder is ``SANDERLING_HOME`` if set, else the platform's. Its ``config.toml`` is optional; an unknown key in
it is an error, so that a typing mistake is not silently ignored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from . import ranges
from .disk.files import PRIVATE_FOLDER, content, restrict
from .disk.home import data_folder
from .errors import UsageError
from .experiment import Experiment
from .privacy import PrivacySettings
from .records import BlockHead
from .tier import Tier
from .tier import check_names as check_tiers


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one user on one device, as read from ``config.toml``. Raises ValueError for a number out of range."""

    ladder: str = "lfm2"
    """Models to choose from: the name of a ladder in ``models/models.toml``."""
    engine: Literal["auto", "sanderling_engine", "llama_cpp", "xllamacpp"] = "auto"
    """Library that generates text; ``auto`` takes the first one installed, in this order."""
    embedder: str = "minilm-l6-v2-dynamic"
    """Model that embeds notes and questions; an existing memory keeps its embedder."""
    vectors: Literal["int16", "float32"] = "int16"
    """Precision of vectors in new memories; ``int16`` takes half the room of ``float32``."""
    clusters: Literal["auto", "off"] | int | None = None
    """From how many notes on the index consists of clusters; ``auto``: 250,000, ``off``: it never does. None: as the
    memory was last told."""
    write_back: Literal["never", "ask", "always"] = "never"
    """Whether answers are written into the memory; ``ask`` lets the command line ask after each answer."""
    log_query_text: bool = True
    """False: telemetry rows hold no words of the query, and no answers and no conversations are kept."""
    log_days: float = 365.0
    """Age at which telemetry rows are deleted. A year covers seasonal habits once; older rows describe an older device
    and no longer help to train a router."""
    kept_conversations: int = 200
    """Largest number of conversations kept, the most recently used; 0 or ``log_query_text`` false: none is kept."""
    conversation_days: float = 90.0
    """Days after its last turn when a conversation is deleted."""
    largest_for: tuple[str, ...] = ("health", "law", "money")
    """Subjects of questions and domains of notes for which the largest allowed model is used."""
    always_largest: bool = False
    """True: the largest allowed model is used for every question."""
    explore: float = 0.0
    """Share of questions whose model and context are drawn at random among the allowed ones, so that a router can learn
    from them; questions on risky subjects are excepted. 0.05 is enough to train from; 0: none."""
    block_head: BlockHead = "short"
    """How each note begins in a prompt: ``short``, ``[n] title: ``, or ``full``, ``[Context block n] (score=...,
    type=..., tags=...)``, which takes about 18 tokens of the context."""
    n_threads: int | None = None
    """Threads of the engine and the embedder; None: as the device profile says."""
    state_bytes: int = 64 << 20
    """RAM per model, if available, for the states of other conversations; 0: these are computed again."""
    state_disk_bytes: int = 64 << 20
    """Disk for states of the system prompt, which new processes read instead of computing them; 0: none is written.

    About 1 MB per model."""
    note_states_bytes: int = 0
    """RAM per model for reusable states of single notes, where ``bench reuse`` allows them; 0: none is kept."""
    response_cache_bytes: int = 0
    """Disk for the response cache; 0 or ``log_query_text`` false: no answers are cached."""
    response_cache_days: float = 30.0
    """Age at which cached answers are deleted."""
    resident_bytes: int | None = None
    """RAM for all loaded models together; None: all RAM that is available when a model is loaded."""
    queue_timeout_s: float = 120.0
    """Longest time that a question waits for a busy model before Busy is raised; 0: no wait."""
    stall_timeout_s: float = 120.0
    """Longest silence of a model's process before it is ended; one batch of a prompt must be computed in this time."""
    ab: Experiment | None = None
    """Live comparison of two routers or settings, summarised by ``sanderling log --compare``; None: none."""
    tier: tuple[Tier, ...] = ()
    """Servers on other machines that may answer where a request's privacy allows it; see ``docs/tiers.md``."""
    privacy: PrivacySettings = PrivacySettings()
    """What may leave this device."""

    def __post_init__(self) -> None:
        """Raise ValueError if a number is out of its range."""
        _check_numbers(msgspec.structs.asdict(self))
        check_tiers(self.tier)


RANGES = {
    "clusters": ranges.CLUSTERED,
    "log_days": ranges.DAYS,
    "kept_conversations": ranges.CONVERSATIONS,
    "conversation_days": ranges.DAYS,
    "explore": ranges.SHARE,
    "n_threads": ranges.THREADS,
    "state_bytes": ranges.RAM_BYTES,
    "state_disk_bytes": ranges.DISK_BYTES,
    "note_states_bytes": ranges.RAM_BYTES,
    "response_cache_bytes": ranges.DISK_BYTES,
    "response_cache_days": ranges.DAYS,
    "resident_bytes": ranges.RAM_BYTES,
    "stall_timeout_s": ranges.STALL_S,
    "queue_timeout_s": ranges.QUEUE_S,
}
"""Range of each numeric setting."""

WORDS = (
    "telemetry.*",
    "conversations.*",
    "service.key*",
    "responses.*",
    "*.sanderling*",
    "forgotten-*.jsonl",
    "config.toml*",
    "hub.address",
    "calibration.*",
    "speeds.*",
    "tuned.*",
    "states/*.state",
    "headers/*.header",
)
"""Files of the data folder that hold words of notes, questions or answers, or measurements: readable by their owner
alone. Models may be shared, and their permissions are left as they are."""

FOLDERS = ("models", "router", "states", "headers", "attention", "search")
"""Folders in the data folder."""

# Folders whose permissions this process has checked.
_restricted: set[Path] = set()


def home() -> Path:
    """Return the data folder, which holds models, telemetry and calibration. It may not exist yet: none is made here.

    A folder that others can read is restricted to its owner, with a warning. Raises UsageError if no folder of this
    name can exist.
    """
    folder = data_folder()
    if str(folder).startswith("~"):  # neither HOME nor the list of users knows where this user lives
        raise UsageError(f"{folder}: nobody knows your home folder: set HOME, or SANDERLING_HOME to a folder")
    try:
        in_the_way = next((each for each in (folder, *folder.parents) if each.exists() and not each.is_dir()), None)
    except OSError:
        in_the_way = None  # not readable: the error of whoever reads there says so
    if in_the_way is not None:
        raise UsageError(f"{in_the_way} is no folder: set SANDERLING_HOME to a folder that can be written")
    if folder not in _restricted and folder.is_dir():
        _restricted.add(folder)
        restrict(folder, WORDS, FOLDERS)
    return folder


def made_home() -> Path:
    """Return the data folder, created if it is absent. Raises UsageError if it cannot be created."""
    folder = home()
    try:
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{error}: set SANDERLING_HOME to a folder that can be written") from error
    return folder


def load(check_names: Callable[[Config], None] = lambda config: None) -> Config:
    """Read ``config.toml`` from the data folder; return the defaults if there is no such file.

    ``check_names``: raises UsageError for a ladder or embedder that does not exist; called if the file names one. The
    names are known above this layer: see :func:`sanderling.models.configured.load`.

    Raises UsageError if the file cannot be read, has an unknown key, a number out of range, or a name that
    ``check_names`` refuses.
    """
    path = home() / "config.toml"
    try:
        given = tomllib.loads(content(path).decode("utf-8-sig"))  # some editors put a byte order mark before the text
        # Before the types, whose messages are worse for numbers beyond 64 bits and for integers given as fractions.
        _check_numbers(given)
        config = msgspec.convert(given, Config)
        if given.keys() & {"ladder", "embedder"}:
            check_names(config)
    except FileNotFoundError as error:
        if path.is_symlink():  # the file may hold what must not leave this device
            raise UsageError(f"{path} leads to no file: mend the link, or delete it") from error
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
