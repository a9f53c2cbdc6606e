"""Computes the likelihood of each of several options as the beginning of a model's answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..engines import Worker
from ..engines.model_pool import ModelPool
from ..engines.protocol import GenerateRequest, ScoreRequest
from ..errors import ContextOverflow
from ..models.inventory import ModelInventory
from ..models.reserved import reserved
from ..records import Sampling
from ..request.request import Request


def likelihoods(
    inventory: ModelInventory,
    pool: ModelPool,
    model_id: str,
    request: Request,
    prompt: Callable[[Worker], Sequence[int]],
    options: Sequence[str],
) -> tuple[float, ...]:
    """Return the log-likelihood, in nats, of each option as the continuation of a prompt.

    It is the sum over the option's tokens.

    ``prompt``: returns the token ids, given the model's tokenizer. The prompt is computed once, as long as the engine
    can cut its state back to it.

    Raises EngineError, OutOfMemory, ModelUnavailable, Busy, Cancelled; ContextOverflow for what fills the context.
    """
    with reserved(inventory, pool, model_id, request) as (worker, info):
        ids = tuple(prompt(worker))
        answers = [tuple(worker.tokenize(option, special=False)) for option in options]
        needed = len(ids) + max(map(len, answers))
        if needed > info.n_ctx:
            raise ContextOverflow(
                f"prompt and option have {needed} tokens, {model_id} takes {info.n_ctx}: shorten them"
            )
        asked = GenerateRequest(
            prompt_ids=ids, max_tokens=1, sampling=Sampling(temperature=0.0), yielding=inventory.yielding
        )
        found = []
        for answer in answers:
            if request.handle.cancelled:
                raise request.handle.refusal()
            found.append(sum(worker.score(ScoreRequest(prompt=asked, answer_ids=answer, top=1)).answer_logprobs))
        return tuple(found)
