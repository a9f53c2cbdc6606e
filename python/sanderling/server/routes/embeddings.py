"""The route that embeds texts with the memory's embedder."""

from __future__ import annotations

import base64
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ...embedding.contract import embed_queries
from ...records import Vectors
from ..answering import watched
from ..body import read_body
from ..refusal import Refused
from ..service import Service
from .common import json

MOST_TEXTS = 2048
AT_ONCE = 32
"""Number of texts embedded between two checks for a disconnected client."""


class EmbeddingsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``/v1/embeddings``."""

    input: str | list[str | int | list[int]]
    model: str = "auto"
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    input_type: Literal["document", "query"] = "document"
    """Whether the texts are questions or documents. Some embedders treat the two differently."""


async def embeddings(service: Service, request: Request) -> Response:
    """Return one vector for each text."""
    body = await read_body(request, EmbeddingsRequest)
    texts = _texts(body)
    embedder = service.runtime.memory.embedder
    if body.model not in ("auto", "sanderling", embedder.id):
        message = f"there is no embedder {body.model[:100]!r} here: use {embedder.id}"
        raise Refused(404, "model_not_found", message, param="model")
    if body.dimensions not in (None, embedder.dim):
        message = f"{embedder.id} gives vectors of {embedder.dim}"
        raise Refused(400, "unsupported_value", message, param="dimensions")
    cut: dict[int, int] = {}

    def part(begin: int) -> tuple[Vectors, int]:
        some = texts[begin : begin + AT_ONCE]
        embed = embedder.embed if body.input_type == "document" else _queries(embedder)
        vectors = embed(some, lambda row, tokens: cut.update({begin + row: tokens}))
        return vectors, sum(map(embedder.count_tokens, some))

    async def whole() -> list[tuple[Vectors, int]]:
        return [await service.read(lambda at=at: part(at)) for at in range(0, len(texts), AT_ONCE)]  # type: ignore[misc]

    parts = await watched(whole(), request)
    rows = [vector for vectors, _ in parts for vector in vectors]
    tokens = sum(count for _, count in parts)
    data = [{"object": "embedding", "index": at, "embedding": _written(row, body)} for at, row in enumerate(rows)]
    warnings = [
        f"input {at} has at least {count} tokens and was cut at {embedder.max_tokens}" for at, count in cut.items()
    ]
    return json(
        {
            "object": "list",
            "data": data,
            "model": embedder.id,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
            "sanderling": {"left_device": False, "warnings": warnings},
        }
    )


def _queries(embedder: Any) -> Any:
    return lambda texts, cut: embed_queries(embedder, texts, cut)


def _texts(body: EmbeddingsRequest) -> list[str]:
    given = [body.input] if isinstance(body.input, str) else body.input
    texts = [each for each in given if isinstance(each, str)]
    if len(texts) < len(given):
        message = (
            "token ids of another model mean nothing here: send texts (LangChain: check_embedding_ctx_length=False)"
        )
        raise Refused(400, "unsupported_value", message, param="input")
    if not texts or len(texts) > MOST_TEXTS or not all(each.strip() for each in texts):
        raise Refused(400, "invalid_value", f"1 to {MOST_TEXTS:,} texts are taken, none of them empty", param="input")
    return texts


def _written(row: Vectors, body: EmbeddingsRequest) -> str | list[float]:
    if body.encoding_format == "base64":
        return base64.b64encode(row.astype("<f4").tobytes()).decode()
    found: list[float] = row.tolist()
    return found
