"""The languages that an embedder was trained for."""

from __future__ import annotations

from . import registry

ALL = "mul"
"""Stands in ``models.toml`` for a hundred languages or more."""


def unknown_languages(embedder_id: str, languages: set[str]) -> set[str]:
    """Return those of ``languages`` that the embedder ``embedder_id`` was not trained for.

    Empty for an embedder that ``models.toml`` does not have: nothing is known of it.
    """
    known = known_languages(embedder_id)
    return set() if not known or ALL in known else languages - set(known)


def known_languages(embedder_id: str) -> tuple[str, ...]:
    """Return the two-letter codes of the embedder's languages; empty if they are not known."""
    entry = registry.entries().get(embedder_id.partition("@")[0])
    return entry.embedding.languages if entry is not None and entry.embedding is not None else ()
