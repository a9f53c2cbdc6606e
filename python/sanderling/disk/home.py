"""Locates the data folder without reading anything."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

MEMORY = "notes.sanderling"
"""Name of the memory file that commands use by default, in the data folder."""


def data_folder() -> Path:
    """Return the path of the data folder, which may not exist. It is ``SANDERLING_HOME`` or the platform's default.

    :func:`sanderling.config.home` checks it.
    """
    given = os.environ.get("SANDERLING_HOME")
    if given:
        return _parsed(given)
    import platformdirs

    return _parsed(platformdirs.user_data_dir("sanderling", appauthor=False))


@lru_cache(maxsize=4)  # each question asks; :mod:`sanderling.device.ram` says why parsing it again would cost memory
def _parsed(folder: str) -> Path:
    try:
        return Path(folder).expanduser()  # service managers and .env files leave ~ as it is
    except RuntimeError:  # nobody knows the user's folder, which config.home() says
        return Path(folder)
