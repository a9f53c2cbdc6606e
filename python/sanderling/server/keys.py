"""Creates, reads and compares API keys.

A key has 256 random bits, stands in a file that only its owner can read, and is compared in constant time. A key file
holds one key a line; empty lines and what follows a ``#`` at the beginning of a line are left out, as llama-server
reads them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..disk.files import content
from ..disk.whole_file import write_whole
from ..errors import UsageError

FILE = "service.key"
"""Name of the file in the data folder."""
PREFIX = "sk-sanderling-"
MAX_BYTES = 64 * 1024


def new_key(path: Path) -> str:
    """Write a new key to the file ``path``, and return the key.

    The file's earlier contents are replaced. Raises UsageError if the file cannot be written.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    try:
        path.unlink(missing_ok=True)  # a file that others could read keeps its mode when it is replaced
        write_whole(path, f"{key}\n", private=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}): name another with --api-key-file") from error
    return key


def read_keys(path: Path) -> tuple[bytes, ...]:
    """Return the keys in a file.

    Raises UsageError if the file cannot be read, holds no key, or can be read by other users.
    """
    try:
        if _known_to_others(path):
            raise UsageError(f"{path} can be read by other users of this machine: run  chmod 600 {path}")
        data = content(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): make one with  sanderling serve --new-key") from (
            error
        )
    if len(data) > MAX_BYTES:
        raise UsageError(f"{path} has more than {MAX_BYTES:,} bytes: name a file of keys, one a line")
    lines = (line.strip() for line in data.splitlines())
    keys = tuple(line for line in lines if line and not line.startswith(b"#"))
    if not keys:
        raise UsageError(f"{path} holds no key: make one with  sanderling serve --new-key")
    return keys


def _known_to_others(path: Path) -> bool:
    """Return whether other users can read a key file.

    The target of a link counts. If another user owns the file, its group may read it. A service manager hands over keys
    so.
    """
    status = path.stat()
    return bool(status.st_mode & (0o077 if status.st_uid == os.geteuid() else 0o007))


def matches(given: Iterable[bytes], keys: Sequence[bytes]) -> str:
    """Return a name for the first valid key in ``given``; empty if no key is valid.

    Every pair is compared, in a time that depends on neither. The name is a hash, and tells clients apart.
    """
    found = ""
    for one in given:
        shown = hashlib.sha256(one).digest()
        for key in keys:
            if hmac.compare_digest(shown, hashlib.sha256(key).digest()) and not found:
                found = shown.hex()[:16]
    return found
