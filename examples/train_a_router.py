"""Ask questions whose answers are known, rate what comes, and train a router on the ratings.

    python examples/train_a_router.py ~/notes questions.jsonl

Set  explore = 0.5  in config.toml while it runs: half of the models and contexts are then drawn at random, so that the
log tells what the others would have done.

A line of the file: {"question": "Who repairs the feed pump?", "answer": "Ada Lind"}. A router needs some hundred of
them to learn anything. It is installed only if it beats the present one on questions held out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import sanderling


def main(folder: str, questions: str) -> None:
    with sanderling.Runtime.open("notes.sanderling") as runtime:
        runtime.add(folder)
        for line in Path(questions).read_text(encoding="utf-8").splitlines():
            known = json.loads(line)
            answer = runtime.ask(known["question"])
            good = known["answer"].lower() in answer.text.lower()
            runtime.rate(answer, "up" if good else "down")
            print(f"{'up  ' if good else 'down'} {answer.route.model_id:20} {known['question']}")
    subprocess.run([sys.executable, "-m", "sanderling", "router", "train", "--from-log"], check=False)


if __name__ == "__main__":
    main(*sys.argv[1:3])
