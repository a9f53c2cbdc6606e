"""``sanderling models requantize``: convert a model to a faster quantization, and check the result."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from .. import options, output

EXAMPLES = "Example:  sanderling models requantize qwen2.5-coder-0.5b --to IQ4_NL"


def requantize(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="An installed model's id, or a .gguf file.")],
    to: Annotated[
        Literal["IQ4_NL", "Q4_0", "Q8_0"] | None,
        typer.Option("--to", help="Default: the quickest here that passes the check."),
    ] = None,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    json: options.JsonOption = False,
) -> None:
    """Write a model in a quantization that is faster on this device.

    It is kept if the model still answers as before. The new file is compared with the original on questions with known
    answers; it is removed if it is too far off.
    """
    from ...bench_device.fidelity.compare import Fidelity, Judge
    from ...bench_device.fidelity.observe import N_CTX
    from ...bench_device.fidelity.prompts import station
    from ...bench_device.metrics.estimate import show
    from ...device import profiles
    from ...errors import ModelUnavailable, UsageError
    from ...models import fit
    from ...models.better_quant import quicker
    from ...models.requantize import original, requantize
    from ..progress import bar

    source, detected = original(name), profiles.choose(profile)
    good = quicker(fit.header_of(source.path), detected, engine)
    if to is None and not good:
        raise UsageError(f"{name} has no quicker form on this device: name one with --to to make it all the same")
    if to is not None and to not in good:
        output.warn(f"{to} is not expected to be quicker than {source.quant} on this device")
    fit.require(source.path, N_CTX)
    measured: list[Fidelity] = []
    with bar("check") as advance:
        judge = Judge(
            str(source.path),
            source.entry.chat_format,
            station(),
            engine=engine,
            n_threads=detected.profile.threads_prefill,
            on_prompt=lambda done, total: advance(done, total, source.entry.id),
        )
        for target in (to,) if to else good:
            try:
                made = requantize(name, target, lambda new: measured.append(judge.check(str(new))))
                break
            except ModelUnavailable as error:
                if target == (to or good[-1]):
                    raise ModelUnavailable(f"{name} as {target}: {error}") from error
                output.warn(f"{name} as {target}: {error}")
    found = measured[-1]
    if json:
        output.json_line({"made": made, "fidelity": found})
        return
    output.line(
        f"{made.path}: {output.mebibytes(made.bytes)}, {made.quant} made of {source.path.name} by {made.engine}"
    )
    output.line(
        f"on {found.n} questions its predictions diverge by {show(found.kl)} nats and agree in "
        f"{found.agreement.mean:.0%}; F1 differs by {show(found.f1)}"
    )
    if name == source.entry.id:
        output.line(f"{name} is answered by the quicker file from now on: sanderling models list")
    else:
        output.line(f"use it with  --model {made.path}")
