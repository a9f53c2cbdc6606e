"""After one scripted day every documented metric is there, and says what was done; parsed by Prometheus's own code."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pump_notes import runtimes
from scripted_model import model
from served import Served, on_a_port
from tiered import edge

from sanderling.config import Config
from sanderling.server.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
CHAT = "/v1/chat/completions"


def asking(question: str, **more: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": question}], **more}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], float]]:
    """Samples after a day, by name and labels."""
    folder = tmp_path_factory.mktemp("day")
    rules = ({"when": "storm", "say": "Th", "then": "crash"}, {"when": "tell", "say": "x" * 900, "token_ms": 20})
    with pytest.MonkeyPatch.context() as patch, runtimes(folder, patch) as opens:
        runtime = opens(
            model(folder, "small", 1, *rules),
            model(folder, "big", 2, *rules, say="Ada Lind"),
            config=Config(response_cache_bytes=1 << 20, tier=(edge("http://127.0.0.1:9/v1"),)),  # nobody listens there
        )
        with (
            on_a_port(runtime, Settings(max_queue=0)) as served,
            httpx2.Client(base_url=served.url, timeout=60) as http,
        ):
            for _ in range(2):
                assert http.post(CHAT, json=asking("Who repairs the feed pump?")).status_code == 200
            http.post(CHAT, json=asking("Who repairs the feed pump?", stream=True, model="sanderling:big", seed=3))
            http.post(CHAT, json=asking("Where does Ada come from?", sanderling={"budget_ms": 100_000}))
            http.post(CHAT, json=asking("Who is the engineer?", sanderling={"privacy": "own"}))
            http.post("/v1/completions", json={"model": "small", "prompt": "tell", "max_tokens": 3})
            assert http.post(CHAT, json=asking("Was there a storm?", model="sanderling:small")).status_code == 500
            assert http.post(CHAT, json={}).status_code == 400
            assert (
                http.post("/v1/completions", json={"model": "small", "prompt": "", "max_tokens": 3}).status_code == 400
            )
            with http.stream("POST", CHAT, json=asking("Do tell?", stream=True)) as response:
                # The role is told before the model has its turn. Lines that nobody holds any more end the request.
                lines = response.iter_lines()
                next(line for line in lines if '"content":"x' in line)
                assert http.post(CHAT, json=asking("And now?")).status_code == 503
            while served.service.generations:
                time.sleep(0.01)
            yield samples(served)


def samples(served: Served) -> dict[tuple[str, str], float]:
    response = httpx2.get(f"{served.url}/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            found[sample.name, json.dumps(sample.labels, sort_keys=True)] = sample.value
    return found


def total(day: dict[tuple[str, str], float], name: str, **labels: str) -> float:
    wanted = labels.items()
    return sum(
        value
        for (each, text), value in day.items()
        if each == f"sanderling_{name}" and wanted <= json.loads(text).items()
    )


def test_what_was_done_is_counted(day) -> None:
    assert total(day, "requests_total", route=CHAT, outcome="ok", model="big") == 4
    assert total(day, "requests_total", route=CHAT, outcome="cached") == 1
    assert total(day, "requests_total", route=CHAT, outcome="error") == 1
    assert total(day, "requests_total", route=CHAT, outcome="refused") == 2
    assert total(day, "requests_total", route="/v1/completions", model="small", outcome="ok") == 1
    assert total(day, "queue_rejected_total", reason="full") == 1
    assert total(day, "worker_deaths_total", model="small") == 1
    assert total(day, "response_cache_hits_total") == 1
    assert total(day, "generated_tokens_total", model="big") > 3 * len("Ada Lind")  # and what the last one said
    assert total(day, "requests_total", route=CHAT, outcome="cancelled", model="big") == 1
    assert total(day, "generated_tokens_total", model="small") == 3
    assert total(day, "router_decisions_total", router="rule", model="big") == 5
    assert total(day, "tier_failures_total", kind="WorkerDied") == total(day, "tier_failures_total") == 1
    assert total(day, "model_loads_total", model="big") == 1
    assert total(day, "memory_nodes") == 3
    assert total(day, "memory_index_lag_generations") == 0
    assert total(day, "tier_bytes_sent_total") == 0
    assert (total(day, "tier_up", tier="local"), total(day, "tier_up", tier="edge")) == (1, 1)
    assert total(day, "tier_errors_total", tier="edge", kind="refused") == 1
    assert total(day, "time_to_first_token_seconds_count", model="big") >= 3


def test_every_documented_name_is_there_and_no_other(day) -> None:
    documented = set(re.findall(r"`(sanderling_\w+)`", (DOCS / "service.md").read_text(encoding="utf-8")))
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name, _ in day}
    assert families == documented


def test_the_dashboard_asks_for_nothing_else(day) -> None:
    dashboard = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
    asked = {target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())}
    names = {name for expression in asked for name in re.findall(r"sanderling_\w+", expression)}
    assert names
    assert names <= {name for name, _ in day}
