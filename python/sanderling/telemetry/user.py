"""The user's name as telemetry may know it: a hash that is stable on one installation and means nothing elsewhere.

The salt is random and never leaves the home folder, so exported rows cannot be joined with anybody else's by trying
names.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import secrets

from .. import config
from ..filelock import locked
from ..files import write_private

SALT_BYTES = 32


def user_hash(name: str | None = None) -> str:
    """Return SHA-256 of salt and name, in hex. ``name`` None: the user of this process.

    Raises OSError if the home folder cannot be written.
    """
    return hashlib.sha256(_salt() + (name or _login()).encode()).hexdigest()


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return str(os.getuid())  # a container may run under a number that has no name


def _salt() -> bytes:
    path = config.home() / "telemetry.salt"
    # Under the lock, so that two first requests at once agree on one salt.
    with locked(config.home() / "telemetry.lock"):
        salt = path.read_bytes() if path.exists() else b""
        if len(salt) != SALT_BYTES:
            salt = secrets.token_bytes(SALT_BYTES)
            write_private(path, salt)
    return salt
