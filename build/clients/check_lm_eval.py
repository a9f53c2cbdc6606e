"""Checks lm-eval on twenty questions, with log-likelihoods through completions and answers through chat."""

from __future__ import annotations

import json
import math
import os
import tempfile
import urllib.request
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", OPENAI_API_KEY=os.environ.get("SERVICE_KEY", ""))

import lm_eval
from checking import BASE, KEY, MODEL, NOTES, URL, check, expect, run
from lm_eval.tasks import TaskManager

HERE = Path(__file__).resolve().parent
STATION = HERE.parents[1] / "bench_device" / "workloads" / "station" / "questions.jsonl"
COUNT = 20
NEAR = 0.02
"""Tolerance for a log-probability that is computed again in batches of another size."""


def write_data(folder: Path) -> None:
    """Write twenty questions, each with its own answer and the answers to the next three questions."""
    lines = [json.loads(line) for line in STATION.read_text(encoding="utf-8").splitlines()]
    asked = [each for each in lines if each["answers"] and each["hops"] == 1][: COUNT + 3]
    with (folder / "station.jsonl").open("w", encoding="utf-8") as file:
        for at in range(COUNT):
            label = at % 4
            choices = [each["answers"][0] for each in asked[at + 1 : at + 4]]
            choices.insert(label, asked[at]["answers"][0])
            row = {"question": asked[at]["text"], "answer": asked[at]["answers"][0], "choices": choices, "label": label}
            file.write(json.dumps(row) + "\n")


def evaluated(kind: str, task: str, **arguments: object) -> dict:
    """Run a task over the data in the working folder."""
    found = lm_eval.simple_evaluate(
        model=kind,
        model_args={"num_concurrent": 1, "max_retries": 1, "timeout": 300, **arguments},
        tasks=[task],
        task_manager=TaskManager(include_path=str(HERE / "tasks"), include_defaults=False),
        apply_chat_template=kind == "local-chat-completions",
        log_samples=True,
        bootstrap_iters=0,
        random_seed=0,
    )
    expect(len(found["samples"][task]) == COUNT, len(found["samples"][task]))
    return found


@check("log-likelihoods")
def loglikelihoods() -> str:
    """Rate four answers to each question by `local-completions` and the service's tokenizer."""
    found = evaluated(
        "local-completions",
        "station_choice",
        model=MODEL,
        base_url=f"{BASE}/completions",
        tokenizer_backend="remote",
        auth_token=KEY,  # for the tokenizer, which knows nothing of OPENAI_API_KEY
        tokenized_requests=True,
    )
    rates = [
        (*sample["arguments"][at], sample["filtered_resps"][at][0])
        for sample in found["samples"]["station_choice"]
        for at in range(4)
    ]
    expect(len(rates) == 4 * COUNT and all(float(rate) < 0 for *_, rate in rates), rates[:4])
    # By the chain rule, from probabilities that are taken apart elsewhere than in lm-eval.
    for context, continuation, rate in rates[::17]:
        whole, start = tokens(context + continuation), tokens(context)
        expect(whole[: len(start)] == start, (whole, start))
        both = sum(probabilities(whole)[len(start) :])
        expect(math.isclose(both, float(rate), abs_tol=NEAR), (both, rate))
    return (
        f"`local-completions` with `tokenizer_backend=remote` and `auth_token`, {COUNT} questions with 4 answers each"
    )


@check("chat from the notes")
def chat() -> str:
    """Answer each question from the notes by `local-chat-completions`."""
    found = evaluated("local-chat-completions", "station_chat", model=NOTES, base_url=f"{BASE}/chat/completions")
    said = [sample["resps"][0][0] for sample in found["samples"]["station_chat"]]
    expect(all(isinstance(each, str) for each in said) and sum(map(bool, said)) == COUNT, said)
    return f"`local-chat-completions`, {COUNT} questions"


def tokens(text: str) -> list[int]:
    """Return the token ids of a text."""
    return _post("/tokenize", {"prompt": text, "add_special_tokens": False, "model": MODEL})["tokens"]


def probabilities(ids: list[int]) -> list[float]:
    """Return the log-probability of each token given the preceding ones; 0 for the first."""
    body = {"model": MODEL, "prompt": ids, "max_tokens": 0, "echo": True, "logprobs": 1}
    found = _post("/v1/completions", body)["choices"][0]["logprobs"]["token_logprobs"]
    return [each or 0.0 for each in found]


def _post(path: str, body: dict) -> dict:
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    request = urllib.request.Request(f"{URL}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        write_data(Path(folder))
        os.chdir(folder)
        try:
            run("lm-eval")
        finally:
            os.chdir(HERE)
