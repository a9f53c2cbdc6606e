"""A judge at an address: any endpoint for OpenAI chat completions.

It is asked through the module that asks tiers (:mod:`sanderling.remote.http`), and only if an address is given and
allowed. It is sent the question, the answer, and the accepted answers or the sentences that the answer rests on.
"""

from __future__ import annotations

import os
import re

import msgspec

from ...egress import Permit
from ...errors import SanderlingError, TierFailed
from ...remote.http import Server
from .rubric import Judged, asked

KEY_VARIABLE = "SANDERLING_JUDGE_KEY"
TIMEOUT_S = 120.0
_MARK = re.compile(r"[1-5]")


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Reply(msgspec.Struct):
    choices: list[_Choice]


class RemoteJudge:
    """A model at an address that marks answers."""

    def __init__(self, url: str, model: str, permit: Permit) -> None:
        """``url``: the address without ``/chat/completions``. The key is read from the environment, if set.

        ``permit``: as :func:`sanderling.bench_device.judge.permission.permission` returns it.
        """
        self.model, self._permit = model, permit
        self._server = Server(url, key=os.environ.get(KEY_VARIABLE, ""), first_timeout_s=TIMEOUT_S)

    @property
    def id(self) -> str:
        """Name of the model, with its host."""
        return f"{self.model or 'model'} at {self._server.place}"

    @property
    def place(self) -> str:
        """Host and port of the address."""
        return self._server.place

    def mark(self, judged: Judged) -> float:
        """Return a mark from 1 to 5. Raises SanderlingError when the endpoint fails or replies without a mark."""
        body = {"model": self.model, "temperature": 0, "messages": [{"role": "user", "content": asked(judged)}]}
        try:
            reply = self._server.post("/chat/completions", body, self._permit)
            content = msgspec.convert(reply, _Reply).choices[0].message.content
        except (TierFailed, msgspec.ValidationError, IndexError) as error:
            raise SanderlingError(
                f"the judge at {self._server.place} gave no mark ({error}): check address, model and {KEY_VARIABLE}"
            ) from error
        found = _MARK.search(content)
        if found is None:
            raise SanderlingError(
                f"the judge replied {content[:40]!r}, which holds no mark from 1 to 5: use another model"
            )
        return float(found.group())
