from __future__ import annotations

from collections.abc import Iterator

import httpx2
import openai
import pytest
from served import Served, on_a_port

from sanderling.runtime import Runtime


@pytest.fixture(scope="module")
def served(runtime: Runtime) -> Iterator[Served]:
    with on_a_port(runtime) as found:
        yield found


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="DUMMY", max_retries=0) as found:
        yield found


@pytest.fixture(scope="module")
def http(served: Served) -> Iterator[httpx2.Client]:
    """Over a real socket, because a service has one event loop."""
    with httpx2.Client(base_url=served.url, timeout=60) as found:
        yield found
