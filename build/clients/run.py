"""Checks a running service with real clients, each in its own environment, and updates docs/clients.md.

``run.py [CLIENT ...]``: the named clients, or all; the page and ``told.json`` beside this file keep of the others what
they told last. Needs Sanderling with the extras ``server``, ``json``, ``embed`` and ``prebuilt``, the small model and
the embedder (``make models``), and the package index where an environment is not there yet. Ends with 1 if a check
failed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from clients import CLIENTS, Client
from page import write_page

from sanderling import config

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
MODEL = "smollm2-135m"
OFFLINE = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}


def main() -> None:
    """Run the clients that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=", ".join(CLIENTS))
    parser.add_argument("--environments", type=Path, default=TOP / ".venv" / "clients", help="folder of their own")
    parser.add_argument("--here", action="store_true", help="run in this environment, which has the client")
    given = parser.parse_args()
    if unknown := set(given.clients) - set(CLIENTS):
        parser.error(f"no client {', '.join(sorted(unknown))}: choose from {', '.join(CLIENTS)}")
    named = {name: CLIENTS[name] for name in given.clients} or CLIENTS
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which ends the service too
    told: dict[str, list[dict]] = {}
    with serving() as environment:
        for name, client in named.items():
            python = Path(sys.executable) if given.here else made(given.environments / name, client)
            told[name] = checked(name, client, python, environment)
    if not given.here:
        write_page(TOP / "docs" / "clients.md", kept(told))
    failed = [(name, line) for name, lines in told.items() for line in lines if not line["ok"]]
    for name, line in failed:
        print(f"FAILED {name}, {line['feature']}: {line['remark']}")
    sys.exit(1 if failed else 0)


def kept(told: dict[str, list[dict]]) -> dict[str, list[dict]]:
    """Save new results, and return the latest ones of each client."""
    file = HERE / "told.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    every = {name: told.get(name) or before[name] for name in CLIENTS if name in told or name in before}
    file.write_text(f"{json.dumps(every, indent=1)}\n", encoding="utf-8")
    return every


def made(folder: Path, client: Client) -> Path:
    """Return the Python of the client's environment, which is created if it does not exist."""
    python = folder / "bin" / "python"
    if not (python.exists() and _has(python, client.pins)):
        print(f"-- installing {', '.join(client.pins)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *client.pins], check=True)
    return python


def _has(python: Path, pins: Sequence[str]) -> bool:
    names = [re.split(r"[\[=]", pin)[0] for pin in pins]
    code = "import importlib.metadata as m, sys; print(*(m.version(each) for each in sys.argv[1:]))"
    found = subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=False)
    return found.stdout.split() == [pin.rpartition("==")[2] for pin in pins]


def checked(name: str, client: Client, python: Path, environment: dict[str, str]) -> list[dict]:
    """Run a client's checks and return their results, one per feature."""
    print(f"-- {name}", flush=True)
    words = [python, HERE / f"{client.script}.py"]
    if python != Path(sys.executable):  # what is on our path need not fit the client's
        environment = {key: value for key, value in environment.items() if key != "PYTHONPATH"}
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    told = [line for line in lines if "feature" in line]
    for line in told:
        print(f"   {'ok' if line['ok'] else 'FAILED':7} {line['feature']}  {line['remark']}", flush=True)
    if not told or (done.returncode and all(line["ok"] for line in told)):
        told.append({"feature": "the checks themselves", "ok": False, "remark": f"ended with {done.returncode}"})
    return told


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """Serve the station's notes with the small model, and yield the environment variables that clients need."""
    with tempfile.TemporaryDirectory() as made_folder:
        folder = Path(made_folder)
        home = folder / "home"
        home.mkdir(mode=0o700)
        (home / "models").symlink_to(config.home() / "models")
        own = {**os.environ, "SANDERLING_HOME": str(home), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "sanderling"]
        memory = str(folder / "station.sanderling")
        notes = str(TOP / "bench_device" / "workloads" / "station" / "notes")
        subprocess.run([*command, "ingest", notes, "-m", memory], env=own, check=True, stdout=subprocess.DEVNULL)
        words = [*command, "serve", "-m", memory, "--model", MODEL, "--port", "0", "--max-wait", "300s", "--json"]
        service = subprocess.Popen(words, env=own, stdout=subprocess.PIPE, text=True)
        try:
            assert service.stdout is not None
            line = service.stdout.readline()
            if not line:
                sys.exit("the service did not start")
            where = json.loads(line)
            key = Path(where["key_file"]).read_text().strip()
            yield {**os.environ, **OFFLINE, "SERVICE_URL": where["url"], "SERVICE_KEY": key, "SERVICE_MODEL": MODEL}
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


if __name__ == "__main__":
    main()
