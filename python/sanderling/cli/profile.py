"""``sanderling profile``: show the device profiles, and the one detected here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from . import options, output

if TYPE_CHECKING:
    from ..device.load import Load
    from ..device.profiles import Detected

LOOK_S = 0.3
"""Seconds for which ``--explain`` measures the load of the CPUs."""

app = typer.Typer(help="Device profiles: threads, quantization and context per kind of device.", no_args_is_help=True)


@app.command("list", epilog="Example:  sanderling profile list")
def list_(json: options.JsonOption = False) -> None:
    """List all profiles."""
    from ..device import profiles

    found = [profiles.load(name) for name in profiles.names()]
    if json:
        output.json_line(found)
    else:
        output.table(("PROFILE", "DEVICE"), [(profile.name, profile.description) for profile in found])


@app.command("show", epilog="Example:  sanderling profile show raspberry_pi_5")
def show(
    name: Annotated[str, typer.Argument(help="A profile, or auto: the one detected here.")] = "auto",
    explain: Annotated[
        bool, typer.Option("--explain", help="What each model of the ladder is loaded with here, and why.")
    ] = False,
    ladder: options.LadderOption = None,
    json: options.JsonOption = False,
) -> None:
    """Show one profile as applied on this device, and why it was chosen."""
    import msgspec

    from ..device import profiles
    from ..models import configured

    chosen = profiles.choose(name)
    if explain:
        _explain(chosen, ladder or configured.load().ladder, json)
        return
    if json:
        output.json_line(chosen)
        return
    output.line(f"{chosen.profile.name}: {chosen.profile.description}")
    output.line(f"why: {chosen.why}")
    output.line()
    for field, value in msgspec.structs.asdict(chosen.profile).items():
        if field not in {"name", "description", "match"}:
            output.line(f"{field:24} {msgspec.json.encode(value).decode()}")


@app.command("published", epilog="Example:  sanderling profile published raspberry_pi_5")
def published(
    name: Annotated[str | None, typer.Argument(help="A profile; none: all.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Compare the profiles' predictions with published speeds of LFM2 models."""
    from ..device import profiles
    from ..device.published import WITHIN, compare

    if name is not None:
        profiles.load(name)
    found = compare(name)
    if json:
        output.json_line(found)
        return
    rows: list[tuple[str, ...]] = []
    for each in found:
        row = each.published
        rows.append(
            (
                row.device,
                row.model,
                row.engine,
                *_pair(row.decode_tokens_per_s, each.predicted_decode_tokens_per_s, each.decode_off),
                *_pair(row.prefill_tokens_per_s, each.predicted_prefill_tokens_per_s, each.prefill_off),
                "fitted" if row.fitted else "",
            )
        )
    head = ("DEVICE", "MODEL", "ENGINE", "DECODE", "PREDICTED", "OFF", "PREFILL", "PREDICTED", "OFF", "")
    output.table(head, rows)
    output.line()
    for each in found:
        reason = "" if each.within else f"; more than {WITHIN:.0%} off: {each.published.why}"
        output.line(f"{each.published.device}, {each.published.model}: {each.published.source}{reason}")
    if not found:
        output.line(f"no speed of an LFM2 model was found for {name}")


def _pair(published: float | None, predicted: float, off: float | None) -> tuple[str, str, str]:
    if published is None or off is None:
        return "", "", ""
    return f"{published:,.4g}", f"{predicted:,.4g}", f"{off:+.0%}"


def _explain(chosen: Detected, ladder: str, json: bool) -> None:
    import sys
    from pathlib import Path

    import msgspec

    from .. import device
    from ..device import ram
    from ..device.load import LoadMeter
    from ..engines.threads import choose_threads
    from ..engines.waiting import likely_waiting
    from ..models.explain import explain

    available = device.available_ram_bytes()
    plans = explain(ladder, chosen, available)
    meter = LoadMeter()
    time.sleep(LOOK_S)
    load = meter.read(instant=True)
    now = [
        choose_threads(each.plan.threads_decode, each.plan.threads_prefill, load, likely_waiting(sys.platform))
        for each in plans
    ]
    quota, clamp = chosen.device.cpu_quota, ram.cpu_clamp(Path("/"))
    if json:
        output.json_line(
            {
                "profile": chosen.why,
                "available_bytes": available,
                "load": load,
                "cpu_quota": quota,
                "cpu_clamp": clamp,
                "models": plans,
                "threads_now": now,
            }
        )
        return
    output.line(f"{chosen.why}; {output.mebibytes(available)} of RAM are free")
    output.line(f"at this moment: {_busy(load)}")
    if quota is not None:
        output.line(f"the container grants {quota:g} CPUs")
    if clamp is not None:
        output.line(f"the system holds clocks at {clamp:.0%} of the fastest, which changes no number of threads")
    for each, threads in zip(plans, now, strict=True):
        here = "here" if each.installed else "not here"
        output.line()
        output.line(f"{each.model_id} ({here}), at least {output.mebibytes(each.plan.needed_bytes)}")
        rearranged = f"{each.why_quant}; {each.rearranged_share:.0%} of its matrices are rearranged"
        rows: list[tuple[str, ...]] = [("quant", each.quant, rearranged)]
        values = msgspec.structs.asdict(each.plan)
        rows += [
            (name, msgspec.json.encode(values[name]).decode().strip('"'), why) for name, why in each.plan.why.items()
        ]
        rows.append(("threads now", f"{threads.decode} decode, {threads.prefill} prefill", threads.reason))
        output.table(("VALUE", "CHOSEN", "WHY"), rows)


def _busy(load: Load) -> str:
    """Return the measured load of the CPUs in words."""
    parts = []
    if load.used is not None:
        parts.append(f"others used {load.used:.1f} of {load.cpus} CPUs for {load.window_s:.1f} s")
    if load.runnable is not None:
        parts.append(f"{load.runnable} others can run right now")
    return ", ".join(parts) or "the system does not say what else runs"
