from __future__ import annotations

import pytest

from sanderling.engines.chat_format import formats
from sanderling.models.chat.derive import NoFormat, derive
from sanderling.models.chat.recognise import name_of, recognised
from sanderling.models.chat.template import Template, TemplateFailed

IM = ("<|im_start|>", "<|im_end|>")
LOOP = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
ASKED = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"


def template(source: str) -> Template:
    return Template(source, {"bos_token": "<s>", "eos_token": "</s>"}, lambda format: f"{{today:{format}}}")


def test_chatml_is_found_by_name() -> None:
    found = derive(template(LOOP + ASKED), IM)
    assert name_of(found) == "chatml"
    assert name_of(formats()["gemma"]) == "gemma"


def test_a_template_without_a_system_turn_gets_it_in_the_first_question() -> None:
    refuses = "{% if messages[0].role == 'system' %}{{ raise_exception('none') }}{% endif %}"
    found = derive(template(refuses + LOOP + ASKED), IM)
    assert (found.start_system, found.system_user) == ("<|im_start|>user\n", "\n\n")


def test_white_space_that_a_template_takes_away_is_known_by_role_and_side() -> None:
    source = LOOP.replace("m.content", "(m.content.rstrip() if m.role == 'user' else m.content | trim)")
    found = derive(template(source + ASKED), IM)
    assert set(found.left_trimmed) == {"system", "assistant"}
    assert set(found.right_trimmed) == {"system", "user", "assistant"}


def test_the_date_is_left_to_the_day_of_the_question() -> None:
    found = derive(template("{{ strftime_now('%d %b %Y') }}" + LOOP + ASKED), IM)
    assert found.start_user.startswith("{today:%d %b %Y}<|im_start|>user")


@pytest.mark.parametrize(
    ("source", "thought", "answer"),
    [
        # A switch in the template; a thought that the template opens; one that the model opens by itself.
        (ASKED + "{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}", "<think>\n", "</think>\n\n"),
        (ASKED.replace("assistant\n", "assistant\n<think>\n") + "{# </think> #}", "<think>\n", "\n</think>\n\n"),
        (ASKED + "{# <think> and </think> #}", "assistant\n<think>\n", "<think>\n\n</think>\n\n"),
    ],
)
def test_a_thinking_model_answers_without_a_thought(source: str, thought: str, answer: str) -> None:
    found = derive(template(LOOP + source), (*IM, "<think>", "</think>"))
    assert found.thinking is not None
    assert found.thinking.generation.endswith(thought)
    assert found.thinking.generation.count("<think>") == 1
    assert found.user_generation.endswith(answer)
    assert found.user_generation.count("</think>") == 1
    assert found.generation == found.user_generation


@pytest.mark.parametrize(
    "source",
    [
        "no messages at all",
        "{% for m in messages %}{{ m.content }}{{ m.content }}{% endfor %}",
        "{% for m in messages | reverse %}{{ m.content }}{% endfor %}",
        "{% for m in messages %}{{ loop.index }} {{ m.content }}{% endfor %}",
        "{% for m in messages %}{{ m.content | upper }}{% endfor %}",
        "{% for m in messages %}{{ m.content[:20] }}{% endfor %}",
        "{{ messages[0].content }}",
    ],
)
def test_what_is_no_format_is_refused(source: str) -> None:
    with pytest.raises((NoFormat, TemplateFailed)):
        derive(template(source), ())


@pytest.mark.parametrize(
    "source",
    [
        "{% for",
        "{{ ''.__class__.__mro__ }}",
        "{{ messages.append(1) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ raise_exception('no') }}",
        "{{ 1 // 0 }}",
        "{% for i in range(99999999) %}x{% endfor %}",
        "{% include 'x' %}",
    ],
)
def test_a_hostile_template_fails(source: str) -> None:
    with pytest.raises((NoFormat, TemplateFailed)):
        derive(template(source), ())


@pytest.mark.parametrize(
    ("architecture", "source", "name"),
    [
        ("lfm2", LOOP, "lfm2"),
        ("qwen2", LOOP, "chatml"),
        ("qwen3", LOOP + "enable_thinking <think>", "qwen3"),
        ("llama", "<|start_header_id|>x<|eot_id|>", "llama3"),
        ("gemma3", "<start_of_turn>x<end_of_turn>", "gemma"),
        ("gemma3", "", "plain-bos"),
        ("unheard", "", None),
        ("unheard", "### Instruction", None),
    ],
)
def test_a_format_is_recognised_by_its_control_tokens(architecture: str, source: str, name: str | None) -> None:
    assert recognised(architecture, source) == name
