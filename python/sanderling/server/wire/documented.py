"""Bounds of fields, stated in the OpenAPI document only.

Handlers check them, with more detailed messages.
"""

from __future__ import annotations

import msgspec

from ...ranges import Range


def bounded(bounds: Range) -> msgspec.Meta:
    """Describe the bounds of a number for the OpenAPI document."""
    low, high = bounds.ends
    return msgspec.Meta(extra_json_schema={"minimum": low, "maximum": high})


SOME = msgspec.Meta(extra_json_schema={"minItems": 1})
"""A list with at least one item."""
NOT_EMPTY = msgspec.Meta(extra_json_schema={"minLength": 1})
"""A text with at least one character."""
WORDS = msgspec.Meta(extra_json_schema={"minLength": 1, "pattern": r"\S"})
"""A text with at least one visible character."""
