"""The languages for which an embedder was trained."""

from __future__ import annotations

from . import registry

ALL = "mul"
"""Language code in ``models.toml`` for a hundred languages or more."""


def unknown_languages(embedder_id: str, languages: set[str]) -> set[str]:
    """Return those of ``languages`` for which the embedder was not trained.

    Empty for an embedder that ``models.toml`` does not have: nothing is known of it.
    """
    known = known_languages(embedder_id)
    return set() if not known or ALL in known else languages - set(known)


def known_languages(embedder_id: str) -> tuple[str, ...]:
    """Return the two-letter codes of the embedder's languages; empty: unknown."""
    entry = registry.entries().get(embedder_id.partition("@")[0])
    return entry.embedding.languages if entry is not None and entry.embedding is not None else ()
