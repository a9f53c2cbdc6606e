"""Hash of the user's name, with a salt of this installation.

The salt is random and stays in the data folder, so exported rows cannot be matched to a person by trying names.
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
    """Return the SHA-256 of salt and name in hexadecimal. ``name`` None: the user of this process.

    Raises OSError if the salt cannot be read; OSError or UsageError if there is none yet and it cannot be written.
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
