"""Options and privacy rules that the hub commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import UsageError

if TYPE_CHECKING:
    from ...config import Config
    from ...privacy_rules import PrivacyRules

SpaceOption = Annotated[
    str,
    typer.Option("--space", envvar="SANDERLING_HUB_SPACE", help="Space of the hub; its notes are its members' alone."),
]
OnlyOption = Annotated[str, typer.Option("--only", help="Pull only domain=NAME or tag=NAME, and what is here already.")]


def rules(settings: Config, *, sends: bool) -> PrivacyRules:
    """Return the rules for notes that must stay on this device.

    Raises UsageError if nothing may leave this device and the command ``sends`` notes.
    """
    from ...privacy_rules import privacy_rules

    if sends and settings.privacy.limit == "local":
        raise UsageError('config.toml says that nothing leaves this device ([privacy] limit = "local"): use  hub pull')
    return privacy_rules(settings.privacy.never_leave)
