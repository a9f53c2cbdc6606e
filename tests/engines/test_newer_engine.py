from __future__ import annotations

from sanderling.engines.newer_engine import newer_engine


def test_lfm3_names_the_build_it_needs() -> None:
    said = "llama_model_load: error loading model: unknown model architecture: 'lfm3'"
    message = newer_engine("lfm3-1.7b", said, "llama_cpp 0.3.36")
    assert "'lfm3', which llama_cpp 0.3.36 does not know: it needs llama.cpp b11960" in message


def test_another_is_named_with_what_to_do() -> None:
    message = newer_engine("x", "unknown model architecture: 'brandnew'", "xllamacpp 1")
    assert "'brandnew'" in message
    assert "update the engine, or choose another model" in message
