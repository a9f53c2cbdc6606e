"""The user's name as telemetry may know it: a hash that is stable on one installation and means nothing elsewhere.

The salt is random and never leaves the home folder, so exported rows cannot be joined with anybody else's by trying
names.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import secrets
from pathlib import Path

from .. import config
from ..disk.filelock import locked
from ..disk.files import content
from ..disk.whole_file import write_whole

SALT_BYTES = 32


def user_hash(name: str | None = None) -> str:
    """Return SHA-256 of salt and name, in hex. ``name`` None: the user of this process.

    Raises OSError or UsageError if there is no salt yet and the home folder cannot be written, OSError if it cannot be
    read.
    """
    return hashlib.sha256(_salt() + (name or _login()).encode()).hexdigest()


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return str(os.getuid())  # a container may run under a number that has no name


def _salt() -> bytes:
    path = config.home() / "telemetry.salt"
    if len(salt := _read(path)) == SALT_BYTES:
        return salt
    # Under the lock, so that two first requests at once agree on one salt.
    with locked(config.made_home() / "telemetry.lock"):
        salt = _read(path)
        if len(salt) != SALT_BYTES:
            salt = secrets.token_bytes(SALT_BYTES)
            write_whole(path, salt, private=True)
    return salt


def _read(path: Path) -> bytes:
    try:
        return content(path)
    except FileNotFoundError:
        return b""
