"""The table of all routes."""

from __future__ import annotations

from ..wire.chat import ChatRequest
from ..wire.completions import CompletionRequest, DetokenizeRequest, TokenizeRequest
from ..wire.responses import ResponsesRequest
from . import (
    bench,
    chat,
    command,
    completions,
    conversations,
    description,
    embeddings,
    generate,
    health,
    memory,
    models,
    page,
    responses,
    routing,
)
from .entry import Entry

TABLE = (
    Entry("GET", "/", page.page, "The page for browsers", keyless=True, media="text/html"),
    Entry("GET", "/health", health.health, "Whether the process answers", keyless=True),
    Entry("GET", "/v1/health", health.health, "Whether the process answers", keyless=True),
    Entry("GET", "/ready", health.ready, "Whether a question could be answered now", keyless=True),
    Entry("GET", "/openapi.json", description.openapi, "This description", keyless=True),
    Entry("GET", "/metrics", health.metrics, "Metrics for Prometheus", media="text/plain"),
    Entry("GET", "/v1/models", models.models, "The models that may be named"),
    Entry("GET", "/v1/models/{id:path}", models.model, "One of them"),
    Entry(
        "POST", "/v1/chat/completions", chat.completions, "Answer the last message of a chat", ChatRequest, streams=True
    ),
    Entry("POST", "/v1/responses", responses.responses, "Answer without a state", ResponsesRequest, streams=True),
    Entry("POST", "/v1/completions", completions.completions, "Continue prompts", CompletionRequest, streams=True),
    Entry("GET", "/tokenizer_info", completions.tokenizer_info, "The special tokens of a model", query=("model",)),
    Entry("POST", "/tokenize", completions.tokenize, "The token ids of a text", TokenizeRequest),
    Entry("POST", "/detokenize", completions.detokenize, "The text of token ids", DetokenizeRequest),
    Entry("POST", "/v1/embeddings", embeddings.embeddings, "Vectors of texts", embeddings.EmbeddingsRequest),
    Entry(
        "POST",
        "/generate",
        generate.generate,
        "Continue a prompt with one model",
        generate.GenerateRequest,
        streams=True,
    ),
    Entry("GET", "/v1/conversations", conversations.conversations, "The conversations that are kept"),
    Entry("GET", "/v1/conversations/{id}", conversations.conversation, "One of them with its turns"),
    Entry("DELETE", "/v1/conversations/{id}", conversations.forget, "Forget a conversation"),
    Entry("POST", "/v1/memory/search", memory.search, "Search the notes", memory.SearchRequest),
    Entry("POST", "/v1/memory/notes", memory.add, "Store a text as a note", memory.NoteRequest, status=201),
    Entry("GET", "/v1/memory/notes/{id}", memory.show, "One note and its document"),
    Entry("DELETE", "/v1/memory/notes/{id}", memory.forget, "Forget a note and its document"),
    Entry("POST", "/v1/memory/ingest", memory.ingest, "Read files of this machine", memory.IngestRequest),
    Entry("GET", "/v1/memory/stats", memory.stats, "How much the memory holds"),
    Entry("GET", "/v1/bench", bench.bench, "The last benchmark of this device in short"),
    Entry("POST", "/v1/route", routing.route, "Which model a question would get", routing.RouteRequest),
    Entry("POST", "/v1/feedback", routing.feedback, "Rate an answer", routing.FeedbackRequest),
)

COMMAND_TABLE = (
    Entry("GET", command.ROOT, command.hello, "Which service this is"),
    *(
        Entry("POST", f"{command.ROOT}/{handler.__name__}", handler, "What the command line asks")
        for handler in (
            command.ask,
            command.cancel,
            command.search,
            command.quote,
            command.ingest,
            command.remember,
            command.talk,
        )
    ),
)
"""Routes for the command line only, on the Unix socket.

They are outside the API, for a command line of the same version.
"""
