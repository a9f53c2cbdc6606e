"""Reserves a loaded model for one request.

The time that this takes is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ..engines import Worker
from ..engines.model_pool import ModelPool
from ..engines.protocol import ModelInfo
from ..request.handle import OutOfTime
from ..request.request import Request
from .inventory import ModelInventory


@contextmanager
def reserved(
    inventory: ModelInventory, pool: ModelPool, model_id: str, request: Request
) -> Iterator[tuple[Worker, ModelInfo]]:
    """Reserve a model during the block, loading it if necessary.

    Raises OutOfMemory, ModelUnavailable, Busy, EngineError; Cancelled when the request is cancelled meanwhile.
    """
    spec, needed_bytes = inventory.load_spec(model_id), inventory.needed_bytes(model_id)
    with request.watch("load"):  # the part of a loading begun ahead that is left
        pool.settle(model_id, request.handle)
    left_ms = request.left_ms()
    if left_ms is not None and model_id not in pool.model_ids and inventory.load_ms(model_id, pool) > left_ms:
        raise OutOfTime(f"{model_id} takes longer to load than the time that is left")
    if left_ms is not None:
        pool.preload(spec, needed_bytes)  # in a thread, so that this question can leave it to later ones
    with ExitStack() as turn:
        with request.watch("wait"):
            turn.enter_context(pool.turn(model_id, request.handle))
        with request.watch("load"):
            found = pool.worker(spec, needed_bytes, request.handle)
        if request.handle.cancelled:
            raise request.handle.refusal()
        left_ms = request.left_ms()
        if left_ms is not None and left_ms < inventory.rest_ms(model_id):
            raise OutOfTime(f"packing a prompt for {model_id} takes longer than the time that is left")
        yield found
