from __future__ import annotations

import json

import httpx2


def test_the_missions_request_is_answered(http: httpx2.Client) -> None:
    body = {
        "model_id": "small",
        "prompt": "The pump is repaired by",
        "max_tokens": 512,
        "temperature": 0.7,
        "top_p": 0.9,
    }
    said = http.post("/generate", json=body).json()
    assert (said["model_id"], said["text"], said["finish_reason"]) == ("small", "Ada Lind", "stop")
    assert said["latency_ms"] >= said["ttft_ms"] >= 0
    assert said["completion_tokens"] == len("Ada Lind")


def test_a_stream_ends_with_the_measurements(http: httpx2.Client) -> None:
    text = http.post("/generate", json={"model_id": "small", "prompt": "x", "stream": True}).text
    events = [json.loads(line.removeprefix("data: ")) for line in text.split("\n\n") if line]
    assert "".join(event["text"] for event in events) == "Ada Lind"
    assert events[-1]["done"]
    assert events[-1]["latency_ms"] > 0


def test_wrong_requests(http: httpx2.Client) -> None:
    for body, status in (
        ({"prompt": "x", "model_id": "gpt"}, 404),
        ({"prompt": "x"}, 400),
        ({"prompt": "", "model_id": "small"}, 400),
        ({"prompt": "x", "model_id": "small", "max_tokens": 0}, 400),
        ({"model_id": "small"}, 400),
    ):
        assert http.post("/generate", json=body).status_code == status
