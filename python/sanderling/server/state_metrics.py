"""Metrics of a service's current state, computed on request."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..errors import SanderlingError
from ..runtime import Runtime
from .admission import AdmissionQueue
from .targets import TIER


class State(Collector):
    """Collects metrics of the queue, the loaded models and the memory."""

    def __init__(self, runtime: Runtime, queue: AdmissionQueue) -> None:
        """Read the state of ``runtime`` and ``queue``."""
        self._runtime, self._queue = runtime, queue

    def describe(self) -> Iterator[Metric]:
        """Yield nothing. The names of the metrics are known only when they are read."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the current metrics. Those of a memory that cannot be read are left out."""
        yield _gauge("queue_requests", "Questions that wait for a model", self._queue.waiting)
        models = self._runtime.model_states()
        yield _gauge("models_resident", "Loaded models", sum(model.resident for model in models))
        rss = GaugeMetricFamily("sanderling_model_rss_bytes", "Resident memory of a model's process", labels=["model"])
        loads = CounterMetricFamily("sanderling_model_loads", "How often a model was loaded", labels=["model"])
        for model in models:
            rss.add_metric([model.id], model.rss_bytes)
            loads.add_metric([model.id], model.loads)
        yield rss
        yield loads
        up = GaugeMetricFamily("sanderling_tier_up", "Whether a tier can be asked", labels=["tier"])
        up.add_metric([TIER], float(bool(models)))
        sent = CounterMetricFamily("sanderling_tier_bytes_sent", "Bytes that left this device", labels=["tier"])
        sent.add_metric([TIER], 0)
        failed = CounterMetricFamily("sanderling_tier_errors", "How often a tier failed", labels=["tier", "kind"])
        running = GaugeMetricFamily("sanderling_tier_running", "Questions that a tier answers now", labels=["tier"])
        for tier in self._runtime.tier_states():
            up.add_metric([tier.name], float(tier.breaker == "closed"))
            sent.add_metric([tier.name], tier.sent_bytes)
            running.add_metric([tier.name], tier.running)
            for kind, count in tier.failures.items():
                failed.add_metric([tier.name, kind], count)
        yield from (up, sent, failed, running)
        memory = self._runtime.memory
        try:
            nodes, edges = memory.store.counts()
            lag = memory.store.generation() - memory.index.generation
        except SanderlingError:
            return
        yield _gauge("memory_nodes", "Notes, cut into nodes", nodes)
        yield _gauge("memory_edges", "Edges between them", edges)
        yield _gauge("memory_index_lag_generations", "Transactions that the index has not seen yet", max(lag, 0))


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(f"sanderling_{name}", help, value=value)
