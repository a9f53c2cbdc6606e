from __future__ import annotations

from sanderling.models import registry
from sanderling.models.languages import ALL, known_languages, unknown_languages


def test_the_default_embedder_knows_english_only() -> None:
    assert known_languages("minilm-l6-v2-int8@0123456789ab") == ("en",)
    assert unknown_languages("minilm-l6-v2-int8@0123456789ab", {"en", "de", "ja"}) == {"de", "ja"}


def test_an_embedder_of_a_hundred_languages_knows_them_all() -> None:
    many = [name for name, entry in registry.entries().items() if entry.embedding and ALL in entry.embedding.languages]
    assert many
    assert all(unknown_languages(f"{name}@0", {"de", "zh", "sw"}) == set() for name in many)


def test_of_an_unknown_embedder_nothing_is_said() -> None:
    assert known_languages("hash-64") == ()
    assert unknown_languages("hash-64", {"de"}) == set()
