from __future__ import annotations

import pytest

from sanderling.models.chat import child
from sanderling.models.chat.child import Asked, derived

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def asked(template: str) -> Asked:
    return Asked(template=template, bos="<s>", eos="</s>", control=("<|im_start|>", "<|im_end|>"))


def test_a_format_comes_out_of_the_process() -> None:
    found = derived(asked(CHATML)).format
    assert found is not None
    assert found.start_user == "<|im_start|>user\n"


@pytest.mark.parametrize("source", ["{{ 'x' * 9999999999 }}", "{{ [0] * 9999999999 }}", "{{ range(9**9) | list }}"])
def test_memory_without_end_is_refused(source: str) -> None:
    found = derived(asked(source))
    assert found.format is None
    assert found.why


def test_time_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "TIMEOUT_S", 5)
    loop = "{% for a in range(99999) %}" * 3 + "{% endfor %}" * 3
    assert "more time or memory" in derived(asked(loop)).why
