from __future__ import annotations

import base64

import httpx2
import numpy as np
import openai
import pytest

from sanderling.runtime import Runtime


def test_openai_reads_base64_unasked_and_floats_alike(client: openai.OpenAI, runtime: Runtime) -> None:
    texts = ["feed pump", "lentil soup"]
    said = client.embeddings.create(model="auto", input=texts)
    expected = runtime.memory.embedder.embed(texts)
    assert np.array_equal(np.array([each.embedding for each in said.data], np.float32), expected)
    floats = client.embeddings.create(model=runtime.memory.embedder.id, input=texts[0], encoding_format="float")
    assert np.allclose(floats.data[0].embedding, expected[0])
    assert said.usage.prompt_tokens > 0


def test_base64_is_little_endian_float32(http: httpx2.Client, runtime: Runtime) -> None:
    said = http.post("/v1/embeddings", json={"input": "pump", "encoding_format": "base64"}).json()
    vector = np.frombuffer(base64.b64decode(said["data"][0]["embedding"]), "<f4")
    assert np.array_equal(vector, runtime.memory.embedder.embed(["pump"])[0])


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"input": [[1, 2, 3]]}, 400, "input"),
        ({"input": [1, 2, 3]}, 400, "input"),
        ({"input": []}, 400, "input"),
        ({"input": ["x", " "]}, 400, "input"),
        ({"input": ["x"] * 3000}, 400, "input"),
        ({"input": "x", "dimensions": 7}, 400, "dimensions"),
        ({"input": "x", "model": "text-embedding-3-small"}, 404, "model"),
        ({"input": "x", "encoding_format": "int8"}, 400, "encoding_format"),
    ],
)
def test_what_cannot_be_embedded_is_refused_by_name(http: httpx2.Client, body, status, param) -> None:
    response = http.post("/v1/embeddings", json=body)
    assert (response.status_code, response.json()["error"]["param"]) == (status, param)
    if body["input"] == [1, 2, 3]:
        assert "check_embedding_ctx_length=False" in response.json()["error"]["message"]
