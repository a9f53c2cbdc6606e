"""A reply of the service: JSON with its fields as attributes.

They are read like those of a record. Records themselves need numpy and msgspec, which take longer to import than most
answers to arrive.
"""

from __future__ import annotations

import json
from typing import Any


class Fields(dict[str, Any]):
    """A dict whose keys are attributes too."""

    def __getattr__(self, name: str) -> Any:
        """Return the field ``name``."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Reply:
    """A JSON value with its fields as attributes. They are named like those of the record that it encodes."""

    def __init__(self, encoded: str) -> None:
        """``encoded``: the JSON text; it is printed unchanged."""
        self.encoded = encoded
        self.value: Any = json.loads(encoded, object_hook=Fields)

    def __getattr__(self, name: str) -> Any:
        """Return a field of the outermost object."""
        return getattr(self.value, name)
