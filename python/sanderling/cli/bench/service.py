"""``sanderling bench service``: measure the time that the service adds to a question.

Also how the service grows over many requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from ... import ranges
from .. import interrupt, options, output

if TYPE_CHECKING:
    from ...bench_device.metrics.percentiles import Percentiles
    from ...bench_device.service.overhead import Overhead
    from ...bench_device.service.soak import Soak

EXAMPLES = "Examples:  sanderling bench service   |   sanderling bench service --soak 100000"


def service(
    requests: Annotated[int, options.number(ranges.COUNT, "--requests", help="Whole answers to time.")] = 500,
    rate: Annotated[float, options.number(ranges.RATE, "--rate", help="Questions per second.")] = 50.0,
    streams: Annotated[int, options.number(ranges.COUNT, "--streams", help="Streams to time.")] = 100,
    soak: Annotated[
        int | None,
        options.number(ranges.COUNT, "--soak", help="Instead: so many requests, and the process's memory meanwhile."),
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Measure the time that the service adds to a question.

    The model follows a script and costs nothing.
    """
    from ...server.libraries import require_libraries

    require_libraries()
    if soak is not None:
        _soak(soak, json)
        return
    from ...bench_device.service.overhead import measure
    from ..progress import bar

    with bar("service") as advance:
        report = measure(requests, rate, streams, on_progress=advance)
    if json:
        output.json_line(report)
    else:
        _show(report)
    interrupt.show_end(report.interrupted)


def _soak(requests: int, json: bool) -> None:
    from ...bench_device.service.soak import soak
    from ..progress import bar

    with bar("soak") as advance:
        report = soak(requests, on_progress=advance)
    if json:
        output.json_line(report)
    else:
        _show_soak(report)
    interrupt.show_end(report.interrupted)


def _show(report: Overhead) -> None:
    output.facts(report.machine)
    output.line()
    output.line(f"{len(report.added_ms)} questions at {report.per_second:g} per second, ms:")
    rows = [("added to Runtime.ask", report.added), ("engine's first token to first byte", report.first_byte)]
    output.table(("", "P50", "P90", "P99"), [(name, *_written(each)) for name, each in rows])


def _written(each: Percentiles) -> tuple[str, str, str]:
    return f"{each.p50:.2f}", f"{each.p90:.2f}", "" if each.p99 is None else f"{each.p99:.2f}"


def _show_soak(report: Soak) -> None:
    output.facts(report.machine)
    output.line()
    output.table(
        ("REQUESTS", "RSS", "DESCRIPTORS"),
        [(f"{each.requests:,}", output.mebibytes(each.rss_bytes), str(each.descriptors)) for each in report.readings],
    )
    output.line()
    asked = ", ".join(f"{name} {count:,}" for name, count in report.outcomes.items())
    output.line(f"{asked}; {report.seconds:,.0f} s")
    output.line(f"memory {report.growth:+.2%} since the first reading, descriptors {report.more_descriptors:+d}")
