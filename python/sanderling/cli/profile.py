"""``sanderling profile``: what this device is taken for, and what follows."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from . import options, output

app = typer.Typer(help="Device profiles: threads, quantization and context per kind of device.", no_args_is_help=True)


@app.command("list", epilog="Example:  sanderling profile list")
def list_(json: options.JsonOption = False) -> None:
    """List the profiles there are."""
    from .. import profiles

    found = [profiles.load(name) for name in profiles.names()]
    if json:
        output.json_line(found)
    else:
        output.table(("PROFILE", "DEVICE"), [(profile.name, profile.description) for profile in found])


@app.command("show", epilog="Example:  sanderling profile show raspberry_pi_5")
def show(
    name: Annotated[str, typer.Argument(help="A profile, or auto: the one detected here.")] = "auto",
    json: options.JsonOption = False,
) -> None:
    """Show one profile as it applies to this device, and why it was chosen."""
    from .. import profiles

    chosen = profiles.choose(name)
    if json:
        output.json_line(chosen)
        return
    typer.echo(f"{chosen.profile.name}: {chosen.profile.description}\nwhy: {chosen.why}\n")
    for field, value in msgspec.structs.asdict(chosen.profile).items():
        if field not in {"name", "description", "match"}:
            typer.echo(f"{field:24} {msgspec.json.encode(value).decode()}")
