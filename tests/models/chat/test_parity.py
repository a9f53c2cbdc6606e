"""Chat formats derived from published templates, against these templates in Jinja as transformers sets it up.

The reference is rendered here, by an environment of the test's own. Thirty conversations a family: every length up to
nine messages, with and without a system message, contents with what breaks careless renderers.
"""

from __future__ import annotations

import ctypes
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2.ext import Extension
from published_templates import control_in, folder, template

from sanderling.engines.chat_format import ChatFormat, encode, render
from sanderling.models.about import read_about
from sanderling.models.chat.derive import derive, messages
from sanderling.models.chat.template import Template
from sanderling.records import Message

# Family, template, what turns thoughts off in it, and what we write behind it so that the answer comes at once.
FAMILIES = [
    ("apertus", "Apertus-8B-Instruct", {}, ""),
    ("bielik", "Bielik-11B-v3.0-Instruct", {}, ""),
    ("command-r", "CohereForAI-c4ai-command-r-plus-tool_use", {}, ""),
    ("deepseek-r1", "deepseek-ai-DeepSeek-R1-Distill-Llama-8B", {}, "\n</think>\n\n"),
    ("deepseek-v3.1", "deepseek-ai-DeepSeek-V3.1", {"thinking": False}, ""),
    ("devstral", "unsloth-mistral-Devstral-Small-2507", {}, ""),
    ("rwkv", "llama-cpp-rwkv-world", {}, " <think>\n</think>"),
    ("functionary", "meetkai-functionary-medium-v3.1", {}, ""),
    ("gemma-2", "google-gemma-2-2b-it", {}, ""),
    ("gemma-4", "google-gemma-4-31B-it", {"enable_thinking": False}, ""),
    ("gigachat", "GigaChat3-10B-A1.8B", {}, ""),
    ("glm", "GLM-4.6", {"enable_thinking": False}, ""),
    ("gpt-oss", "openai-gpt-oss-120b", {}, "<|channel|>final<|message|>"),
    ("granite-3", "ibm-granite-granite-3.3-2B-Instruct", {}, ""),
    ("granite-4", "ibm-granite-granite-4.0", {}, ""),
    ("hermes", "NousResearch-Hermes-3-Llama-3.1-8B-tool_use", {}, ""),
    ("kimi", "Kimi-K2-Instruct", {}, ""),
    ("lfm2", "LFM2-8B-A1B", {}, ""),
    ("lfm2.5", "LFM2.5-Instruct", {}, ""),
    ("lfm2.5-8b", "LFM2.5-8B-A1B", {}, "<think>\n\n</think>\n\n"),
    ("llama-3.1", "meta-llama-Llama-3.1-8B-Instruct", {}, ""),
    ("llama-3.2", "meta-llama-Llama-3.2-3B-Instruct", {}, ""),
    ("mimo", "MiMo-VL", {}, ""),
    ("mistral-nemo", "mistralai-Mistral-Nemo-Instruct-2407", {}, ""),
    ("mistral-small", "Mistral-Small-3.2-24B-Instruct-2506", {}, ""),
    ("nemotron", "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", {"enable_thinking": False}, ""),
    ("phi-3", "microsoft-Phi-3.5-mini-instruct", {}, ""),
    ("qwen2.5", "Qwen-Qwen2.5-7B-Instruct", {}, ""),
    ("qwen3", "Qwen-Qwen3-0.6B", {"enable_thinking": False}, ""),
    ("qwen3.5", "Qwen3.5-4B", {"enable_thinking": False}, ""),
    ("reka", "Reka-Edge", {}, ""),
    ("seed-oss", "ByteDance-Seed-OSS", {}, "<seed:think>\n\n</seed:think>\n\n"),
    ("smollm3", "HuggingFaceTB-SmolLM3-3B", {"enable_thinking": False}, ""),
    ("solar", "upstage-Solar-Open-100B", {}, "<|content|>"),
]
# Vocabularies in the same archive, and what the tokens that a template names are called there.
VOCABULARIES = [
    ("Qwen-Qwen2.5-7B-Instruct", "qwen2", "", "<|im_end|>"),
    ("MiMo-VL", "qwen2", "", "<|im_end|>"),
    ("meta-llama-Llama-3.1-8B-Instruct", "llama-bpe", "<|begin_of_text|>", "<|eot_id|>"),
    ("meta-llama-Llama-3.2-3B-Instruct", "llama-bpe", "<|begin_of_text|>", "<|eot_id|>"),
    ("meta-llama-Llama-3.3-70B-Instruct", "llama-bpe", "<|begin_of_text|>", "<|eot_id|>"),
    ("microsoft-Phi-3.5-mini-instruct", "phi-3", "<s>", "<|endoftext|>"),
    ("CohereForAI-c4ai-command-r-plus-tool_use", "command-r", "<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>"),
    ("google-gemma-4-31B-it", "gemma-4", "<bos>", "<turn|>"),
    ("Qwen3.5-4B", "qwen35", "", "<|im_end|>"),
]
WORDS = [
    "pump",
    "valve",
    "12,5",
    "bar",
    "naïve",
    "Straße",
    "東京",
    "😀",
    "don't",
    "e.g.",
    "x=3;",
    "the",
    "of",
    "a",
    "Ada's",
    "2026-05-03",
]
ODD = (
    "line one\nline two\n\n- a list\n- its end",
    "{{ 7 * 7 }} {% if x %} {# no comment #}",
    "a \"quoted\" text, 'single' and \\n backslashes \\ and a tab\tend",
    "<b>html</b> & <s>old</s> [INST] no turn [/INST]",
    "`code` and\n```python\nprint('a  b')\n```",
)


class _Generation(Extension):
    """transformers' tag around what an assistant wrote."""

    tags = {"generation"}  # noqa: RUF012 (Jinja's own way of declaring tags)

    def parse(self, parser: Any) -> Any:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def reference(source: str, said: list[dict[str, str]], bos: str, eos: str, **more: object) -> str:
    """What transformers' ``apply_chat_template`` writes, as its documentation describes the environment."""

    def refuse(text: str) -> None:
        raise jinja2.TemplateError(text)

    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation]
    )
    environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    environment.globals |= {"raise_exception": refuse, "strftime_now": lambda _: "29 Nov 2026"}
    return environment.from_string(source).render(
        messages=said, add_generation_prompt=True, bos_token=bos, eos_token=eos, **more
    )


def conversations(seed: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Thirty conversations that end with a question: the roles' first letters, and the contents."""
    draw = random.Random(seed)
    for number in range(30):
        roles = "s" * (number % 2) + "ua" * (number // 2 % 4) + "u"
        contents = [" ".join(draw.choices(WORDS, k=draw.randint(1, 12))) for _ in roles]
        if number % 3 == 0:
            contents[draw.randrange(len(contents))] = draw.choice(ODD)
        yield roles, contents


def ours(roles: str, contents: list[str]) -> list[Message]:
    names = {"s": "system", "u": "user", "a": "assistant"}
    return [Message(role=names[role], content=text) for role, text in zip(roles, contents, strict=True)]  # type: ignore[arg-type]


def derived(
    name: str, bos: str = "<s>", eos: str = "</s>", control: tuple[str, ...] = ()
) -> tuple[str, ChatFormat, bool]:
    """Return a template's source, its derived format, and whether its system message is part of the first question."""
    source = template(name)
    today = lambda _: "29 Nov 2026"  # noqa: E731 (as long as a function would be)
    found = derive(
        Template(source, {"bos_token": bos, "eos_token": eos}, today), control or control_in(source, bos, eos)
    )
    return source, found, found.start_system == found.start_user and found.system_user == "\n\n"


@pytest.mark.parametrize(("name", "off", "behind"), [each[1:] for each in FAMILIES], ids=[each[0] for each in FAMILIES])
def test_the_text_is_what_the_template_writes(name: str, off: dict[str, bool], behind: str) -> None:
    source, format, folded = derived(name)
    for roles, contents in conversations():
        said = messages(roles, contents, folded=folded)
        expected = reference(source, said, "<s>", "</s>", **off)
        written = render(format, ours(roles, contents))
        assert written == expected + behind


@pytest.mark.parametrize(("name", "vocabulary", "bos", "eos"), VOCABULARIES, ids=[each[0] for each in VOCABULARIES])
def test_the_token_ids_are_those_of_the_whole_text(name: str, vocabulary: str, bos: str, eos: str) -> None:
    source, format, folded = derived(name, bos, eos, control_of(vocabulary))
    off = {"enable_thinking": False} if format.thinking else {}
    replaced = 0
    with opened(folder() / f"ggml-vocab-{vocabulary}.gguf") as vocab:
        for roles, contents in conversations(1):
            for index, text in enumerate(contents):
                # One that spells a control token is to differ from the whole text: the next test.
                if vocab.tokenize(text, special=True) != vocab.tokenize(text, special=False):
                    contents[index], replaced = "harmless", replaced + 1
            whole = reference(source, messages(roles, contents, folded=folded), bos, eos, **off)
            assert encode(vocab.tokenize, format, ours(roles, contents)) == vocab.tokenize(whole, special=True)
    assert replaced <= 6  # those with HTML or a turn's marks, of ten odd ones


@pytest.mark.parametrize(("name", "vocabulary", "bos", "eos"), VOCABULARIES, ids=[each[0] for each in VOCABULARIES])
def test_a_content_that_spells_control_tokens_gets_none(name: str, vocabulary: str, bos: str, eos: str) -> None:
    _, format, _ = derived(name, bos, eos, control_of(vocabulary))
    with opened(folder() / f"ggml-vocab-{vocabulary}.gguf") as vocab:
        marks = {id for token in format.control for id in vocab.tokenize(token, special=True)[:1]}
        forged = "x" + "".join(format.control) + "".join(format.control)[::-1] + "y"
        plain = encode(vocab.tokenize, format, ours("su", ["system", "harmless"]))
        ids = encode(vocab.tokenize, format, ours("su", [forged, forged]))
        assert marks
        assert [id for id in ids if id in marks] == [id for id in plain if id in marks]


def control_of(vocabulary: str) -> tuple[str, ...]:
    return read_about(folder() / f"ggml-vocab-{vocabulary}.gguf").control


class opened:
    """A vocabulary without a model, by llama-cpp-python's library."""

    def __init__(self, path: Path) -> None:
        pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: make llama")
        self._path = path

    def __enter__(self) -> Any:
        import importlib.util

        from sanderling.engines.gguf_vocab import Vocab
        from sanderling.engines.llama_api import LlamaApi

        found = importlib.util.find_spec("llama_cpp")
        assert found is not None
        assert found.submodule_search_locations
        library = Path(found.submodule_search_locations[0]) / "lib" / "libllama.so"
        self._api = LlamaApi(library, "llama_cpp")
        params = self._api.llama_model_default_params()
        params.vocab_only = True
        self._model = self._api.llama_model_load_from_file(str(self._path).encode(), params)
        assert isinstance(self._model, int | ctypes.c_void_p)
        return Vocab(self._api, self._model)

    def __exit__(self, *_: object) -> None:
        self._api.llama_model_free(self._model)
