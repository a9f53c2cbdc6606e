from __future__ import annotations

import subprocess
import sys

import pytest

from sanderling.engines import available, choose, start
from sanderling.errors import MissingExtra

ALL = ("sanderling_engine", "llama_cpp", "xllamacpp")


def install(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(choose, "_INSTALLED", {n: lambda n=n: n in names for n in ALL})


def test_auto_prefers_the_build_for_this_device(monkeypatch):
    install(monkeypatch, *ALL)
    assert available() == list(ALL)
    assert start().engine == "sanderling_engine"
    install(monkeypatch, "llama_cpp", "xllamacpp")
    assert start().engine == "llama_cpp"


def test_auto_takes_what_there_is(monkeypatch):
    install(monkeypatch, "xllamacpp")
    assert start().engine == "xllamacpp"


def test_nothing_installed_names_the_command_and_is_never_scripted(monkeypatch):
    install(monkeypatch)
    assert available() == []
    with pytest.raises(MissingExtra, match=r"pip install 'sanderling\[prebuilt\]'"):
        start()


def test_scripted_must_be_asked_for():
    assert start("scripted").engine == "scripted"


def test_an_unknown_name_is_a_wrong_argument():
    with pytest.raises(ValueError, match="unknown engine 'vllm'"):
        start("vllm")


def test_asking_imports_no_engine():
    code = (
        "import sys; from sanderling.engines import available; available();"
        "print([n for n in ('sanderling_engine', 'llama_cpp', 'xllamacpp', 'onnxruntime') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
