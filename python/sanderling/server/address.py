"""Locates the Unix socket of a memory's service.

Both the service and its clients use it. The socket is beside the memory, under the memory's name with ``.sock`` added.
A path that is too long for a socket, or a folder that cannot be written, has a folder of the user's own among the
temporary files in its place.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

from ..errors import UsageError

MOST_BYTES = 100
"""Maximum length of a socket path in bytes, below the limits of macOS (104) and Linux (108)."""


def socket_paths(memory: Path) -> Iterator[Path]:
    """Yield the possible socket paths of a memory, the preferred one first."""
    real = memory.expanduser().resolve()
    beside = real.with_name(f"{real.name}.sock")
    if len(os.fsencode(beside)) <= MOST_BYTES:
        yield beside
    # Most commands find the socket beside the memory, and start sooner without these.
    import hashlib
    import tempfile

    name = hashlib.sha256(os.fsencode(real)).hexdigest()[:16]
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"sanderling-{os.getuid()}"
    apart = folder / f"{name}.sock"
    if len(os.fsencode(apart)) <= MOST_BYTES:
        yield apart


def running(memory: Path) -> Path | None:
    """Return the socket path of this user's running service for a memory, or None."""
    return next((path for path in socket_paths(memory) if belongs_to_us(path) and answers(path)), None)


def answers(path: Path) -> bool:
    """Return whether a process is listening on a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def listen(memory: Path) -> tuple[socket.socket, Path]:
    """Return a listening socket that only this user can connect to, and its path.

    A socket that a service left when it was killed is replaced. Raises UsageError where no socket can be made.
    """
    why = "its path is too long"
    for path in socket_paths(memory):
        try:
            if path.parent.name.startswith("sanderling-"):
                _private_folder(path.parent)
            return _bound(path), path
        except OSError as error:
            why = str(error)
    raise UsageError(f"no Unix socket can be made for {memory}: {why}: set XDG_RUNTIME_DIR to a folder of your own")


def _bound(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # the socket has its mode from the start; this runs before any other thread
    try:
        if path.is_socket() and not answers(path):
            path.unlink()
        listener.bind(str(path))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _private_folder(folder: Path) -> None:
    folder.mkdir(0o700, exist_ok=True)
    if not belongs_to_us(folder) or folder.stat().st_mode & 0o077:
        raise OSError(f"{folder} is not this user's alone")


def belongs_to_us(path: Path) -> bool:
    """Return whether this user owns a path that is not a link.

    Another user could answer in our name through it otherwise.
    """
    try:
        return not path.is_symlink() and path.lstat().st_uid == os.geteuid()
    except OSError:
        return False
