"""Run the checks of one client against a running service, and print one JSON line per check.

Imported by the ``check_*.py`` beside it, which run in the client's own environment: nothing but the standard library is
needed.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import traceback
from collections.abc import Callable

URL = os.environ.get("SERVICE_URL", "")
"""Address of the service, without ``/v1``."""
BASE = f"{URL}/v1"
KEY = os.environ.get("SERVICE_KEY", "")
MODEL = os.environ.get("SERVICE_MODEL", "")
"""The model that answers without notes."""
NOTES = f"sanderling:{MODEL}"
QUESTION = "Who is the keeper of Generator Matilda?"
TOLD = "Tomas Brekke"
"""The answer that the notes give to that question."""
NOTE = "generator-matilda.md"
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 30},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}

_checks: list[tuple[str, Callable[[], str | None]]] = []


def check(feature: str) -> Callable[[Callable[[], str | None]], Callable[[], str | None]]:
    """Register a check of ``feature``. It raises where the feature fails, and may return a remark for the table."""

    def register(call: Callable[[], str | None]) -> Callable[[], str | None]:
        _checks.append((feature, call))
        return call

    return register


def run(*packages: str) -> None:
    """Run all checks, or those named on the command line, and end the process with 1 if one failed.

    ``packages``: the distributions whose versions are told, the client's first.
    """
    versions = {name: importlib.metadata.version(name) for name in packages}
    print(json.dumps({"versions": versions}), flush=True)
    failed = False
    for feature, call in _checks:
        if sys.argv[1:] and feature not in sys.argv[1:]:
            continue
        try:
            line = {"feature": feature, "ok": True, "remark": call() or ""}
        except Exception as error:
            failed = True
            traceback.print_exc()
            line = {"feature": feature, "ok": False, "remark": f"{type(error).__name__}: {error}"[:500]}
        print(json.dumps(line), flush=True)
    sys.exit(1 if failed else 0)


def expect(true: object, what: object) -> None:
    """Raise AssertionError unless ``true``, even under ``-O``, where ``assert`` is ignored."""
    if not true:
        raise AssertionError(f"unexpected: {what!r}"[:500])
