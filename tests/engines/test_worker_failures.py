from __future__ import annotations

import pytest

from sanderling.engines.frames import Failed
from sanderling.engines.worker_failures import as_exception, exit_phrase
from sanderling.errors import EngineError, MissingExtra


def test_a_missing_part_keeps_its_command():
    sent = MissingExtra("the engine llama_cpp", "llama")
    error = as_exception(Failed("MissingExtra", str(sent), sent.extra))
    assert isinstance(error, MissingExtra)
    assert (str(error), error.extra) == (str(sent), "llama")


def test_an_unknown_error_keeps_its_name():
    error = as_exception(Failed("RecursionError", "too deep"))
    assert isinstance(error, EngineError)
    assert str(error) == "RecursionError: too deep"


@pytest.mark.parametrize(
    ("code", "phrase"),
    [
        (-9, "was ended by SIGKILL (often the system's answer to too little memory)"),
        (-11, "was ended by SIGSEGV"),
        (3, "ended with exit code 3"),
    ],
)
def test_an_exit_code_is_put_in_words(code, phrase):
    assert exit_phrase(code) == phrase
