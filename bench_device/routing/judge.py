"""Let a larger, remote model grade an answer from 1 to 5.

Works with any endpoint for OpenAI chat completions. This is the only module of a collection that opens a socket, and
only if an address is configured. It sends the question, the accepted answers and the model's answer, but no notes.
"""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from collections.abc import Sequence

import msgspec

from ...errors import SanderlingError

KEY_VARIABLE = "SANDERLING_JUDGE_KEY"
TIMEOUT_S = 120.0

_ASK = """Question: {question}
Right answers: {answers}
Answer to judge: {said}

How good is the answer to judge? 5: right and nothing else. 4: right, with needless words. 3: partly right.
2: on the subject, but wrong. 1: wrong or useless. If there are no right answers, saying so is right.
Reply with one digit."""


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Reply(msgspec.Struct):
    choices: list[_Choice]


class Judge:
    """A remote model that grades answers."""

    def __init__(self, url: str, model: str) -> None:
        """``url``: the address without ``/chat/completions``. The key is read from the environment, if set."""
        self._url, self.model = url.rstrip("/") + "/chat/completions", model

    def mark(self, question: str, answers: Sequence[str], said: str) -> float:
        """Return a grade from 1 to 5. Raises SanderlingError when the endpoint fails or replies without a grade."""
        text = _ASK.format(question=question, answers="; ".join(answers) or "(none)", said=said or "(empty)")
        body = {"model": self.model, "temperature": 0, "messages": [{"role": "user", "content": text}]}
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY_VARIABLE):
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self._url, data=msgspec.json.encode(body), headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
                content = msgspec.json.decode(reply.read(), type=_Reply).choices[0].message.content
        except (OSError, msgspec.DecodeError, IndexError) as error:
            raise SanderlingError(
                f"the judge at {self._url} gave no mark ({error}): check address, model and {KEY_VARIABLE}"
            ) from error
        found = re.search(r"[1-5]", content)
        if found is None:
            raise SanderlingError(
                f"the judge replied {content[:40]!r}, which holds no mark from 1 to 5: use another model"
            )
        return float(found.group())
