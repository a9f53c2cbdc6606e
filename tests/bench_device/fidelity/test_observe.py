from __future__ import annotations

from pathlib import Path

import msgspec

from sanderling.bench_device.fidelity.compare import compare
from sanderling.bench_device.fidelity.observe import observe
from sanderling.bench_device.fidelity.prompts import station
from sanderling.engines.scripted import Rule, Script


def script(path: Path, *says: str) -> str:
    rules = [Rule(when=prompt.question.text, say=say) for prompt, say in zip(station(), says, strict=False)]
    path.write_bytes(msgspec.json.encode(Script(rules=tuple(rules))))
    return str(path)


def test_answers_and_predictions_come_from_the_worker(tmp_path: Path) -> None:
    prompts = station()[:3]
    answers = [prompt.question.answers[0] for prompt in prompts]
    done: list[int] = []
    right = script(tmp_path / "right.json", *(f"{answer}\nand more" for answer in answers))
    before = observe(right, "plain", prompts, engine="scripted", on_prompt=done.append)
    assert [each.answer for each in before] == [answer[:16] for answer in answers]
    assert done == [1, 2, 3]
    wrong = script(tmp_path / "wrong.json", *("?" * len(answer) for answer in answers))
    after = observe(wrong, "plain", prompts, engine="scripted", like=before)
    assert [each.scored.ids for each in after] == [each.scored.ids for each in before]
    found = compare(prompts, before, after)
    assert found.refusal
    assert found.agreement.mean == 0.0
