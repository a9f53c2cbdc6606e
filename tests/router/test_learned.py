"""The FastGRNN path: complete, and used when a weights file is given."""

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from drafted import drafted
from drawn_router import ATTENDED, MODELS, SAMPLING, TOKENS, weights

from sanderling.constraints import Constraints
from sanderling.errors import UsageError
from sanderling.records import CONTEXT_BINS, Generation, Token
from sanderling.router import fastgrnn, features
from sanderling.router.choices import choices_for
from sanderling.router.contract import CONFIDENT
from sanderling.router.learned import FastGrnnRouter
from sanderling.router.training.card import Card, encode

OF_FORMAT_2 = b"SNDRGRNN" + struct.pack("<IQ", 2, 4) + bytes(4)
OF_FORMAT_2 += struct.pack("<I", zlib.crc32(OF_FORMAT_2))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "router.grnn"
    file.write_bytes(fastgrnn.to_bytes(weights(1)))
    return file


def test_the_route_is_the_argmax_of_the_numpy_twin_over_what_is_allowed(path: Path) -> None:
    router = FastGrnnRouter(path)
    raw = features.vector(features.of_query("Who repairs the pump?"))
    allowed = choices_for(MODELS, TOKENS, Constraints()).allowed
    decision = router.decide(raw, allowed, ATTENDED, SAMPLING, None)
    step = fastgrnn.step(weights(1), raw.astype(np.float64))
    shares = np.exp(step.model_logits[:3]) / np.exp(step.model_logits[:3]).sum()
    assert shares.max() > CONFIDENT, "choose another seed: this one leaves it to the rule"
    assert decision.route.model_id == f"m{int(np.argmax(step.model_logits[:3]))}"
    assert decision.route.context_bin == CONTEXT_BINS[int(np.argmax(step.context_logits))]
    assert decision.route.temperature == pytest.approx(step.temperature, abs=1e-5)
    assert decision.route.top_p == pytest.approx(step.top_p, abs=1e-5)
    assert decision.route.router.startswith("fastgrnn:")


def test_a_masked_model_cannot_be_chosen_however_high_its_logit(tmp_path: Path) -> None:
    bias = np.zeros(fastgrnn.OUTPUTS)
    bias[3] = 100.0
    path = tmp_path / "biased.grnn"
    path.write_bytes(fastgrnn.to_bytes(weights(bias=bias)))
    allowed = choices_for(MODELS, TOKENS, Constraints()).allowed
    decision = FastGrnnRouter(path).decide(features.vector({}), allowed, ATTENDED, SAMPLING, None)
    assert decision.route.model_id in SAMPLING


@pytest.mark.parametrize(("logit", "escalates"), [(-9.0, False), (9.0, True)])
def test_the_second_step_judges_the_draft_with_the_first_steps_state(
    tmp_path: Path, logit: float, escalates: bool
) -> None:
    heads, bias = np.zeros((fastgrnn.OUTPUTS, 8)), np.zeros(fastgrnn.OUTPUTS)
    bias[-1] = logit
    path = tmp_path / "judge.grnn"
    path.write_bytes(fastgrnn.to_bytes(weights(heads=heads, bias=bias)))
    router = FastGrnnRouter(path)
    first = router.decide(
        features.vector({}), choices_for(MODELS, TOKENS, Constraints()).allowed, ATTENDED, SAMPLING, None
    )
    draft = Generation(
        text="x",
        tokens=(Token(id=1, text="x", logprob=-1.0),),
        finish_reason="stop",
        prompt_tokens=1,
        cached_tokens=0,
        prefill_ms=0,
        decode_ms=0,
        ttft_ms=0,
        rss_bytes=0,
    )
    raw = features.vector(features.of_draft(draft, []))
    verdict = router.assess(raw, draft, first.hidden)
    assert verdict.escalate is escalates
    twin = weights(heads=heads, bias=bias)
    expected = fastgrnn.step(twin, raw.astype(np.float64), fastgrnn.step(twin, np.zeros(64)).hidden)
    np.testing.assert_allclose(verdict.hidden, expected.hidden, atol=1e-5)


def test_weights_trained_as_a_verifier_tell_how_probably_a_draft_is_right_and_refuse_none(tmp_path: Path) -> None:
    heads, bias = np.zeros((fastgrnn.OUTPUTS, 8)), np.zeros(fastgrnn.OUTPUTS)
    bias[-1] = np.log(4.0)  # wrong with p = .8
    path = tmp_path / "verifier.grnn"
    told = encode(Card(models=("m0",), verifies=True))
    path.write_bytes(fastgrnn.to_bytes(weights(heads=heads, bias=bias, card=told)))
    router = FastGrnnRouter(path)
    assert not router.may_escalate
    step = router.assess(features.vector({}), drafted("x"), None)
    assert (step.escalate, step.confidence) == (False, pytest.approx(0.2, abs=1e-6))
    assert router.assess(features.vector({}), drafted(""), None).escalate


def test_unusable_weights_are_refused_in_words(tmp_path: Path, path: Path) -> None:
    for name, content, said in (
        ("absent", None, "No such file"),
        ("garbage", b"garbage", "not a FastGRNN"),
        ("cut", path.read_bytes()[:-7], "ends inside"),
        ("narrow", fastgrnn.to_bytes(weights(inputs=32)), "32 features"),
        ("older", fastgrnn.to_bytes(weights(version=features.VERSION + 1)), "feature table"),
        (
            "format 2",
            OF_FORMAT_2,
            "reads 3: train again with  sanderling router train, or use  --router rule",
        ),
    ):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(UsageError, match=said):
            FastGrnnRouter(file)


def test_weights_that_are_no_file_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, kind in ((tmp_path / "pipe", "a named pipe"), (tmp_path, "a folder"), (Path("/dev/zero"), "a device")):
        with pytest.raises(UsageError, match=kind):
            FastGrnnRouter(path)


@pytest.mark.parametrize("told", ["", "{}", encode(Card(models=("m0",)))])
def test_drafts_are_held_back_unless_the_weights_say_that_they_accept_all(tmp_path: Path, told: str) -> None:
    file = tmp_path / "r.grnn"
    file.write_bytes(fastgrnn.to_bytes(weights(card=told)))
    assert FastGrnnRouter(file).may_escalate is True
    file.write_bytes(fastgrnn.to_bytes(weights(card=encode(Card(models=("m0",), escalates=False)))))
    assert FastGrnnRouter(file).may_escalate is False


def test_a_quote_has_a_share_only_where_the_weights_were_trained_to_weigh_it(tmp_path: Path) -> None:
    bias = np.zeros(fastgrnn.OUTPUTS)
    bias[fastgrnn.PLAN] = 9.0, 1.0, 2.0
    allowed = choices_for(MODELS, TOKENS, Constraints()).allowed
    for plans, share in (((), 0.0), (("graph", "quote"), 1 / (1 + np.exp(-1)))):
        file = tmp_path / f"{len(plans)}.grnn"
        told = encode(Card(models=("m0",), plans=plans))
        file.write_bytes(fastgrnn.to_bytes(weights(heads=np.zeros((fastgrnn.OUTPUTS, 8)), bias=bias, card=told)))
        decision = FastGrnnRouter(file).decide(features.vector({}), allowed, ATTENDED, SAMPLING, None)
        assert decision.quote_share == pytest.approx(share, abs=1e-6)
