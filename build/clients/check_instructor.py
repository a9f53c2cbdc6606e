"""Checks instructor in three modes: tools, JSON, and JSON with a schema."""

from __future__ import annotations

from typing import Annotated

import instructor
import openai
from checking import BASE, KEY, MODEL, check, expect, run
from pydantic import BaseModel, Field


class Person(BaseModel):
    """A person."""

    name: Annotated[str, Field(max_length=30)]
    age: Annotated[int, Field(ge=0, le=120)]


def extract(mode: instructor.Mode, prompt: str, retries: int = 0) -> Person:
    """Return a person, extracted in one of the modes."""
    client = instructor.from_openai(openai.OpenAI(base_url=BASE, api_key=KEY, max_retries=0, timeout=300), mode=mode)
    ask = [{"role": "user", "content": prompt}]
    found = client.chat.completions.create(
        model=MODEL, response_model=Person, messages=ask, max_tokens=80, temperature=0, max_retries=retries
    )
    expect(isinstance(found, Person) and found.name, found)
    return found


@check("forced tool")
def tools() -> str:
    """Call the tool that instructor derives from a class."""
    extract(instructor.Mode.TOOLS, "Ada Lind is 36 years old.")
    return "mode TOOLS"


@check("JSON")
def json_mode() -> str:
    """Get JSON whose schema is only in the prompt, with an example because the model is so small."""
    prompt = 'Ada Lind is 36 years old. Reply only with {"name": "Ada Lind", "age": 36}'
    extract(instructor.Mode.JSON, prompt, retries=3)
    return "mode JSON"


@check("JSON schema")
def schema() -> str:
    """Get JSON that follows the schema of a class."""
    extract(instructor.Mode.JSON_SCHEMA, "Ada Lind is 36 years old.")
    return "mode JSON_SCHEMA"


if __name__ == "__main__":
    run("instructor", "openai")
