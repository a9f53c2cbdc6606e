"""Checks LlamaIndex's ``OpenAILike``, whose read timeout of 60 s limits answers that are not streamed."""

from __future__ import annotations

from checking import BASE, KEY, MODEL, NOTES, QUESTION, check, expect, run
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike


def model(name: str, **more: object) -> OpenAILike:
    """Return a chat model of the service."""
    return OpenAILike(
        model=name, api_base=BASE, api_key=KEY, max_retries=0, is_chat_model=True, context_window=2048, **more
    )


ASK = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content=QUESTION)]


@check("chat from the notes")
def notes() -> None:
    """Ask a question that the notes answer."""
    expect(model(NOTES, max_tokens=16).chat(ASK[1:]).message.content, "silence")


@check("chat, model alone")
def plain() -> None:
    """Ask the model without notes, with a system message."""
    expect(model(MODEL, max_tokens=8).chat(ASK).message.content, "silence")


@check("stream")
def stream() -> None:
    """Stream a chat."""
    pieces = [piece.delta or "" for piece in model(MODEL, max_tokens=8).stream_chat(ASK)]
    expect("".join(pieces), pieces)


@check("completions")
def completions() -> None:
    """Continue a text, in a whole reply and in a streamed one."""
    plain_model = OpenAILike(
        model=MODEL, api_base=BASE, api_key=KEY, is_chat_model=False, context_window=2048, max_tokens=4
    )
    expect(plain_model.complete("One two three").text, "silence")
    expect([piece.delta for piece in plain_model.stream_complete("One two three")], "silence")


if __name__ == "__main__":
    run("llama-index-llms-openai-like", "openai")
