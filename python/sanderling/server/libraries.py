"""Checks that the optional libraries of the service are installed."""

from __future__ import annotations

from importlib import import_module

from ..errors import MissingExtra


def require_libraries() -> None:
    """Raise MissingExtra if a library of the service is not installed."""
    _require(("starlette", "uvicorn", "prometheus_client"), "the service", "server")


def require_sdk() -> None:
    """Raise MissingExtra if a library of the Model Context Protocol is not installed."""
    _require(("starlette", "prometheus_client", "mcp.server.mcpserver"), "the Model Context Protocol", "mcp")


def _require(modules: tuple[str, ...], what: str, extra: str) -> None:
    try:
        for name in modules:
            import_module(name)
    except ImportError as error:
        raise MissingExtra(what, extra) from error
