"""Finds the running service of a command's memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import output

if TYPE_CHECKING:
    from ..client.remote import Remote


def memory_file(given: Path | None) -> Path:
    """Return the path of the memory, without checking it. ``given``: None: the one in the data folder."""
    from ..disk.home import MEMORY, data_folder

    return given or data_folder() / MEMORY


def service_for(
    memory: Path | None,
    no_server: bool,
    *,
    model: str | None = None,
    ladder: str | None = None,
    router: str = "auto",
    engine: str = "auto",
    profile: str = "auto",
    threads: int | None = None,
) -> Remote | None:
    """Return the running service of ``memory`` if the command may use it, else None.

    ``no_server``: use none. ``memory`` None: the one in the data folder. The rest: the command's options, as in
    ``serve``. A service is used if it was started with those that are given.
    """
    if no_server:
        return None
    path = memory_file(memory)
    if not path.exists():
        return None
    from ..client.find import find

    options = started(model, ladder, router, engine, profile, threads)
    given = {name: value for name, value in options.items() if value not in (None, "auto")}
    return find(path, given, output.warn)


def started(
    model: str | None, ladder: str | None, router: str, engine: str, profile: str, threads: int | None
) -> dict[str, str | int | None]:
    """Return a dict of the options with which a service is started.

    Clients and services compare them under these names.
    """

    def name(given: str | None) -> str | None:
        """Return a name unchanged, and a path as an absolute path."""
        is_path = given is not None and Path(given).exists()
        return str(Path(given).resolve()) if given is not None and is_path else given

    return {
        "model": name(model),
        "ladder": ladder,
        "router": name(router),
        "engine": engine,
        "profile": profile,
        "threads": threads,
    }
