from __future__ import annotations

from collections.abc import Iterator

import pytest
from mcp_session import KEY
from pump_notes import runtimes
from scripted_model import model
from served import Served, on_a_port

from sanderling.runtime import Runtime
from sanderling.server.settings import Settings


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("tools")
    long = {"when": "long", "say": "one two three " * 400, "token_ms": 5}
    with pytest.MonkeyPatch.context() as patch, runtimes(folder, patch) as opens:
        yield opens(model(folder, "small", 1, long, {"when": "storm", "then": "crash"}, say="Ada Lind"))


@pytest.fixture(scope="module")
def served(runtime: Runtime) -> Iterator[Served]:
    with on_a_port(runtime, Settings(keys=(KEY.encode(),))) as found:
        yield found
