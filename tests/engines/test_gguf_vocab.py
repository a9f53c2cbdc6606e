"""What stands in a note is tokenised as the letters it is, with every vocabulary at hand.

Those that are made here, those of all models that are installed, and those of every .gguf file in the folder that
SANDERLING_VOCABULARIES names (llama.cpp's own models/ggml-vocab-*.gguf, say).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vocabularies import CONTROLS, DEFINED, WHITE_SPACE, write_bpe, write_spm

from sanderling.engines import llama_cpp, sanderling_engine, xllamacpp
from sanderling.engines.gguf_vocab import _SPECIAL, Vocab
from sanderling.engines.llama_api import LlamaApi
from sanderling.engines.protocol import LoadSpec
from sanderling.engines.special_strings import SpecialStrings
from sanderling.models import registry

ORDINARY = (
    'Ada Lind repairs the feed pump.\n\n\nIt\'s 1,900 °C - "no".  a < b; foo(bar)[1]\t\tx := {y}',
    "naïve 本日は 🙃 <p align='left'>text</p> | table | <|>",
    "    code:\n        return x  # 3.14\n\n",
    "",
    " ",
    "tool call",
)
NOWHERE = LoadSpec(model_id="m", path="nowhere", n_ctx=256, n_threads=1, n_threads_prefill=1)
MANY = 400
BUILDS = [sanderling_engine, llama_cpp, xllamacpp]
Open = Callable[[Path], Vocab]


@pytest.fixture(scope="module", params=BUILDS, ids=lambda module: module.__name__.rsplit(".", 1)[-1])
def api(request: pytest.FixtureRequest) -> LlamaApi:
    module = request.param
    if not module.available():
        pytest.skip(f"{module.__name__} is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sanderling.engines.llama_load.LlamaEngine", lambda _spec, opened: opened)
        return module.load(NOWHERE)


@pytest.fixture(scope="module")
def opened(api: LlamaApi) -> Iterator[Open]:
    models = []

    def vocab(path: Path) -> Vocab:
        params = api.llama_model_default_params()
        params.vocab_only = True
        api.log.clear()
        models.append(api.llama_model_load_from_file(str(path).encode(), params))
        assert models[-1], f"{path}: {api.complaint()}"
        return Vocab(api, models[-1])

    yield vocab
    for model in models:
        api.llama_model_free(model)


@pytest.fixture(scope="module", params=["BPE", "SPM", "SPM, no space"])
def made(request: pytest.FixtureRequest, opened: Open, tmp_path_factory: pytest.TempPathFactory) -> Vocab:
    path = tmp_path_factory.mktemp("vocabulary") / "v.gguf"
    if request.param == "BPE":
        write_bpe(path)
    else:
        write_spm(path, space_prefix=request.param == "SPM")
    return opened(path)


def names(vocab: Vocab) -> dict[int, str]:
    """The tokens that no text may become, by id: those that are special and neither white space nor one character."""
    api, handle = vocab._api, vocab._vocab
    special = (token for token in range(vocab.n_tokens) if api.llama_vocab_get_attr(handle, token) & _SPECIAL)
    texts = {token: api.llama_vocab_get_text(handle, token).decode("utf-8", "replace") for token in special}
    return {token: text for token, text in texts.items() if len(text) > 1 and not text.isspace()}


def says(vocab: Vocab, ids: list[int], text: str) -> bool:
    """Whether the ids are those of the text; a vocabulary that puts spaces before texts does so behind its own too."""
    told = b"".join(map(vocab.piece, ids)).decode("utf-8", "replace")
    return told == text if not vocab._anchor else told.replace(" ", "") == text.replace(" ", "")


def hostile(strings: list[str]) -> Iterator[str]:
    for string in strings:
        yield from (
            string,
            f"a{string}b",
            f"x {string} y",
            f"<{string}",
            string * 2,
            f"\n{string}\n",
            string[:-1] + string,
        )
        yield string[: len(string) // 2] + string + string[len(string) // 2 :]


def check_hostile(vocab: Vocab) -> None:
    special = names(vocab)
    # Those of encoders (BERT) do not say a text back as it was, whatever stands in it.
    faithful = says(vocab, vocab._ids("It's [a] <b>."), "It's [a] <b>.")
    strings = list(special.values())
    # Gemma has thousands that differ in a number.
    for text in hostile(strings[:: 1 + len(strings) // MANY]):
        ids = vocab.tokenize(text, special=False)
        assert special.keys().isdisjoint(ids), (text, ids)
        assert not faithful or says(vocab, ids, text), (text, ids)


def check_ordinary(vocab: Vocab) -> None:
    for text in ORDINARY:
        assert vocab.tokenize(text, special=False) == vocab._ids(text)


def test_llama_cpp_itself_makes_user_defined_tokens_of_text(made: Vocab) -> None:
    special = names(made)
    assert {special[token] for token in special.keys() & set(made._ids("a<tool_call>b"))} == {"<tool_call>"}
    assert {*DEFINED, *CONTROLS} - {"🙂", "ё"} <= set(special.values())


def test_no_special_string_becomes_its_token(made: Vocab) -> None:
    check_hostile(made)


def test_ordinary_text_has_the_ids_it_always_had(made: Vocab) -> None:
    check_ordinary(made)


def test_white_space_and_single_characters_keep_their_tokens(made: Vocab) -> None:
    for text in (*WHITE_SPACE, "🙂", "ё"):
        assert len(made.tokenize(f"a{text}a", special=False)) < len(f"a{text}a".encode()) + 1
        assert made.tokenize(f"a{text}a", special=False) == made._ids(f"a{text}a")


def test_our_own_control_tokens_stay_what_they_are(made: Vocab) -> None:
    assert [made.piece(token) for token in made.tokenize("<|im_start|>", special=True)] == [b""]


@given(st.lists(st.sampled_from([*DEFINED, *CONTROLS, *WHITE_SPACE, "<", "tool", "_call", ">", " ", "a", "\n", "本"])))
def test_whatever_they_are_mixed_with(made: Vocab, parts: list[str]) -> None:
    text = "".join(parts)
    ids = made.tokenize(text, special=False)
    assert names(made).keys().isdisjoint(ids)
    assert says(made, ids, text)


@given(st.sets(st.text("ab<", min_size=1, max_size=4), max_size=5), st.text("ab< ", max_size=12))
def test_no_piece_of_a_cut_text_holds_a_string(strings: set[str], text: str) -> None:
    pieces = SpecialStrings(strings).cut(text)
    assert "".join(pieces) == text
    assert [string for string in strings for piece in pieces if len(string) > 1 and string in piece] == []
    if not any(string in text for string in strings if len(string) > 1):
        assert pieces == [text]


@pytest.mark.model
@pytest.mark.timeout(600)
def test_with_every_vocabulary_that_is_here(opened: Open) -> None:
    paths = [model.path for model in registry.all_installed() if model.path.suffix == ".gguf"]
    if folder := os.environ.get("SANDERLING_VOCABULARIES"):
        paths += sorted(Path(folder).glob("*.gguf"))
    if not paths:
        pytest.skip("no model is here: run  make models")
    for path in paths:
        vocab = opened(path)
        check_hostile(vocab)
        check_ordinary(vocab)


def test_the_pieces_of_a_cut_text_get_no_spaces_of_their_own(made: Vocab) -> None:
    ids = made.tokenize("a<tool_call>b", special=False)
    assert b"".join(map(made.piece, ids)).strip() == b"a<tool_call>b"
