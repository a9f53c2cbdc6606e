from __future__ import annotations

import httpx2

from sanderling.telemetry.store import TelemetryStore


def test_a_dry_run_says_why_and_loads_nothing(http: httpx2.Client) -> None:
    said = http.post("/v1/route", json={"question": "Who repairs the feed pump?"}).json()
    assert said["route"]["model_id"] == "big"
    assert {each["model_id"] for each in said["choices"]} == {"small", "big"}
    assert not any(model["resident"] for model in http.get("/v1/models").json()["data"])
    assert http.post("/v1/route", json={"question": "x", "budget_ms": 0}).json()["error"]["param"] == "budget_ms"


def test_feedback_reaches_the_row_of_the_answer(http: httpx2.Client) -> None:
    message = {"role": "user", "content": "Who repairs the feed pump?"}
    response = http.post("/v1/chat/completions", json={"messages": [message]})
    id = response.headers["x-request-id"]
    assert http.post("/v1/feedback", json={"request_id": id, "score": "up"}).status_code == 200
    with TelemetryStore() as store:
        (row,) = store.tail(1)
    assert (row.request_id, row.quality.score) == (id, 5)
    for body in ({"request_id": id, "score": 9}, {"request_id": "absent", "score": 3}):
        assert http.post("/v1/feedback", json=body).status_code == 400
