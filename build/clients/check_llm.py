"""Checks the command-line tool llm, with the service in its ``extra-openai-models.yaml``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from checking import BASE, KEY, MODEL, NOTES, QUESTION, check, expect, run

folder = Path(tempfile.mkdtemp(prefix="llm-"))
MODELS = "".join(
    f"- model_id: {name}\n  model_name: {model}\n  api_base: {BASE}\n  api_key_name: sanderling\n"
    f"  supports_schema: true\n"
    for name, model in (("notes", NOTES), ("plain", MODEL))
)
SHAPE = "name, age int"


def llm(*words: str) -> str:
    """Run the command and return its output."""
    env = {**os.environ, "LLM_USER_PATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "llm", *words], env=env, capture_output=True, text=True, timeout=300, check=False
    )
    expect(done.returncode == 0, done.stderr[-500:])
    return done.stdout


def configure() -> None:
    """Add the service to llm's configuration, as a user would."""
    (folder / "extra-openai-models.yaml").write_text(MODELS, encoding="utf-8")
    (folder / "keys.json").write_text(json.dumps({"sanderling": KEY}), encoding="utf-8")


@check("chat from the notes")
def notes() -> None:
    """Ask a question that the notes answer."""
    expect(llm("-m", "notes", "--no-stream", "-o", "max_tokens", "24", QUESTION).strip(), "silence")


@check("chat, model alone")
def plain() -> None:
    """Ask the model without notes, with a system message."""
    words = ("-m", "plain", "--no-stream", "-s", "Be brief.", "-o", "max_tokens", "8", QUESTION)
    expect(llm(*words).strip(), "silence")


@check("stream")
def stream() -> None:
    """Stream an answer, and find the usage in llm's log."""
    said = llm("-m", "plain", "-o", "max_tokens", "8", "-o", "temperature", "0", QUESTION)
    logged = json.loads(llm("logs", "-n", "1", "--json"))[0]
    expect(said.strip() and logged["input_tokens"] > 0 and logged["output_tokens"] > 0, logged)


@check("JSON schema")
def schema() -> None:
    """Get JSON that follows a schema."""
    words = ("-m", "plain", "--schema", SHAPE, "-o", "max_tokens", "120", "-o", "seed", "3")
    value = json.loads(llm(*words, "Ada Lind is 36 years old. Give name and age."))
    expect(set(value) == {"name", "age"}, value)


@check("conversation")
def conversation() -> None:
    """Continue a conversation."""
    llm("-m", "plain", "-o", "max_tokens", "8", QUESTION)
    expect(llm("-c", "-o", "max_tokens", "8", "And where does he live?").strip(), "silence")


if __name__ == "__main__":
    configure()
    run("llm", "openai")
