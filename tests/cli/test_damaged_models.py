"""Model files that are not what they say: one line from every command that uses one, and never a traceback."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_lfm2 import write_tiny_lfm2

from sanderling.engines import cpu_variant
from sanderling.engines.choose import resolve
from sanderling.errors import MissingExtra
from sanderling.models.synth.write import folder

VOCABULARY = 264


@pytest.fixture(autouse=True)
def an_engine() -> None:
    """The writer of the files, and llama.cpp to read them."""
    pytest.importorskip("gguf", reason="the gguf package writes the test models")
    try:
        resolve("auto")
    except MissingExtra as error:
        pytest.skip(str(error))


def edited(edit: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        write_tiny_lfm2(path, 7)
        path.write_bytes(edit(path.read_bytes()))

    return write


def tiny(**changed) -> Callable[[Path], None]:
    return lambda path: write_tiny_lfm2(path, 7, **changed)


# What is wrong, and words of the line that says so.
HEADERS = {
    "no tensors": (tiny(empty=True), "no weights"),
    "context of 0": (tiny(n_ctx=0), "context of 0"),
    "bos beyond the vocabulary": (tiny(bos=VOCABULARY), "bos_token_id"),
    "eos beyond the vocabulary": (tiny(eos=2**32 - 1), "eos_token_id"),
    "empty file": (edited(lambda data: b""), "no usable GGUF"),
    "not a GGUF": (edited(lambda data: b"PK" + data), "no usable GGUF"),
    "version 9": (edited(lambda data: data[:4] + struct.pack("<I", 9) + data[8:]), "version 9"),
    "2^63 tensors": (edited(lambda data: data[:8] + struct.pack("<Q", 2**63) + data[16:]), "entries"),
    "2^63 keys": (edited(lambda data: data[:16] + struct.pack("<Q", 2**63) + data[24:]), "entries"),
    "half": (edited(lambda data: data[: len(data) // 2]), "truncated"),
    "one byte short": (edited(lambda data: data[:-1]), "truncated"),
    "9 dimensions": (edited(lambda data: data.replace(b"ffn_up.weight\x02", b"ffn_up.weight\x09")), "9 dimensions"),
    "a named pipe": (os.mkfifo, "a named pipe"),
    "a folder": (Path.mkdir, "a folder"),
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_that_cannot_be(call, words, memory, tmp_path, refused, whole, case: str) -> None:
    write, named = HEADERS[case]
    model = tmp_path / "odd.gguf"
    write(model)
    refused(call("ask", "Who?", "--model", model, "-m", memory), 5, "odd.gguf", named)
    refused(call("bench", "model", "--model", model), 5, "odd.gguf", named)
    doctor = call("doctor", "--model", model, "--json")
    found = {finding["part"]: finding for finding in doctor.json}["engine"]
    assert (doctor.code, found["status"]) == (1, "fail")
    assert "odd.gguf" in found["message"] and named in found["message"] and "\n" not in found["message"]
    # Where files lie that the survey finds by itself.
    folder().mkdir(parents=True)
    model.rename(folder() / "odd.gguf")
    refused(call("models", "fit"), 5, "odd.gguf", named)
    whole(memory)


def in_use(call, memory, refused, model: Path, code: int, *named: str) -> None:
    """What only shows when the engine reads the file or computes with it."""
    refused(call("ask", "Who?", "--model", model, "-m", memory), code, *named)
    refused(call("bench", "model", "--model", model), code, *named)
    doctor = call("doctor", "--model", model, "--json")
    found = {finding["part"]: finding for finding in doctor.json}["engine"]
    assert (doctor.code, found["status"]) == (1, "fail")
    assert all(word in found["message"] for word in named) and "\n" not in found["message"]


def test_a_tensor_that_is_not_there(call, words, memory, tmp_path, refused, whole) -> None:
    model = tmp_path / "odd.gguf"
    edited(lambda data: data[:8] + bytes([data[8] + 1]) + data[9:])(model)
    in_use(call, memory, refused, model, 5, "odd cannot be loaded", "verify the file")
    whole(memory)


@pytest.mark.parametrize("fault", [math.nan, math.inf], ids=str)
def test_weights_that_are_no_numbers(call, words, memory, tmp_path, refused, whole, fault: float) -> None:
    model = tmp_path / "odd.gguf"
    write_tiny_lfm2(model, 7, fault=fault)
    in_use(call, memory, refused, model, 8, "odd computes no numbers", "verify the file")
    # Asked again it says the same.
    refused(call("ask", "Who else?", "--model", model, "-m", memory), 8, "odd computes no numbers")
    whole(memory)


def test_the_file_they_are_made_from_is_sound(call, words, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(cpu_variant, "unused", lambda isa, system_info: ())  # no note about this CPU and this engine
    model = tmp_path / "odd.gguf"
    write_tiny_lfm2(model, 7)
    found = {finding["part"]: finding for finding in call("doctor", "--model", model, "--json").json}["engine"]
    assert (found["status"], found["message"].startswith("odd runs on")) == ("ok", True)
