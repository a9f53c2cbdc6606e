"""How probable a prompt was, read in batches, against the same read token by token."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sanderling.engines import Worker
from sanderling.engines.choose import available
from sanderling.engines.prompt_scores import BATCH_TOKENS
from sanderling.engines.protocol import Finish, GenerateRequest, LoadSpec, Scored, ScoreRequest
from sanderling.records import Sampling

pytestmark = pytest.mark.model
GREEDY = Sampling(temperature=0.0)
TEXT = "The harbour of Narvik is free of ice. Ships load ore there in winter. " * 6


def spec(path: Path, n_batch: int) -> LoadSpec:
    return LoadSpec(model_id="model", path=str(path), n_ctx=512, n_threads=1, n_threads_prefill=1, n_batch=n_batch)


def echoed(worker: Worker, ids: tuple[int, ...], top: int = 3) -> Finish:
    request = GenerateRequest(prompt_ids=ids, max_tokens=1, sampling=GREEDY, echo=True, top_logprobs=top)
    *_, finish = worker.generate(request)
    assert isinstance(finish, Finish)
    return finish


def one_by_one(worker: Worker, ids: tuple[int, ...], top: int = 3) -> Scored:
    first = GenerateRequest(prompt_ids=ids[:1], max_tokens=1, sampling=GREEDY)
    return worker.score(ScoreRequest(prompt=first, answer_ids=ids[1:], top=top))


@pytest.fixture(scope="module", params=available())
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


def test_in_batches_of_one_token_they_are_those_of_score(engine: str, smollm2_path: Path) -> None:
    with Worker(engine) as worker:
        worker.load(spec(smollm2_path, n_batch=1))
        ids = tuple(worker.tokenize(TEXT)[:40])
        found, wanted = echoed(worker, ids).echo, one_by_one(worker, ids)
        assert found.ids == wanted.ids
        # The same logits; one sums in float32, the other in float64 (tests/engines/test_top_logprobs.py).
        assert found.answer_logprobs == pytest.approx(wanted.answer_logprobs, abs=4e-5)
        assert np.ravel(found.logprobs) == pytest.approx(np.ravel(wanted.logprobs), abs=4e-5)


def test_batches_cover_every_token_and_nothing_is_reused_from_them(engine: str, smollm2_path: Path) -> None:
    with Worker(engine) as worker:
        worker.load(spec(smollm2_path, n_batch=256))
        ids = tuple(worker.tokenize(TEXT)[: BATCH_TOKENS + 37])
        plain = list(worker.generate(GenerateRequest(prompt_ids=ids, max_tokens=5, sampling=GREEDY)))
        found = echoed(worker, ids)
        assert found.cached_tokens == 0
        again = list(worker.generate(GenerateRequest(prompt_ids=ids, max_tokens=5, sampling=GREEDY)))
        assert again[:-1] == plain[:-1], "bit for bit as before the prompt was read"
        assert echoed(worker, ids).echo == found.echo
        wanted = one_by_one(worker, ids)
        assert len(found.echo.answer_logprobs) == len(ids) - 1
        # Kernels for one token and for many round activations differently: tenths each (engines/__init__.py).
        differences = np.subtract(found.echo.answer_logprobs, wanted.answer_logprobs)
        assert abs(differences.mean()) < 0.1
        assert abs(differences).max() < 1.0


def test_a_greedy_text_is_told_by_equal_figures(engine: str, smollm2_path: Path) -> None:
    with Worker(engine) as worker:
        worker.load(spec(smollm2_path, n_batch=256))
        ids = tuple(worker.tokenize("The capital of France is"))
        drawn = list(worker.generate(GenerateRequest(prompt_ids=ids, max_tokens=8, sampling=GREEDY)))
        tokens = [item.id for item in drawn if not isinstance(item, Finish)]
        echo = echoed(worker, (*ids, *tokens), top=1).echo
        at = len(ids) - 1
        assert [row[0] for row in echo.ids[at:]] == tokens
        assert [row[0] for row in echo.logprobs[at:]] == list(echo.answer_logprobs[at:])
