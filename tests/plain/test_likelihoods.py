"""Log-likelihoods of options, by the scripted engine and, against the echo of a prompt, by a real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_notes import Opens, runtimes
from scripted_model import model

from sanderling import Message
from sanderling.bench_device.plain_model import named, open_plain
from sanderling.engines.chat_format import encode
from sanderling.errors import ContextOverflow, UsageError

ASK = [Message(role="user", content="Is the sky blue? Answer yes or no.")]


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


def test_the_option_that_is_said_is_likeliest(open_runtime: Opens, tmp_path: Path) -> None:
    plain = open_runtime(model(tmp_path, "small", 1, {"when": "sky", "say": "No"}, say="Yes")).model("small")
    assert plain.likelihoods(ASK, ["Yes", "No"]) == (-60.0, 0.0)  # three bytes, each -20
    other = [Message(role="user", content="Is it?")]
    assert plain.likelihoods(other, ["Yes", "No"]) == (0.0, -40.0)


def test_what_cannot_be_scored_is_refused(open_runtime: Opens, tmp_path: Path) -> None:
    plain = open_runtime(model(tmp_path, "small", 1, say="Yes")).model("small")
    for options in ([], ["Yes", ""]):
        with pytest.raises(UsageError, match="option"):
            plain.likelihoods(ASK, options)
    with pytest.raises(UsageError, match="begin and end"):
        plain.likelihoods([Message(role="assistant", content="Yes")], ["Yes"])
    with pytest.raises(ContextOverflow, match="shorten"):
        plain.likelihoods([Message(role="user", content="a" * plain.context_tokens)], ["Yes"])


@pytest.mark.model
@pytest.mark.usefixtures("smollm2_path")
def test_a_real_model_gives_what_its_echo_gives(smollm2_path: Path) -> None:
    """The slow reference reads prompt and option as one prompt, and takes the probability of each token of the option.

    Batches of other lengths add in another order: float32 logits of about 30 with 2^-24 relative error, some hundred
    roundings deep, leave less than .01 in a log-probability.
    """
    options = ("Yes", "No", "No, it is red")
    with open_plain(named(str(smollm2_path)), n_threads=1) as opened:
        plain = opened.model
        found = plain.likelihoods(ASK, options)
        for option, likelihood in zip(options, found, strict=True):
            prompt = encode(
                lambda text, special=True: plain.tokenize(text, special=special),
                opened.installed.entry.chat_format,
                ASK,
            )
            end = plain.tokenize(option)
            echoed = plain.complete([*prompt, *end], max_tokens=0, echo=True).prompt[-len(end) :]
            assert likelihood == pytest.approx(sum(token.logprob or 0.0 for token in echoed), abs=0.02 * len(end))
