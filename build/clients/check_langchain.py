"""Checks the chat model and the embeddings of langchain-openai, as LangChain programs use them."""

from __future__ import annotations

from checking import BASE, KEY, MODEL, NOTE, NOTES, PERSON, QUESTION, check, expect, run
from langchain_openai import ChatOpenAI, OpenAIEmbeddings


def chat(model: str, **more: object) -> ChatOpenAI:
    """Return a chat model of the service."""
    return ChatOpenAI(model=model, base_url=BASE, api_key=KEY, max_retries=0, timeout=300, **more)


@check("chat from the notes")
def notes() -> None:
    """Ask a question that the notes answer."""
    said = chat("auto", max_tokens=24).invoke(QUESTION)
    expect(said.text and said.usage_metadata["input_tokens"] > 0, said)


@check("chat, model alone")
def plain() -> None:
    """Ask the model without notes, with a system message and an earlier turn."""
    talk = [("system", "Answer in one word."), ("user", "Hello"), ("assistant", "Hello!"), ("user", QUESTION)]
    said = chat(MODEL, max_tokens=8).invoke(talk)
    expect(said.text, said)


@check("stream")
def stream() -> None:
    """Stream an answer from the notes, without asking for usage."""
    chunks = list(chat(NOTES, max_tokens=16, temperature=0).stream(QUESTION))
    expect("".join(chunk.text for chunk in chunks), chunks)


@check("JSON schema")
def schema() -> None:
    """Get structured output through a schema."""
    shaped = chat(MODEL, max_tokens=80).with_structured_output({"title": "person", **PERSON}, method="json_schema")
    value = shaped.invoke("Ada Lind is 36 years old.")
    expect(set(value) == {"name", "age"}, value)


@check("forced tool")
def tool() -> None:
    """Get structured output through a forced tool call."""
    shaped = chat(MODEL, max_tokens=80).with_structured_output(
        {"title": "person", "description": "A person.", **PERSON}, method="function_calling"
    )
    value = shaped.invoke("Ada Lind is 36 years old.")
    expect(set(value) == {"name", "age"}, value)


@check("embeddings")
def embeddings() -> str:
    """Embed documents and a query as texts, since LangChain by default sends token ids of another model."""
    embedder = OpenAIEmbeddings(model="auto", base_url=BASE, api_key=KEY, check_embedding_ctx_length=False)
    rows = embedder.embed_documents(["Ada Lind repairs the pump.", "Lentil soup"])
    one = embedder.embed_query("Lentil soup")
    expect(len(rows) == 2 and max(abs(a - b) for a, b in zip(rows[1], one, strict=True)) < 1e-3, one[:3])
    return "`check_embedding_ctx_length=False`"


@check("responses")
def responses() -> None:
    """Ask through the Responses API, and read the citations."""
    said = chat(NOTES, max_tokens=24, use_responses_api=True).invoke(QUESTION)
    expect(said.text, said)
    expect(NOTE in str(said.content), said.content)


@check("errors")
def errors() -> None:
    """Get an exception for a refused request."""
    import openai

    try:
        chat("absent").invoke(QUESTION)
    except openai.NotFoundError as error:
        expect(error.code == "model_not_found", error)
    else:
        raise AssertionError("an absent model answered")


if __name__ == "__main__":
    run("langchain-openai", "openai")
