"""A conversation begun by one process goes on in a service and in the next one, and is forgotten; with a real model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from disk_words import draw, left

from sanderling import config

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]

FIRST, *WORDS = draw(61, 4)
MODEL = ("--model", "smollm2-135m", "--threads", "1")


class Device:
    """A data folder with the installed models, and commands in processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.home, self.memory = folder / "home", folder / "notes.sanderling"
        self.home.mkdir()
        (self.home / "models").symlink_to(config.home() / "models")
        self.env = {**os.environ, "SANDERLING_HOME": str(self.home), "PYTHONPATH": os.pathsep.join(sys.path)}

    def words(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "sanderling", *map(str, arguments)]

    def run(self, *arguments: object, stdin: str = "") -> str:
        done = subprocess.run(
            self.words(*arguments), check=True, input=stdin, capture_output=True, text=True, env=self.env, timeout=120
        )
        return done.stdout

    @contextmanager
    def service(self) -> Iterator[Any]:
        words = self.words("serve", "-m", self.memory, *MODEL, "--port", 0, "--no-key", "--json")
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=self.env) as running:
            port = int(json.loads(running.stdout.readline())["url"].rsplit(":", 1)[1].strip("/"))

            def call(method: str, path: str, **body: Any) -> Any:
                head = {"content-type": "application/json", "connection": "close"}
                with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
                    connection.request(method, path, json.dumps(body) if body else None, head)
                    return json.loads(connection.getresponse().read())

            try:
                yield call
            finally:
                running.send_signal(signal.SIGINT)
            assert running.wait(60) in (0, 130)


@pytest.mark.usefixtures("smollm2_path")
def test_a_conversation_outlives_three_processes_and_is_forgotten_in_all_files(tmp_path: Path) -> None:
    device = Device(tmp_path)
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "pump.md").write_text("# Pump\n\nThe feed pump is repaired by Ada Lind.")
    device.run("ingest", notes, "-m", device.memory)
    chat = ("chat", "-m", device.memory, *MODEL, "--max-tokens", 8, "--json")
    begun = json.loads(device.run(*chat, stdin=f"Who repairs the feed pump, {FIRST}?\n"))
    id, prompts = begun["conversation"], [begun["tokens"]["prompt"]]
    for number, word in enumerate(WORDS[:2], start=2):
        with device.service() as call:
            asked = {"role": "user", "content": f"And {word}?"}
            said = call("POST", "/v1/chat/completions", messages=[asked], max_tokens=8, sanderling={"conversation": id})
            prompts.append(said["usage"]["prompt_tokens"])
            shown = call("GET", f"/v1/conversations/{id}")
        assert (said["sanderling"]["conversation"], len(shown["turns"])) == (id, number)
        assert shown["turns"][0]["sources"][0]["id"] == begun["sources"][0]["node_id"]
    last = json.loads(device.run(*chat, "--no-server", "--continue", stdin=f"And {WORDS[2]}?\n"))
    prompts.append(last["tokens"]["prompt"])
    assert prompts == sorted(set(prompts))  # each holds the turns before it
    models = list((device.home / "models").rglob("*"))
    assert left(device.home, [FIRST, *WORDS], but=models) == {FIRST, *WORDS}
    with device.service() as call:  # which has it open meanwhile
        call("GET", f"/v1/conversations/{id}")
        assert device.run("chat", "--forget", id[:6]) == "1 conversation forgotten\n"
        assert left(tmp_path, [FIRST, *WORDS], but=models) == set()
        assert call("GET", f"/v1/conversations/{id}")["error"]["code"] == "not_found"
    assert left(tmp_path, [FIRST, *WORDS], but=models) == set()
