import numpy as np
import pytest

from sanderling.errors import UsageError
from sanderling.stages.embed import MAX_QUERY_BYTES, checked, embed


@pytest.mark.parametrize("query", ["", "  \n\t "])
def test_an_empty_question_is_refused_in_words(query: str) -> None:
    with pytest.raises(UsageError, match="ask something"):
        checked(query)


def test_a_megabyte_is_refused_and_told_what_to_do() -> None:
    with pytest.raises(UsageError, match="sanderling ingest"):
        checked("a" * 2**20)
    assert checked("a" * MAX_QUERY_BYTES)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UsageError, match="encoding"):
        checked("caf\udce9")


def test_a_cut_question_is_said_aloud() -> None:
    class Cutting:
        id, dim, max_tokens = "c", 2, 256

        def embed(self, texts, on_truncated=None):
            on_truncated(0, 999)
            return np.zeros((len(texts), 2), np.float32)

    said: list[str] = []
    assert embed(Cutting(), "long", said.append).shape == (2,)
    assert "999 tokens" in said[0]
