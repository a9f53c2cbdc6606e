"""``sanderling models list``: list all known models, and mark those on this device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import options, output

if TYPE_CHECKING:
    from ...models.entries import ModelEntry
    from ...models.registry import InstalledModel

EXAMPLES = "Example:  sanderling models list --json"


def list_models(json: options.JsonOption = False) -> None:
    """List all known models, and mark those on this device."""
    from ...models import registry
    from ...models.gguf import SYNTHETIC
    from ...models.synth.write import written

    rows = [(entry, registry.installed(entry.id)) for entry in registry.entries().values()]
    rows += [(model.entry, model) for model in map(registry.from_path, written())]
    if json:
        output.json_line(
            [
                {
                    "id": entry.id,
                    "origin": _origin(entry),
                    "ladder": entry.ladder,
                    "rung": entry.rung,
                    "parameters": entry.parameters,
                    "quants": entry.quants,
                    "installed": here.quant if here else None,
                    "installed_quants": _here(entry, here),
                    "made_here": [quant for quant in _here(entry, here) if quant not in entry.quants],
                    "bytes": _bytes(entry, here),
                    "licence": entry.licence,
                    "licence_note": entry.licence_note,
                    "synthetic": here is not None and here.synthetic,
                }
                for entry, here in rows
            ]
        )
        return
    output.table(
        ("MODEL", "ORIGIN", "LADDER", "PARAMETERS", "SIZE", "HERE", "LICENCE"),
        [
            (
                entry.id,
                _origin(entry),
                entry.ladder or (f"({SYNTHETIC})" if here and here.synthetic else "(embedder)" * bool(entry.embedding)),
                f"{entry.parameters / 1e6:,.0f} M",
                output.mebibytes(_bytes(entry, here)),
                ", ".join(_here(entry, here)) or "-",
                entry.licence,
            )
            for entry, here in rows
        ],
    )


def _origin(entry: ModelEntry) -> str:
    """Return where an entry comes from.

    It is the package, the user's own list, or a file that ``models synth`` wrote.
    """
    from ...models import registry

    if registry.is_users(entry.id):
        return "yours"
    return "ours" if entry.id in registry.ours() else "synth"


def _here(entry: ModelEntry, here: InstalledModel | None) -> tuple[str, ...]:
    """Return the quantizations on this device. Those that ``models requantize`` made come last."""
    from ...models import registry

    if here is None or entry.id not in registry.entries():
        return (here.quant,) if here else ()
    return registry.installed_quants(entry.id)


def _bytes(entry: ModelEntry, here: InstalledModel | None) -> int:
    return here.bytes if here else sum(file.size_bytes for file in entry.files_of())
