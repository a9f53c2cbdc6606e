"""Every error as a status, a code and a word on trying again: the table of gateway.md, section 1c."""

from __future__ import annotations

import logging

import msgspec
import pytest

from sanderling import errors
from sanderling.server.refusal import QueueFull, QueueTimeout, Refused, refusal_of


@pytest.mark.parametrize(
    ("error", "status", "code", "retry"),
    [
        (errors.UsageError("the question is empty"), 400, "invalid_value", None),
        (errors.NoNotes("no notes match the filter"), 400, "no_notes", None),
        (errors.ContextOverflow("too long"), 400, "context_length_exceeded", None),
        (QueueFull("16 wait", 12.3), 503, "queue_full", True),
        (QueueTimeout("60 s", 2.0), 503, "queue_timeout", True),
        (errors.Busy("busy"), 503, "queue_timeout", True),
        (errors.OutOfMemory("no room"), 503, "out_of_memory", False),
        (errors.ModelUnavailable("absent"), 503, "model_unavailable", False),
        (errors.MissingExtra("the engine", "prebuilt"), 503, "model_unavailable", False),
        (errors.WorkerDied("died"), 500, "worker_died", True),
        (errors.EngineError("failed"), 500, "engine_error", False),
        (errors.MemoryFileError("damaged"), 500, "memory_file", False),
        (errors.StorageFull("full"), 507, "storage_full", False),
        (errors.DownloadError("no network"), 502, "upstream_error", False),
        (errors.Cancelled("cancelled"), 499, "cancelled", None),
        (Refused(404, "model_not_found", "no such model", param="model"), 404, "model_not_found", None),
    ],
)
def test_an_error_has_its_status_code_and_retry_header(error: Exception, status: int, code: str, retry) -> None:
    response = refusal_of(error).response()
    said = msgspec.json.decode(response.body)["error"]
    assert (response.status_code, said["code"], said["message"]) == (status, code, str(error))
    assert said["type"] == ("invalid_request_error" if status < 500 else "server_error")
    assert response.headers.get("x-should-retry") == {True: "true", False: "false", None: None}[retry]


def test_every_error_of_the_package_is_in_the_table() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    for kind in kinds:
        error = kind("x", "llama") if kind is errors.MissingExtra else kind("x")
        assert refusal_of(error).code != "internal_error"


def test_a_full_queue_says_when_to_come_back() -> None:
    headers = refusal_of(QueueFull("16 wait", 12.3)).response().headers
    assert headers["retry-after"] == "13"
    assert headers["retry-after-ms"] == "12300"


def test_a_bug_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        refusal = refusal_of(ValueError("a secret path"))
    assert (refusal.status, refusal.code) == (500, "internal_error")
    assert "secret" not in refusal.message
    assert "a secret path" in caplog.text
