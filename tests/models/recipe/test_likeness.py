from __future__ import annotations

import numpy as np
import pytest

from sanderling.errors import MissingExtra, ModelUnavailable
from sanderling.models import registry
from sanderling.models.embedder import accept, open_embedder
from sanderling.models.recipe.likeness import LEAST_COSINE, kept_vectors, require_likeness


class Kept:
    """Gives the kept vectors, one of them turned by an angle."""

    id, dim, max_tokens = "kept@1", 384, 256

    def __init__(self, cosine: float) -> None:
        texts, self.vectors = kept_vectors("minilm-l6-v2")
        one = self.vectors[7]
        across = np.roll(one, 1)
        across -= (across @ one) * one
        across /= np.linalg.norm(across)
        self.vectors[7] = cosine * one + np.sqrt(1 - cosine**2) * across
        self.texts = texts

    def embed(self, texts, on_truncated=None):
        assert texts == self.texts
        return self.vectors

    def count_tokens(self, text: str) -> int:
        return len(text)


def test_there_are_two_hundred_texts() -> None:
    texts, vectors = kept_vectors("minilm-l6-v2")
    assert len(set(texts)) == len(vectors) == 200


def test_one_text_that_differs_is_enough() -> None:
    assert require_likeness(Kept(0.995), "minilm-l6-v2") == pytest.approx(0.995, abs=1e-5)
    for cosine in (0.985, float("nan")):
        with pytest.raises(ModelUnavailable, match="other vectors on this processor"):
            require_likeness(Kept(cosine), "minilm-l6-v2")


@pytest.mark.model
@pytest.mark.parametrize("name", ["minilm-l6-v2-dynamic", "minilm-l6-v2-int8"])
def test_the_installed_ones_are_alike(name: str) -> None:
    try:
        embedder = open_embedder(name)
    except (MissingExtra, ModelUnavailable) as error:
        pytest.skip(str(error))
    if not embedder.id.startswith(name):
        pytest.skip(f"{name} is not here: run  make models")
    assert require_likeness(embedder, "minilm-l6-v2") >= (LEAST_COSINE if "dynamic" in name else 0.999)
    accept(registry.resolve(name))
