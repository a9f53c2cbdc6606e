from __future__ import annotations

from sanderling.records import Generation, Token
from sanderling.tiers.speeds import Speed, Speeds

SLOW = Speed(prefill_tokens_per_s=100.0, decode_tokens_per_s=10.0, round_trip_ms=20.0)


def generation(prompt: int, ttft_ms: float, tokens: int, decode_ms: float) -> Generation:
    return Generation(
        text="x", tokens=tuple(Token(id=0, text="x", logprob=0.0) for _ in range(tokens)), finish_reason="stop",
        prompt_tokens=prompt, cached_tokens=0, prefill_ms=ttft_ms, decode_ms=decode_ms, ttft_ms=ttft_ms, rss_bytes=0,
    )  # fmt: skip


def test_averages_move_to_what_is_measured_without_the_network() -> None:
    speed = SLOW
    for _ in range(60):
        speed = speed.after(generation(500, 1020.0, 41, 1000.0), 2000)
    assert abs(speed.prefill_tokens_per_s - 500) < 1
    assert abs(speed.decode_tokens_per_s - 40) < 0.1
    assert abs(speed.bytes_per_token - 4.0) < 0.01
    assert speed.answers == 60


def test_short_answers_and_uncounted_prompts_teach_nothing() -> None:
    speed = SLOW.after(generation(0, 1.0, 2, 0.0), 100)
    assert (speed.prefill_tokens_per_s, speed.decode_tokens_per_s, speed.answers) == (100.0, 10.0, 1)


def test_speeds_outlive_the_process_and_a_damaged_file(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    Speeds().put("a", SLOW)
    Speeds().put("b", SLOW)
    assert (Speeds().get("a"), Speeds().get("b"), Speeds().get("c")) == (SLOW, SLOW, None)
    assert (tmp_path / "tiers.json").stat().st_mode & 0o077 == 0
    for damage in ("{", '{"a": {"prefill_tokens_per_s": -1, "decode_tokens_per_s": 1}}', "[]", "\x00"):
        (tmp_path / "tiers.json").write_text(damage)
        assert Speeds().get("a") is None
        Speeds().put("a", SLOW)
        assert Speeds().get("a") == SLOW
