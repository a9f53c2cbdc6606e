"""Builds the OpenAPI document from the route table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from .routes.entry import Entry

VERSION = "3.1.0"
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}


def document(table: Sequence[Entry]) -> dict[str, Any]:
    """Return the OpenAPI document for ``table``."""
    from .._core import __version__

    bodies = [entry.body for entry in table if entry.body is not None]
    _, schemas = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    paths: dict[str, Any] = {}
    for entry in table:
        paths.setdefault(written(entry.path), {})[entry.method.lower()] = _operation(entry)
    return {
        "openapi": VERSION,
        "info": {
            "title": "Sanderling",
            "version": __version__,
            "description": "Answers from the notes of this device, through the API that clients already speak.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Error": ERROR},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}],
    }


def _operation(entry: Entry) -> dict[str, Any]:
    done: dict[str, Any] = {"description": entry.summary, "content": {entry.media: {}}}
    if entry.streams:
        done["content"]["text/event-stream"] = {}
    found: dict[str, Any] = {
        "summary": entry.summary,
        "operationId": _id(entry),
        "responses": {
            **{str(entry.status): done},
            "default": {
                "description": "What was refused, or failed",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    names = [part[1:-1] for part in written(entry.path).split("/") if part.startswith("{")]
    parameters = [{"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in names]
    parameters += [{"name": each, "in": "query", "schema": {"type": "string"}} for each in entry.query]
    if parameters:
        found["parameters"] = parameters
    if entry.body is not None:
        schema = {"$ref": f"#/components/schemas/{entry.body.__name__}"}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if entry.keyless:
        found["security"] = []
    return found


def written(path: str) -> str:
    """Return a route's path as OpenAPI writes it. Types of its parameters are left out."""
    return path.replace(":path}", "}")


def _id(entry: Entry) -> str:
    words = "".join(char if char.isalnum() else " " for char in written(entry.path)).split()
    return "_".join([entry.method.lower(), *words])
