"""Every question of a set is asked for its sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hash_embedder import HashEmbedder

from sanderling.bench_device.interruptible import Interruptible
from sanderling.bench_device.quote.measure import measure


def test_questions_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    notes = tmp_path / "set" / "notes"
    notes.mkdir(parents=True)
    (notes / "pump.md").write_text("# Pump\n\nThe feed pump is repaired by Ada Lind. It leaks.")
    (notes / "menu.md").write_text("# Menu\n\nOn Fridays the kitchen serves lentil soup.")
    questions = [
        ("a", "Who repairs the feed pump?", ["Ada Lind"]),
        ("b", "Does the pump leak?", ["yes"]),  # no sentence holds this word
        ("c", "What is the name of the cook of the kitchen?", []),
        ("d", "What does the kitchen serve on Fridays?", ["black bread"]),
    ]
    (tmp_path / "set" / "questions.jsonl").write_text(
        "\n".join(
            json.dumps({"id": id, "text": text, "answers": answers, "gold": ["pump.md"], "hops": 1})
            for id, text, answers in questions
        )
    )
    found = measure([tmp_path / "set"], HashEmbedder(), Interruptible())
    assert [(each.question, each.holds) for each in found] == [("a", True), ("c", False), ("d", False)]
    assert all(each.signs and each.cpu_ms > 0 and each.total_ms > 0 for each in found)
    assert len(measure([tmp_path / "set"], HashEmbedder(), Interruptible(), limit=1)) == 1
