"""The clients with which the service is checked, and their pinned versions."""

from __future__ import annotations

from typing import NamedTuple


class Client(NamedTuple):
    """The file that checks one client, and the packages it needs."""

    script: str
    """Name of the file with its checks."""
    pins: tuple[str, ...]
    """Packages to install, with the client first."""


CLIENTS = {
    "openai-python": Client("check_openai", ("openai==3.57.0",)),
    "langchain-openai": Client("check_langchain", ("langchain-openai==1.7.4", "openai==3.57.0")),
    "litellm": Client("check_litellm", ("litellm==1.110.2", "openai==3.57.0")),
    "llm": Client("check_llm", ("llm==0.36", "openai==3.57.0")),
    "instructor": Client("check_instructor", ("instructor==1.17.0", "openai==3.3.0")),
    "llama-index": Client("check_llama_index", ("llama-index-llms-openai-like==0.8.1", "openai==2.54.0")),
    "lm-eval": Client("check_lm_eval", ("lm-eval[api]==0.4.13",)),
    "MCP SDK": Client("check_mcp", ("mcp==2.3.0",)),
    "prometheus": Client("check_prometheus", ("prometheus-client==0.26.0",)),
    "schemathesis": Client("check_schemathesis", ("schemathesis==4.32.5",)),
}
