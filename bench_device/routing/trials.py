"""Answer one question with one model at every context size, with the runtime's prompts, and score the answers.

Contexts go from smallest to largest. A larger context starts with the blocks of a smaller one, so the engine keeps a
checkpoint where two prompts diverge, and computes their common prefix once.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from ...constraints import Constraints
from ...engines import Worker, generate_all
from ...engines.chat_format import stop_texts
from ...engines.prefix import common_prefix
from ...engines.protocol import GenerateRequest, ModelInfo
from ...models.entries import ModelEntry
from ...records import CONTEXT_BINS, Block, BlockHead, ContextBin, Prompt, Record, Route
from ...request.history import History
from ...request.request import Request
from ...router.labels.rows import Scores, Tried
from ...stages.prompt import compose
from ...text.answer_checks import normalise, overlap
from ...text.borne_out import repeats
from ..judge.rubric import Judge, Judged
from ..metrics import quality
from .search import SearchedQuestion
from .sets import NUMERIC, Item

MAX_TOKENS = 24
"""Limit on an answer, which is a few words."""
MAX_TOKENS_NUMERIC = 160
"""Limit on a numeric answer, which needs its intermediate steps."""

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


class Loaded(Record):
    """A loaded model."""

    entry: ModelEntry
    worker: Worker
    info: ModelInfo


def numeric(prediction: str, answers: Sequence[str]) -> float:
    """Return 1.0 if the last number of the prediction equals an accepted answer, as in GSM8K, else 0.0.

    Source: Cobbe et al. 2021, arXiv 2110.14168, whose answers end with the number.
    """
    said = _NUMBER.findall(prediction)
    return float(bool(said) and any(_value(said[-1]) == _value(answer) for answer in answers))


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def scores(text: str, item: Item, judge: Judge | None) -> Scores:
    """Return the scores of an answer to ``item``. Raises the errors of the judge."""
    answers = item.question.answers
    return Scores(
        em=quality.exact_match(text, answers),
        f1=quality.f1(text, answers),
        contains=quality.contains(text, answers),
        declined=quality.declined(text),
        numeric=numeric(text, answers) if item.question.kind == NUMERIC else None,
        judge=None if judge is None else judge.mark(Judged(question=item.question.text, said=text, answers=answers)),
    )


class Answered(Record):
    """One answer: its record in the collection, and its text, which is not collected."""

    tried: Tried
    text: str


def prompts(
    looked: SearchedQuestion, model: Loaded, context_tokens: Mapping[ContextBin, int], head: BlockHead = "short"
) -> dict[ContextBin, Prompt]:
    """Return the runtime's prompt for each context size, smallest first. ``head``: of each block."""
    max_tokens = MAX_TOKENS_NUMERIC if looked.item.question.kind == NUMERIC else MAX_TOKENS
    made: dict[ContextBin, Prompt] = {}
    for name in CONTEXT_BINS:
        request = Request(
            id="", query=looked.item.question.text, constraints=Constraints(max_tokens=max_tokens), history=History()
        )
        route = Route(
            model_id=model.entry.id,
            context_bin=name,
            context_tokens=context_tokens[name],
            temperature=0.0,
            top_p=1.0,
            escalate=0.0,
            router="all",
            reason="",
            predicted_ms=0.0,
        )
        _, made[name] = compose(
            request,
            looked.found,
            looked.nodes,
            route,
            model.worker.tokenize,
            model.worker.count,
            model.entry.chat_format,
            model.info.n_ctx,
            head,
        )
    return made


def answer(
    looked: SearchedQuestion,
    model: Loaded,
    made: Mapping[ContextBin, Prompt],
    name: ContextBin,
    temperature: float,
    seed: int,
    judge: Judge | None = None,
    smaller: str | None = None,
) -> Answered:
    """Generate the answer to the prompt ``made[name]``, and score it.

    ``smaller``: the same model's answer with the next smaller context; None: there is none.

    Raises the errors of the engine and the judge.
    """
    item, prompt = looked.item, made[name]
    sampling = replace(model.entry.sampling, temperature=temperature, seed=seed)
    parts = (common_prefix(prompt.token_ids, other.token_ids) for other in made.values())
    generation = generate_all(
        model.worker,
        GenerateRequest(
            prompt_ids=prompt.token_ids,
            max_tokens=MAX_TOKENS_NUMERIC if item.question.kind == NUMERIC else MAX_TOKENS,
            sampling=sampling,
            stop=stop_texts(model.entry.chat_format),
            shared_tokens=prompt.shared_tokens,
            checkpoints=tuple(sorted(set(parts))),
        ),
    )
    tried = Tried(
        question=item.id,
        model_id=model.entry.id,
        context_bin=name,
        temperature=temperature,
        top_p=sampling.top_p,
        prompt_tokens=len(prompt.token_ids),
        context_tokens=sum(block.tokens for block in prompt.blocks),
        blocks=len(prompt.blocks),
        cached_tokens=generation.cached_tokens,
        prefill_ms=round(generation.prefill_ms, 1),
        decode_ms=round(generation.decode_ms, 1),
        finish_reason=generation.finish_reason,
        scores=scores(generation.text, item, judge),
        logprobs=_rounded(token.logprob for token in generation.tokens),
        margins=_rounded(token.margin for token in generation.tokens),
        entropies=_rounded(token.entropy for token in generation.tokens),
        overlap=overlap(generation.text, [block.text for block in prompt.blocks]),
        prompt_hash=hashlib.sha256(array("i", prompt.token_ids).tobytes()).hexdigest()[:16],
        gold_packed=any(_stands(answer, prompt.blocks) for answer in item.question.answers),
        span=_stands(generation.text, prompt.blocks),
        span_top=_stands(generation.text, prompt.blocks[:1]),
        repeats=repeats(generation.text, item.question.text),
        agreement=None if smaller is None else round(quality.f1(generation.text, (smaller,)), 3),
    )
    return Answered(tried=tried, text=generation.text)


def _stands(text: str, blocks: Iterable[Block]) -> bool:
    """Whether the words of ``text`` stand in one of the blocks, one after another."""
    words = f" {normalise(text)} "
    return bool(words.strip()) and any(words in f" {normalise(block.text)} " for block in blocks)


def _rounded(values: Iterable[float]) -> tuple[float, ...]:
    # Half a thousandth of a nat is far below what two builds of an engine differ by.
    return tuple(round(value, 3) for value in values)
