"""Finds a memory's running service, and decides whether to use it.

It may if it has this version, this data folder and the settings that ``config.toml`` has now, and if it was started
with what the command asks for. Otherwise the command answers by itself, with the same result.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..disk.home import data_folder
from ..server.address import answers, belongs_to_us, socket_paths
from .remote import ROOT, Remote
from .transport import Gone, Strange, events


def find(memory: Path, wanted: Mapping[str, str | int | None], warn: Callable[[str], None]) -> Remote | None:
    """Return the service of a memory; None if no service can be used.

    None also if there is none. ``wanted``: the options of the command that a service is started with, without those
    left at their defaults. ``warn``: called with one line where a service is there that cannot be used, or was there.
    """
    for path in socket_paths(memory):
        if not belongs_to_us(path) or not path.is_socket():
            continue
        try:
            ((_, data),) = events(path, "GET", ROOT)
            hello: dict[str, Any] = json.loads(data)
        except Gone:
            _remove(path, warn)
            continue
        except (Strange, ValueError):
            warn("the service that runs for this memory has another version: answered without it; restart it")
            return None
        return _usable(path, hello, wanted, warn)
    return None


def config_stamp(folder: Path) -> str:
    """Return a text that changes with ``config.toml`` in ``folder``."""
    try:
        found = (folder / "config.toml").stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns} {found.st_size}"


def _usable(
    path: Path, hello: dict[str, Any], wanted: Mapping[str, str | int | None], warn: Callable[[str], None]
) -> Remote | None:
    from .._core import __version__

    if hello.get("version") != __version__:
        warn(f"the service for this memory is of version {hello.get('version')}: answered without it; restart it")
        return None
    home = data_folder()
    if hello["home"] != str(home):
        return None  # its telemetry and models are others
    if hello["config"] != config_stamp(home):
        warn("config.toml has changed since the service was started: answered without it; restart it")
        return None
    if hello["memory_lost"]:
        warn("the memory was replaced while the service had it open: answered without it; restart it")
        return None
    started = hello["started"]
    others = {name: value for name, value in wanted.items() if started.get(name) != value}
    model = str(others.pop("model", ""))
    if others or (model and model not in hello["models"]):
        return None
    return Remote(path, hello, model)


def _remove(path: Path, warn: Callable[[str], None]) -> None:
    """Remove the socket of a killed service. Not if a service is just starting on it."""
    from ..disk.filelock import locked

    with suppress(OSError), locked(path.with_name(f"{path.name}.lock"), wait=False):
        if answers(path):
            return  # too busy to say hello, or no service of ours
        path.unlink()
        warn(f"the service of this memory was killed: its socket {path} was removed")
