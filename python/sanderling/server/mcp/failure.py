"""Reports errors to a client's model in one line with a code.

The SDK hides the message of every exception but its own ToolError and ResourceError.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from mcp.server.mcpserver.exceptions import ResourceError, ToolError

from ..refusal import refusal_of


@contextmanager
def told(kind: type[ToolError] | type[ResourceError] = ToolError) -> Iterator[None]:
    """Convert an exception in the block to an error of ``kind``. A bug is logged, and reported without details."""
    try:
        yield
    except (ToolError, ResourceError, asyncio.CancelledError):
        raise
    except Exception as error:
        refusal = refusal_of(error)
        raise kind(f"{refusal.code}: {refusal.message}") from error
