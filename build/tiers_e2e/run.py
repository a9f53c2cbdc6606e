"""Checks a tier that is a real vLLM server.

It is run by hand (``make tiers-e2e``), because it takes 1 GB of downloads and minutes. ``run.py``: makes an environment
below ``.venv/tiers-e2e`` from ``lock.txt``, starts vLLM on this machine's CPU with SmolLM2-135M, and checks what the
tiers rely on. ``run.py --url URL --model NAME``: checks a server that runs already. Needs Linux on x86-64 with gcc and
binutils, 4 GB of RAM, the small model (``make models``), and the package index the first time. Ends with 1 if a check
failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sanderling.egress import Permit
from sanderling.engines.openai import ChatRequest, OpenAIEngine
from sanderling.engines.protocol import Finish
from sanderling.errors import TierFailed
from sanderling.models import registry
from sanderling.records import Message, Sampling, Token
from sanderling.remote.http import Server
from sanderling.request.handle import Handle
from sanderling.tiers.probe import probe

HERE = Path(__file__).resolve().parent
ROOM = HERE.parents[1] / ".venv" / "tiers-e2e"
KEY = "e2e"
QUESTION = "What is the capital of France?"
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
}


class Checks:
    """The checks of one server."""

    def __init__(self, url: str, model: str) -> None:
        self.url, self.model, self.failed = url, model, 0
        self.permit = Permit.of_url(url, "make tiers-e2e")
        self.engine = OpenAIEngine(self.server())

    def server(self, key: str = KEY) -> Server:
        """Return a client with long timeouts.

        The first request with probabilities takes vLLM 15 s.
        """
        return Server(self.url, key=key, first_timeout_s=120.0, stall_timeout_s=60.0)

    def said(
        self, text: str = QUESTION, tokens: int = 24, handle: Handle | None = None, **changes: object
    ) -> tuple[str, Finish]:
        """Return the text of one answer, and the record of how its generation finished."""
        request = ChatRequest(
            model=str(changes.get("model", self.model)),
            messages=(Message(role="user", content=text),),
            max_tokens=tokens,
            sampling=Sampling(temperature=0.0, seed=1),
            stop=("\n\n",),
            logprobs=bool(changes.get("logprobs", True)),
        )
        words, finish = "", None
        with closing(self.engine.generate(request, self.permit, handle)) as stream:
            for item in stream:
                if isinstance(item, Token):
                    words += item.text
                    if changes.get("logprobs", True) and not item.logprob > float("-inf"):
                        raise AssertionError("a token without its probability")
                else:
                    finish = item
        assert finish is not None
        return words, finish

    def check(self, name: str, call: Callable[[], str]) -> None:
        """Run one check and print its outcome."""
        began = time.monotonic()
        try:
            told, mark = call(), "ok"
        except (TierFailed, AssertionError) as error:
            self.failed += 1
            told, mark = f"{type(error).__name__}: {error}", "FAILED"
        print(f"{mark:6} {name}: {told} ({time.monotonic() - began:.1f} s)", flush=True)

    def refused(self, kind: str, call: Callable[[], object]) -> str:
        """Check that ``call`` raises a failure of this ``kind``, and return its message."""
        try:
            call()
        except TierFailed as error:
            if error.kind != kind:
                raise AssertionError(f"{error.kind} instead of {kind}: {error}") from error
            return str(error)[:120]
        raise AssertionError("it was not refused")


def checks(url: str, model: str) -> int:
    """Run all checks; return how many failed."""
    found = Checks(url, model)

    def first() -> str:
        speed = probe(found.server(), model, found.permit, logprobs=True)
        assert speed.context_tokens > 0, "the server does not say how long its context is"
        return f"prefill {speed.prefill_tokens_per_s:.0f}, decode {speed.decode_tokens_per_s:.0f} tokens/s"

    def answered() -> str:
        text, finish = found.said()
        assert text and finish.prompt_tokens > 0 and finish.reason in ("stop", "length")
        return f"{text[:60]!r}, {finish.prompt_tokens} tokens of prompt"

    def left() -> str:
        handle = Handle()
        threading.Timer(0.5, handle.cancel).start()
        _, finish = found.said("Count to one thousand.", 1500, handle)
        assert finish.reason == "cancelled", finish.reason
        return "the stream ended"

    def together() -> str:
        texts = [f"{QUESTION} Answer {number}." for number in range(8)]
        began = time.monotonic()
        for text in texts:
            found.said(text, logprobs=False)
        alone_s, began = time.monotonic() - began, time.monotonic()
        threads = [threading.Thread(target=found.said, args=(text,), kwargs={"logprobs": False}) for text in texts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        at_once_s = time.monotonic() - began
        assert at_once_s < alone_s, f"{at_once_s:.1f} s at once, {alone_s:.1f} s one by one"
        return f"8 answers: {alone_s:.1f} s one by one, {at_once_s:.1f} s at once"

    found.check("a first measurement", first)
    found.check("every field is taken, tokens have probabilities", answered)
    found.check("a client that leaves", left)
    found.check("a wrong model", lambda: found.refused("request", lambda: found.said(model="nobody")))
    found.check("a prompt that is too long", lambda: found.refused("request", lambda: found.said("word " * 20_000)))
    found.check("a wrong key", lambda: found.refused("key", lambda: found.server("wrong").get("/models", found.permit)))
    found.check("eight at once", together)
    return found.failed


def environment() -> Path:
    """Return the Python of an environment with vLLM in it."""
    python = ROOM / "bin" / "python"
    if not (ROOM / "ready").exists():
        venv.create(ROOM, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "-q", "--no-deps", "-r", str(HERE / "lock.txt")]
        subprocess.run(install, check=True)
        lib = next(ROOM.glob("lib/python*/site-packages/torch/lib"))
        subprocess.run([str(python), str(HERE / "cuda_stubs.py"), str(lib), str(ROOM / "stubs")], check=True)
        (ROOM / "ready").touch()
    return python


@contextmanager
def vllm() -> Iterator[tuple[str, str, subprocess.Popen[bytes]]]:
    """Run vLLM on a free port; yield its address, its model's name and its process."""
    import socket

    python, folder = environment(), ROOM / "model"
    env = {**os.environ, **QUIET, "LD_LIBRARY_PATH": str(ROOM / "stubs"), "PYTHONPATH": ""}
    found = registry.installed("smollm2-135m")
    if found is None:
        sys.exit("smollm2-135m is not here: run  make models")
    if not (folder / "tokenizer_config.json").exists():
        subprocess.run(
            [str(python), str(HERE / "to_hugging_face.py"), str(found.path), str(folder)], check=True, env=env
        )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = (
        f"--host 127.0.0.1 --port {port} --api-key {KEY} --served-model-name e2e --max-model-len 2048 --enforce-eager"
    )
    command = [str(python), "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder), *words.split()]
    with (ROOM / "vllm.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}/v1"
    try:
        server, permit = Server(url, key=KEY), Permit.of_url(url)
        for _ in range(600):
            try:
                server.get("/models", permit)
                break
            except TierFailed:
                if process.poll() is not None:
                    sys.exit(f"vLLM ended: see {ROOM / 'vllm.log'}")
                time.sleep(1)
        yield url, "e2e", process
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Check the server that the command line names, or else a server started here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="address with /v1 of a server that runs already; its key must be e2e, or none")
    parser.add_argument("--model", default="", help="its model")
    given = parser.parse_args()
    if given.url:
        sys.exit(bool(checks(given.url, given.model)))
    with vllm() as (url, model, process):
        failed = checks(url, model)
        threading.Timer(0.5, process.kill).start()
        found = Checks(url, model)

        def killed() -> str:
            try:
                found.said("Count to one thousand.", 1500, logprobs=False)
            except TierFailed as error:
                return f"{error.kind}: {str(error)[:120]}"
            raise AssertionError("half an answer was taken for a whole one")

        found.check("killed in its answer", killed)
    sys.exit(bool(failed or found.failed))


if __name__ == "__main__":
    main()
