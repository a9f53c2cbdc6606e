"""The subject of a run: a model or a ladder, with one device profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...device import profiles
from ...models import pick_quant, registry
from ...models.gguf import SYNTHETIC, read_header
from .options import AskOptions


@dataclass(frozen=True)
class Subject:
    """A model or a ladder to ask, with one device profile.

    From a ladder, the rule chooses a model for every question.
    """

    label: str
    profile: str
    model: str | None
    """Id or absolute path; None: a ladder."""
    ladder: str | None
    model_bytes: int = 0
    """0 for a ladder, as ``parameters``."""
    parameters: int = 0

    @property
    def options(self) -> dict[str, str]:
        """Return the ``sanderling ask`` options for this subject, keyed by option name without dashes.

        They are arguments of the runtime, too.
        """
        named = {"model": self.model, "ladder": self.ladder, "profile": self.profile}
        return {name: value for name, value in named.items() if value is not None}


def subjects(wanted: AskOptions) -> Iterator[Subject]:
    """Yield every model and ladder with every profile. Raises UsageError and ModelUnavailable for a name."""
    for profile in wanted.profiles:
        detected = profiles.choose(profile)  # an unknown name is refused before anything is measured
        for name in wanted.models:
            model = pick_quant.resolve(name, detected, wanted.engine)  # this version's choice; another may differ
            mark = f" ({SYNTHETIC})" if model.synthetic else ""
            yield Subject(
                label=f"{model.entry.id} {model.quant}{mark}",
                profile=profile,
                model=str(model.path.absolute()) if name.endswith(".gguf") else name,
                ladder=None,
                model_bytes=model.bytes,
                parameters=model.entry.parameters or read_header(model.path).parameters,
            )
        for name in wanted.ladders:
            registry.ladder(name)
            yield Subject(label=f"ladder {name}", profile=profile, model=None, ladder=name)
