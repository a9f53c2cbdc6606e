"""Shows, before any download, which models would fit this device.

The memory of a model is computed from its header, taken from the best source available: the installed file, a range
request if the network may be used, or the known shapes of LFM2. Without a header it is estimated from the size of the
file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from ..device import available_ram_bytes, calibration
from ..device.profiles import Detected
from ..errors import DownloadError
from ..records import Record
from . import fit, registry
from .download.remote_header import read_remote_header
from .entries import HubSource, ModelEntry
from .footprint import Footprint, footprint
from .gguf import GgufHeader
from .known_header import guess, known_header
from .plan import batch
from .repack import bytes_by_type, rearranged_share
from .speeds import predicted_speeds
from .synth import write as synthetic

Basis = Literal["file", "shape", "hub", "size"]


class Prospect(Record):
    """How well one quantization of a model would fit this device."""

    model_id: str
    quant: str
    installed: bool
    synthetic: bool
    n_ctx: int
    basis: Basis
    """Basis of the prediction; ``size``: an estimate from the file size."""
    footprint: Footprint
    predicted_bytes: int
    """Predicted peak resident memory of the worker, in bytes."""
    measured_bytes: int | None
    """Peak memory measured here with this context, in bytes; None: not measured. ``sanderling bench`` measures it."""
    verdict: fit.Verdict
    types: dict[str, int]
    """Bytes by ggml type, the largest first; empty: unknown."""
    rearranged_share: float | None
    """Share of the matrices' bytes that the engine rearranges; None: unknown. It rearranges them for the processor."""
    note: str = ""
    """Why the header could not be read from the hub; empty: no failure."""


def survey(
    n_ctx: int, detected: Detected, *, hub: bool = False, on_model: Callable[[str], None] = lambda _: None
) -> tuple[Prospect, ...]:
    """Return how well each quantization of each text model would fit a device.

    Ladders come first, then synthetic files. Within a ladder the smallest model comes first. ``n_ctx``: context to load
    each model with, or the longest it was trained for if that is shorter. ``hub``: read headers of files that are not
    installed over the network; a failure becomes a note. ``on_model``: called with the id of each model before it is
    examined. Raises ModelUnavailable for a damaged file.
    """
    available = available_ram_bytes()
    rows = []
    for entry in registry.entries().values():
        if entry.ladder:
            on_model(entry.id)
            known = registry.here(entry.id)
            rows += [_prospect(known, quant, n_ctx, detected, available, hub) for quant in known.quants]
    for path in synthetic.written():
        model = registry.from_path(path)
        context = min(n_ctx, model.entry.context_tokens or n_ctx)
        header = fit.header_of(path)
        wanted = _footprint(header, model.entry, model.quant, context, detected)
        row = _row(model.entry.id, model.quant, context, "file", wanted, available, installed=True, synthetic=True)
        rows.append(_with_types(row, header, detected))
    return tuple(rows)


def _with_types(row: Prospect, header: GgufHeader, detected: Detected) -> Prospect:
    share = rearranged_share(header, fit.rearranged_types(detected))
    return msgspec.structs.replace(row, types=bytes_by_type(header), rearranged_share=share)


def _footprint(header: GgufHeader, entry: ModelEntry, quant: str, n_ctx: int, detected: Detected) -> Footprint:
    """Return a model's memory needs with its planned batch size."""
    size = sum(file.size_bytes for file in entry.files_of(quant))
    speeds = predicted_speeds(detected.profile, entry, size, quant)
    n_ubatch, _ = batch(speeds.prefill_tokens_per_s)
    return footprint(header, n_ctx, fit.rearranged_types(detected), n_ubatch=n_ubatch)


def _prospect(entry: ModelEntry, quant: str, n_ctx: int, detected: Detected, available: int, hub: bool) -> Prospect:
    context = min(n_ctx, entry.context_tokens or n_ctx)
    note = ""
    basis: Basis = "size"
    header: GgufHeader | None = None
    if known := known_header(entry, quant):
        basis, header = known
    for source in _hub_sources(entry, quant) if hub and basis != "file" else ():
        try:
            basis, header, note = "hub", read_remote_header(source), ""
            break
        except DownloadError as error:
            note = str(error)
    wanted = _footprint(header, entry, quant, context, detected) if header else guess(entry, quant, context)
    row = _row(entry.id, quant, context, basis, wanted, available, installed=basis == "file", note=note)
    return _with_types(row, header, detected) if header else row


def _row(
    model_id: str,
    quant: str,
    n_ctx: int,
    basis: Basis,
    wanted: Footprint,
    available: int,
    *,
    installed: bool,
    synthetic: bool = False,
    note: str = "",
) -> Prospect:
    measured = calibration.lookup(model_id, quant, n_ctx)
    return Prospect(
        model_id=model_id,
        quant=quant,
        installed=installed,
        synthetic=synthetic,
        n_ctx=n_ctx,
        basis=basis,
        footprint=wanted,
        predicted_bytes=wanted.peak_rss_bytes,
        measured_bytes=measured.rss_bytes if measured else None,
        verdict=fit.verdict(wanted, available),
        types={},
        rearranged_share=None,
        note=note,
    )


def _hub_sources(entry: ModelEntry, quant: str) -> Iterator[HubSource]:
    for source in entry.files_of(quant)[0].sources:
        if isinstance(source, HubSource):
            yield source
