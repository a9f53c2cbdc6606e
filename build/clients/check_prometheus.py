"""Reads ``/metrics`` with Prometheus's own parser."""

from __future__ import annotations

import json
import urllib.request

from checking import KEY, MODEL, URL, check, expect, run
from prometheus_client.parser import text_string_to_metric_families


@check("metrics")
def metrics() -> None:
    """Parse every family, and check that histograms are cumulative and end at infinity."""
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    ask = {"model": MODEL, "messages": [{"role": "user", "content": "Who?"}], "max_tokens": 2}
    asked_for = urllib.request.Request(f"{URL}/v1/chat/completions", json.dumps(ask).encode(), headers)
    urllib.request.urlopen(asked_for).close()
    with urllib.request.urlopen(urllib.request.Request(f"{URL}/metrics", headers=headers)) as response:
        expect(response.headers["content-type"].startswith("text/plain; version=0.0.4"), response.headers)
        families = {family.name: family for family in text_string_to_metric_families(response.read().decode())}
    expect(all(name.startswith("sanderling_") for name in families), sorted(families))
    expect(len(families) >= 20 and all(family.documentation for family in families.values()), sorted(families))
    asked = families["sanderling_requests"].samples
    expect(sum(sample.value for sample in asked) > 0, asked)
    for family in families.values():
        if family.type == "histogram":
            _cumulative(family.name, family.samples)


def _cumulative(name: str, samples: list) -> None:
    rows: dict[tuple, list[tuple[float, float]]] = {}
    counts: dict[tuple, float] = {}
    for sample in samples:
        rest = tuple(sorted((key, value) for key, value in sample.labels.items() if key != "le"))
        if sample.name == f"{name}_bucket":
            rows.setdefault(rest, []).append((float(sample.labels["le"]), sample.value))
        elif sample.name == f"{name}_count":
            counts[rest] = sample.value
    for rest, row in rows.items():
        row.sort()
        values = [value for _, value in row]
        expect(values == sorted(values) and row[-1][0] == float("inf") and values[-1] == counts[rest], (name, row))


if __name__ == "__main__":
    run("prometheus-client")
