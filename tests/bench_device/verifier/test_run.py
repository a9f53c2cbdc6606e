from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from judged_rows import judged_rows

from sanderling.bench_device.verifier.run import Run
from sanderling.errors import UsageError
from sanderling.router.training.settings import Settings
from sanderling.router.verifier import weights


def test_the_shipped_collection_is_judged_without_the_model_that_no_verifier_can_tell_about() -> None:
    run = Run((), "generic", Settings(), network=False)
    assert {tried.model_id for tried in run.drafts.tried}.isdisjoint({"smollm2-135m"})
    assert len(run.drafts) > 500


def test_the_best_verifier_is_fitted_to_all_drafts_and_written(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    made = judged_rows(60)
    lines = [*made.collections, *made.asked.values(), *made.tried.values()]
    rows.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    run = Run((rows,), "generic", Settings(), network=False)
    found = run.report()
    run.ship(found, tmp_path / "v.json")
    fitted = weights.read(tmp_path / "v.json")
    assert fitted.verifier.id == found.best.name
    assert len(fitted.gains) > 0
    assert found.best.name in run.markdown(found)


def test_one_set_cannot_be_judged_by_others(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    made = judged_rows(60)
    some = [each for each in made.asked.values() if each.set == "s0"]
    names = {each.question for each in some}
    lines = [*made.collections, *some, *(each for each in made.tried.values() if each.question in names)]
    rows.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    with pytest.raises(UsageError, match="of 1 sets are too few"):
        Run((rows,), "generic", Settings(), network=False)
