"""Chooses the chat format of a model file.

It is derived from the file's template, else recognised, else that of a base model.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from ...engines.chat_format import ChatFormat, formats
from ...errors import MissingExtra
from ..about import About
from .child import Asked, derived
from .recognise import name_of, recognised


class Chosen(NamedTuple):
    """A chat format and its origin."""

    format: str | ChatFormat
    why: str
    exact: bool
    """Whether the format writes exactly what the file's template writes."""


def choose(architecture: str, about: About) -> Chosen | None:
    """Return the chat format of a model file, or None.

    None if its template cannot be used and resembles no named format.
    """
    if not about.template:
        return Chosen(plain(about), "the file has no template: a base model, asked with a line for the answer", True)
    asked = Asked(template=about.template, bos=about.bos, eos=about.eos, control=about.control)
    try:
        found = derived(asked)
        if found.format is not None:
            name = name_of(found.format)
            return Chosen(
                name or found.format, f"{name}, as its template writes" if name else "as its template writes", True
            )
        why = f"its template cannot be put as a format ({found.why})"
    except MissingExtra as error:
        why = f"its template was not read: {error}"
    name = recognised(architecture, about.template)
    return None if name is None else Chosen(name, f"{why}; {name} by the control tokens in it", False)


def plain(about: About) -> ChatFormat:
    """Return the chat format for a base model. It begins with the model's start token, if there is one."""
    found = formats()["plain"]
    if not about.bos or not about.adds_bos:
        return found
    return replace(
        found,
        start_system=about.bos,
        start_user=f"{about.bos}{found.start_user}",
        control=(about.bos,) if about.bos in about.control else (),
    )
