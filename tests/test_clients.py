"""The service asked by openai-python, with a real model, for every feature; `make test-clients` has the other clients.

Also what docs/clients.md says of all of them: its table is that of the last run, with the versions that are pinned.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
FOLDER = TOP / "build" / "clients"


def load(name: str):
    sys.path.insert(0, str(FOLDER))
    try:
        return __import__(name)
    finally:
        sys.path.remove(str(FOLDER))


def features(script: str) -> list[str]:
    return re.findall(r'^@check\("([^"]+)"\)$', (FOLDER / f"{script}.py").read_text(), re.MULTILINE)


@pytest.mark.model
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("smollm2_path")
def test_openai_asks_a_real_model_for_every_feature() -> None:
    command = [sys.executable, str(FOLDER / "run.py"), "--here", "openai-python"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("\n   ok ") == len(features("check_openai")) > 10


def test_a_check_that_fails_is_told_and_the_others_run(tmp_path: Path) -> None:
    script = (
        "from checking import check, expect, run\n"
        "check('one')(lambda: expect(False, 'nothing'))\ncheck('two')(lambda: 'fine')\nrun('openai')\n"
    )
    env = {**os.environ, "PYTHONPATH": str(FOLDER)}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert '"feature": "one", "ok": false' in done.stdout
    assert '"feature": "two", "ok": true, "remark": "fine"' in done.stdout


def test_the_page_has_all_clients_in_the_pinned_versions_and_no_feature_that_failed() -> None:
    clients, page = load("clients").CLIENTS, load("page")
    text = (TOP / "docs" / "clients.md").read_text(encoding="utf-8")
    _, _, rest = text.partition(page.BEGIN)
    found, _, _ = rest.partition(page.END)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines() if line[:1] == "|"]
    assert rows[0] == ["feature", *clients]
    assert rows[2] == ["version", *(each.pins[0].partition("==")[2] for each in clients.values())]
    columns = dict(zip(rows[0], zip(*rows[3:], strict=True), strict=True))
    for name, each in clients.items():
        works = [feature for feature, cell in zip(columns["feature"], columns[name], strict=True) if cell == "yes"]
        assert sorted(works) == sorted(features(each.script))
    assert "**no**" not in found


def test_a_row_that_failed_is_shown() -> None:
    told = {"openai-python": [{"feature": "stream", "ok": False, "remark": "broken"}]}
    assert "| stream | **no** |" in load("page").table(told)
