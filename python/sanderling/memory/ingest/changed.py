"""Find changed files below a folder, by reports of the operating system or by polling.

Both yield sets of paths, and an empty set every now and then, so that the caller can do what is due.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

from ...errors import MissingExtra, UsageError
from ..files.ignore import NAMES
from ..files.walk import File, Walk

QUIET_MS, LONGEST_MS = 250, 1000
"""A batch ends after this long without a change, or after this long in total."""
TICK_S = 0.5

Signature = tuple[int, int, int]


class Snapshot:
    """The time, size and inode number of each file below a folder, for finding changes."""

    def __init__(self) -> None:
        """Start with no files."""
        self._files: dict[Path, Signature | None] = {}

    def update(self, walk: Walk) -> set[Path]:
        """Scan all files; return those added, changed or deleted since the last call."""
        before, self._files = self._files, {}
        for item in walk.files():
            if isinstance(item, File):
                self._files[item.path] = _signature(item.path)
        changed = {path for path, signature in self._files.items() if before.get(path, ()) != signature}
        return changed | (before.keys() - self._files.keys())

    def note(self, path: Path) -> None:
        """Record the present state of ``path``, so that :meth:`update` does not report it."""
        signature = _signature(path)
        if signature is not None:
            self._files[path] = signature
        else:
            self._files.pop(path, None)


def _signature(path: Path) -> Signature | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def require_watchfiles() -> None:
    """Raise MissingExtra if the library for :func:`told` is not installed."""
    try:
        import watchfiles  # noqa: F401 # whether it is there
    except ImportError as error:
        raise MissingExtra("being told of changes (--poll 5 does without)", "watch") from error


def told(root: Path, stop: threading.Event) -> Generator[set[Path]]:
    """Yield the paths below ``root`` that the operating system reports as changed. It ends when ``stop`` is set.

    Raises MissingExtra without ``watchfiles``, UsageError where the system refuses to watch the folder.
    """
    require_watchfiles()
    from watchfiles import Change, watch

    def wanted(change: Change, path: str) -> bool:
        # A folder is reported as modified when its times are; what is in it is reported by itself.
        return change != Change.modified or not Path(path).is_dir()

    try:
        for changes in watch(
            root,
            watch_filter=wanted,
            debounce=LONGEST_MS,
            step=QUIET_MS,
            rust_timeout=int(1000 * TICK_S),
            yield_on_timeout=True,
            stop_event=stop,
            ignore_permission_denied=True,
        ):
            yield {Path(path) for _, path in changes}
    except FileNotFoundError:
        return  # the root is gone, which the caller sees for itself
    except (OSError, RuntimeError) as error:
        raise UsageError(
            f"{root}: the system refuses to watch it ({error}): raise its limits, on Linux  sudo sysctl "
            "fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512 , or look at the files every few "
            "seconds instead:  --poll 5"
        ) from error


def polled(snapshot: Snapshot, walk: Callable[[], Walk], every_s: float, stop: threading.Event) -> Generator[set[Path]]:
    """Scan all files every ``every_s`` seconds, and yield the changed files. It ends when ``stop`` is set."""
    due = time.monotonic() + every_s
    while not stop.wait(min(TICK_S, every_s)):
        if time.monotonic() < due:
            yield set()
            continue
        yield snapshot.update(walk())
        due = time.monotonic() + every_s


def are_rules(path: Path) -> bool:
    """Whether ``path`` is an ignore file, such as ``.gitignore``.

    When it changes, any file may be left out or taken in.
    """
    return path.name in NAMES
