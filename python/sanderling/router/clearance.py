"""The privacy mask: decides whether a request may leave this device, and with which content.

For each model of a tier and each context, the message is packed as it would be sent, and the mask looks at the notes in
it. Whoever sends takes the parcel that was looked at, permit included; nothing is packed again. So what the mask did
not see cannot leave. It applies before the guard, before every router and before exploration.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from ..egress import Permit
from ..errors import ModelUnavailable
from ..models.candidate import Candidate
from ..privacy import Trust, allows
from ..records import Block, ContextBin, Dropped, Message, Privacy
from ..request.request import Request
from ..tiers.tiers import Tiers

Pack = Callable[[int, float], tuple[Message, tuple[Block, ...], Dropped]]
"""Returns the user's turn for a context of so many tokens of so many bytes, its blocks, and what was left out."""
Withheld = Callable[[Collection[int]], Mapping[int, str]]
"""Returns the notes among these keys that may not leave, each with the reason."""


class Parcel(NamedTuple):
    """Messages that may be sent to one model, with the permit to send them."""

    messages: tuple[Message, ...]
    blocks: tuple[Block, ...]
    dropped: Dropped
    permit: Permit
    address: str
    """Server, model and trust, by which a conversation knows who has read its turns."""
    trust: Trust
    turns: int
    """Earlier turns among the messages."""
    n_ctx: int
    bytes_per_token: float

    @property
    def message(self) -> Message:
        """The user's turn."""
        return self.messages[-1]

    @property
    def text_bytes(self) -> int:
        """Size of all messages in bytes."""
        return sum(len(each.content.encode()) for each in self.messages)


def mask(privacy: Privacy | None, trust: Trust, keys: Collection[int], withheld: Withheld) -> str:
    """Return the reason why a message may not go to a machine; empty if the message may go.

    ``trust``: whom the machine belongs to. ``keys``: the notes in the message.
    """
    if not allows(privacy, trust):
        return f"privacy is {privacy or 'local'}"
    private = withheld(keys)
    if private:
        return f"{next(iter(private.values()))} may not leave this device"
    return ""


class Clearance:
    """The privacy mask of one request, with the parcels that passed the mask."""

    def __init__(
        self,
        tiers: Tiers,
        request: Request,
        pack: Pack,
        withheld: Withheld,
        without: Collection[str] = (),
        *,
        learn: bool = True,
    ) -> None:
        """``without``: names of tiers that are not to be asked. ``learn``: whether to measure a model not yet known."""
        self._tiers, self._request, self._pack, self._withheld = tiers, request, pack, withheld
        self._without, self._learn = without, learn
        self._packed: dict[tuple[int, float], tuple[Message, tuple[Block, ...], Dropped]] = {}
        self._parcels: dict[tuple[str, ContextBin], Parcel] = {}

    def candidates(self) -> tuple[Candidate, ...]:
        """Return the tier models that this request may ask now.

        Raises ModelUnavailable if the only model asked for is none of them.
        """
        constraints = self._request.constraints
        found = self._tiers.candidates(constraints.privacy, self._without, learn=self._learn)
        wanted = constraints.model_id
        if wanted in self._tiers and wanted not in {candidate.model_id for candidate in found}:
            raise ModelUnavailable(f"{wanted} may not be asked: {self._tiers.why_not(wanted, constraints.privacy)}")
        return found

    def refusal(self, candidate: Candidate, name: ContextBin, tokens: int) -> str:
        """Return the reason why the request may not go to ``candidate``; empty if the request may go.

        The parcel for this context is then kept for :meth:`parcel`.
        """
        request = self._request
        if request.json_schema:
            return "a schema is enforced on this device only"
        if request.constraints.model_id not in ("", candidate.model_id):
            return "another model was asked for"
        message, blocks, dropped = self._for(tokens, candidate.bytes_per_token)
        keys = [block.key for block in blocks]
        if why := mask(request.constraints.privacy, candidate.trust, keys, self._withheld):
            return why
        self._parcels[candidate.model_id, name] = self._parcel(candidate, message, blocks, dropped)
        return ""

    def parcel(self, model_id: str, name: ContextBin) -> Parcel:
        """Return the parcel for one model and context.

        Raises KeyError if there is none.
        """
        return self._parcels[model_id, name]

    def _for(self, tokens: int, bytes_per_token: float) -> tuple[Message, tuple[Block, ...], Dropped]:
        key = (tokens, bytes_per_token)
        if key not in self._packed:
            self._packed[key] = self._pack(tokens, bytes_per_token)
        return self._packed[key]

    def _parcel(self, candidate: Candidate, message: Message, blocks: tuple[Block, ...], dropped: Dropped) -> Parcel:
        history, model = self._request.history, self._tiers[candidate.model_id]
        address = f"{model.key} {candidate.trust}"
        before = tuple(history.messages[:1])
        # Turns that somebody else has answered may hold notes that this one must not see.
        if history.sent_to == address and self._fits(candidate, message):
            before = tuple(history.messages)
        return Parcel(
            messages=(*before, message),
            blocks=blocks,
            dropped=dropped,
            permit=Permit.of_url(model.tier.settings.base_url, "the mask"),
            address=address,
            trust=candidate.trust,
            turns=len(before) // 2,
            n_ctx=candidate.n_ctx,
            bytes_per_token=candidate.bytes_per_token,
        )

    def _fits(self, candidate: Candidate, message: Message) -> bool:
        size = sum(len(each.content.encode()) for each in (*self._request.history.messages, message))
        room = candidate.n_ctx - min(self._request.constraints.max_tokens, candidate.n_ctx // 2)
        return size / candidate.bytes_per_token <= room
