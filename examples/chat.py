"""Talk with a folder of notes: each question knows the turns before it. An empty line ends the conversation.

python examples/chat.py ~/notes
"""

from __future__ import annotations

import sys

import sanderling


def main(folder: str) -> None:
    with sanderling.Runtime.open("notes.sanderling") as runtime:
        runtime.add(folder)
        conversation = runtime.chat()
        while question := input("> ").strip():
            answer = conversation.ask(question)
            print(answer.text)
            print(f"  {answer.tokens.cached} of {answer.tokens.prompt} tokens of the prompt were not computed again")


if __name__ == "__main__":
    main(sys.argv[1])
