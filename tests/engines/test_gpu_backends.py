"""The GPU backends of an engine, told by the names of its libraries."""

from __future__ import annotations

import sys

import pytest

from sanderling.engines.gpu_backends import gpu_backends


@pytest.fixture
def engine(tmp_path, monkeypatch: pytest.MonkeyPatch):
    """Install an engine of the given libraries under a name of its own."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(*libraries: str) -> str:
        name = f"engine_of_{len(list(tmp_path.iterdir()))}"
        (tmp_path / name / "lib").mkdir(parents=True)
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('loaded')")
        for library in libraries:
            (tmp_path / name / "lib" / library).touch()
        return name

    yield install
    gpu_backends.cache_clear()


def test_libraries_tell(engine) -> None:
    assert gpu_backends(engine("libggml-base.so", "libggml-cpu.so")) == frozenset()
    assert gpu_backends(engine("libggml-base.so", "libggml-vulkan.so", "libllama.so")) == {"vulkan"}
    assert gpu_backends(engine("libggml-cuda.so.0.25.3", "libggml-opencl.so")) == {"cuda", "opencl"}
    assert gpu_backends(engine("libggml-metal.dylib")) == {"metal"}


def test_a_static_build_and_an_engine_that_is_not_here_do_not_tell(engine) -> None:
    assert gpu_backends(engine()) is None
    assert gpu_backends("no_such_engine") is None
    assert gpu_backends("") is None


def test_on_macos_the_usual_builds_have_metal(engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    gpu_backends.cache_clear()
    assert gpu_backends("llama_cpp") == gpu_backends("xllamacpp") == {"metal"}
