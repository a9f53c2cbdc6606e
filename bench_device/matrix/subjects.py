"""The model files to measure: those named, or every installed model in every quantization."""

from __future__ import annotations

from pathlib import Path

from ...errors import ModelUnavailable
from ...models import registry
from ...models.gguf import SYNTHETIC, read_header
from ...models.registry import InstalledModel
from ...records import Record


class Subject(Record):
    """One model file to measure."""

    model: InstalledModel
    parameters: int
    synthetic: bool

    @property
    def id(self) -> str:
        """Return the model's id."""
        return self.model.entry.id

    @property
    def label(self) -> str:
        """Return the label shown in reports, which marks random weights."""
        return f"{self.id} {self.model.quant}" + (f" ({SYNTHETIC})" if self.synthetic else "")

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the paths of all parts of the model file."""
        folder = self.model.path.parent
        parts = tuple(folder / file.name for file in self.model.entry.files_of(self.model.quant))
        return parts if all(part.is_file() for part in parts) else (self.model.path,)


def subjects(names: tuple[str, ...], quants: tuple[str, ...] = ()) -> tuple[Subject, ...]:
    """Return the model files to measure, smallest first.

    ``names``: model ids and ``.gguf`` files; empty: every installed generative model. ``quants``: quantizations to
    keep; empty: all installed ones. Raises UsageError for an unknown id, ModelUnavailable if no such file is installed.
    """
    found: dict[Path, Subject] = {}
    for name in names or tuple(model.entry.id for model in registry.all_installed() if model.entry.chat_format):
        for model in _models(name, quants):
            header = read_header(model.path)
            found[model.path.resolve()] = Subject(
                model=model,
                parameters=model.entry.parameters or header.parameters,
                synthetic=model.synthetic,
            )
    if not found:
        raise ModelUnavailable("no model is here to measure: run  sanderling models pull lfm2-350m")
    return tuple(sorted(found.values(), key=lambda subject: subject.model.bytes))


def _models(name: str, quants: tuple[str, ...]) -> tuple[InstalledModel, ...]:
    if name.endswith(".gguf"):
        return (registry.from_path(Path(name)),)
    if quants:
        return tuple(registry.resolve(name, quant) for quant in quants)
    here = [registry.installed(name, quant) for quant in registry.here(name).quants]
    # None is here: then the registry says what to do.
    return tuple(model for model in here if model is not None) or (registry.resolve(name),)
