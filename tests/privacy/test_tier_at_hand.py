"""With a tier that could be reached, strace sees no connection while privacy is local, and one when it is not."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path

import pytest
from scripted_server import answer, scripted_server
from watched import watch, why_not

from sanderling import config

pytestmark = [pytest.mark.timeout(900), pytest.mark.model]

DRIVER = """
    import sys
    from sanderling import Runtime, egress
    egress.guard()  # as the command line does
    with Runtime.open(sys.argv[1], model="smollm2-135m", n_threads=1) as runtime:
        runtime.add(sys.argv[2])
        for number in range(int(sys.argv[4])):
            found = runtime.ask(f"Who repairs the feed pump {number}?", privacy=sys.argv[3] or None, max_tokens=2)
            print(found.left_device, found.route.tier)
"""


@pytest.mark.usefixtures("smollm2_path")
@pytest.mark.parametrize(("privacy", "questions"), [("local", 20), ("", 2), ("own", 1)])
def test_questions_that_stay_open_no_connection(tmp_path: Path, privacy: str, questions: int) -> None:
    if reason := why_not():
        (pytest.fail if "CI" in os.environ else pytest.skip)(f"nothing can be watched here: {reason}")
    home, notes = tmp_path / "home", tmp_path / "notes"
    (home / "models").mkdir(parents=True)
    for model in (config.home() / "models").iterdir():
        (home / "models" / model.name).symlink_to(model)
    notes.mkdir()
    (notes / "pump.md").write_text("# Pump\n\nThe feed pump is repaired by Ada Lind.")
    driver = tmp_path / "driver.py"
    driver.write_text(textwrap.dedent(DRIVER))
    with scripted_server() as server:
        server.scripts = [answer("Ada Lind")]
        (home / "config.toml").write_text(
            f'[[tier]]\nname = "edge"\nbase_url = "{server.url}"\ntrust = "own"\nmodels = [{{ id = "m" }}]\n'
        )
        env = {
            **{name: os.environ[name] for name in ("PATH", "OMP_NUM_THREADS", "HOME") if name in os.environ},
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "SANDERLING_HOME": str(home),
        }
        command = [sys.executable, str(driver), str(tmp_path / "m.sanderling"), str(notes), privacy, str(questions)]
        seen = watch(command, tmp_path / "trace", env, tmp_path)
    assert seen.code == 0, seen.out
    if privacy == "own":
        assert "True edge" in seen.out
        assert any("AF_INET" in call for call in seen.sockets())
    else:
        assert seen.out.count("False ") == questions, seen.out
        assert [call for call in seen.sockets() if "AF_INET" in call] == []
        assert server.seen == []
