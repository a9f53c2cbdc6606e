"""Decodes a request's JSON body to a struct.

An error names the field of the wrong type.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from .refusal import Refused

T = TypeVar("T")


async def read_body(request: Request, type: type[T]) -> T:
    """Return the body as a value of ``type``. Unknown fields are ignored, since clients send those of other services.

    Raises Refused with the field at fault.
    """
    try:
        data = await request.body()
    except ClientDisconnect:
        raise Refused(499, "cancelled", "the client left before its request was read") from None
    return decode(data, type)


def decode(data: bytes, type: type[T]) -> T:
    """Decode JSON bytes to a value of ``type``, as :func:`read_body` does."""
    try:
        return msgspec.json.decode(data, type=type)
    except msgspec.ValidationError as error:
        _, _, place = str(error).partition(" - at `$")
        raise Refused(400, "invalid_type", str(error), param=place.strip(".`") or None) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, "invalid_json", f"the body is not JSON: {error}") from error
