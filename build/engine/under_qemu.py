"""Generate an answer with the engine on this processor, and print engine and answer as one line of JSON.

``python build/engine/under_qemu.py MODEL.gguf``; build/engine_qemu.sh runs it on emulated processors. With the argument
``--compare`` it reads such lines from stdin and checks them against one another.
"""

from __future__ import annotations

import json
import sys
from typing import Any

PROMPT = "The capital of France is"
TOKENS = 8
BOUND = 1.0
"""Largest difference between two sets of kernels, in nats, of a likely token's log-probability or of the gap between
the two likeliest: activations are rounded to 8 bits, which moved the log-probabilities of SmolLM2 Q4_1 by up to 0.45
between ARM variants, hence a gap by up to twice that."""
EXPECTED = {"cortex-a53": "armv8.0_1", "cortex-a76": "armv8.2_2", "max,sve=off": "armv8.6_0", "max": "armv8.6_2"}
"""Variant to be chosen, by qemu's name of the processor."""


def answer(model: str) -> dict[str, Any]:
    """Return the engine's name and greedy tokens with their log-probabilities and gaps."""
    from sanderling.engines.choose import load_engine
    from sanderling.engines.protocol import GenerateRequest, LoadSpec
    from sanderling.records import Sampling, Token

    engine = load_engine(
        "sanderling_engine", LoadSpec(model_id="m", path=model, n_ctx=256, n_threads=2, n_threads_prefill=2)
    )
    request = GenerateRequest(
        prompt_ids=tuple(engine.tokenize(PROMPT)),
        max_tokens=TOKENS,
        sampling=Sampling(temperature=0.0),
        ignore_end=True,
    )
    tokens = [item for item in engine.generate(request, lambda: False) if isinstance(item, Token)]
    drawn = [{"id": token.id, "text": token.text, "logprob": token.logprob, "gap": token.margin} for token in tokens]
    return {"engine": engine.info.engine, "system_info": engine.info.system_info, "tokens": drawn}


def differences(said: dict[str, dict[str, Any]]) -> list[str]:
    """Return a line for each wrong kernel variant and each unexpected token.

    Rounding does not explain such a token.
    """
    found = []
    first, reference = next(iter(said.items()))
    for cpu, one in said.items():
        if not one["engine"].endswith(f"+{EXPECTED[cpu]}"):
            found.append(f"{cpu} runs {one['engine']}, not {EXPECTED[cpu]}")
        for place, (ours, theirs) in enumerate(zip(one["tokens"], reference["tokens"], strict=True)):
            if ours["id"] != theirs["id"]:
                if min(ours["gap"], theirs["gap"]) > BOUND:
                    found.append(f"{cpu} says {ours} at {place}, {first} {theirs}: more than rounding")
                break  # the texts differ from here on
            if abs(ours["logprob"] - theirs["logprob"]) > BOUND:
                found.append(
                    f"{cpu} is {ours['logprob']:.2f} sure of {ours['text']!r}, {first} {theirs['logprob']:.2f}"
                )
    return found


def main() -> int:
    """Generate an answer or compare answers, as the command line says, and return the exit code."""
    if sys.argv[1] != "--compare":
        print(json.dumps(answer(sys.argv[1])))
        return 0
    said = {cpu: json.loads(line) for cpu, line in (entry.split("\t", 1) for entry in sys.stdin)}
    for cpu, one in said.items():
        print(f"{cpu:12} {one['engine']}  {''.join(token['text'] for token in one['tokens'])!r}")
    found = differences(said) + [f"{cpu} did not run" for cpu in EXPECTED if cpu not in said]
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
