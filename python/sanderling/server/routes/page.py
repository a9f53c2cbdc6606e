"""The web page at ``/``.

It is a single file that sends requests only to this service.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

from ..service import Service

FILE = "page.html"
_PARTS = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


async def page(service: Service, request: Request) -> Response:
    """Return the web page. It needs no key, because it holds no secret."""
    text, policy = _read()
    headers = {
        "content-security-policy": policy,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "no-cache",
    }
    return Response(text, headers=headers, media_type="text/html")


@cache
def _read() -> tuple[bytes, str]:
    """Return the web page and its content security policy.

    The policy allows only the page's own script and style, by hash.
    """
    text = resources.files("sanderling.server").joinpath(FILE).read_bytes()
    sources: dict[str, list[str]] = {"script": [], "style": []}
    for kind, part in _PARTS.findall(text.decode()):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        sources[kind].append(f"'sha256-{digest}'")
    return text, "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(sources['script'])}",
            f"style-src {' '.join(sources['style'])}",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
