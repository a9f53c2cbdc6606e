"""Restricts the requests of schemathesis, so that answers are short and no file of this machine is read."""

from __future__ import annotations

import os
from typing import Any

import schemathesis

MODEL = os.environ.get("SERVICE_MODEL", "")
MOST_TOKENS = 4
TALKS = ("completions", "generate", "responses")
BOUNDS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


@schemathesis.hook
def before_call(context: Any, case: Any, *_: Any) -> None:
    """Set in each request an existing model, a limit on tokens, and folders that do not exist."""
    if not isinstance(case.body, dict):
        return
    path = case.operation.path
    needs = "model_id" if path.endswith("generate") else "model"
    if path.endswith(TALKS) and isinstance(case.body.get(needs, ""), str):
        case.body[needs] = MODEL  # any other text is no model, and nothing behind that would be reached
        bound = "max_output_tokens" if path.endswith("responses") else "max_tokens"
        if case.body.get(bound) is None:
            case.body[bound] = MOST_TOKENS
    for name in BOUNDS:
        given = case.body.get(name)
        if isinstance(given, int) and given > MOST_TOKENS:
            case.body[name] = MOST_TOKENS
    messages = case.body.get("messages")
    if messages and case.meta and case.meta.generation.mode.is_positive:  # a schema cannot say whose the last one is
        texts = [each for each in messages if isinstance(each.get("content"), str)]
        case.body["messages"] = [*texts, {"role": "user", "content": "Who?"}]
    if path.endswith("ingest") and isinstance(case.body.get("paths"), list):
        given = case.body["paths"]
        case.body["paths"] = [f"/absent{each}" if str(each).startswith("/") else each for each in given]
