from __future__ import annotations

import msgspec
import pytest
from gguf_files import lfm2_header

from sanderling.models.gguf import TensorInfo
from sanderling.models.quant_cost import ANSWER_TOKENS, PROMPT_TOKENS, Cost, cost_of, costs, of_question
from sanderling.models.synth.shapes import SHAPES
from sanderling.models.synth.write import header_of

Q4_0, Q8_0 = 2, 8
BY_TYPE = {Q4_0: Cost(1.0, 1.0), Q8_0: Cost(3.0, 2.0)}


def matrix(name: str, rows: int, kind: int) -> TensorInfo:
    return TensorInfo(name=name, dims=(256, rows), kind=kind, offset=0)


def test_the_output_counts_in_decode_only_and_an_untied_embedding_never() -> None:
    tied = (matrix("token_embd.weight", 30, Q8_0), matrix("blk.0.ffn_up.weight", 10, Q4_0))
    header = msgspec.structs.replace(lfm2_header(), tensors=tied)
    # Per weight of the layers: theirs, and three times as many output weights of 2.
    assert cost_of(header, BY_TYPE) == Cost(1.0, 1.0 + 3 * 2.0)
    untied = (matrix("token_embd.weight", 99, Q8_0), matrix("output.weight", 30, Q8_0), tied[1])
    assert cost_of(msgspec.structs.replace(header, tensors=untied), BY_TYPE) == Cost(1.0, 1.0 + 3 * 2.0)


def test_a_type_without_a_cost_makes_the_file_unknown_unless_it_is_negligible() -> None:
    layers = (matrix("blk.0.ffn_up.weight", 1000, Q4_0), matrix("blk.0.other.weight", 10, 99))
    header = msgspec.structs.replace(lfm2_header(), tensors=layers)
    assert cost_of(header, BY_TYPE) == Cost(1.0, 1.0)
    many = msgspec.structs.replace(header, tensors=(layers[0], matrix("blk.0.other.weight", 30, 99)))
    assert cost_of(many, BY_TYPE) is None
    assert cost_of(header, {}) is None


@pytest.mark.parametrize(
    ("isa", "own", "measured"),
    [
        (("avx2",), False, {"Q4_K_M": (0.84, 0.96), "Q5_K_M": (0.73, 1.43), "Q8_0": (1.21, 1.33)}),
        (("avx2",), True, {"Q4_K_M": (1.36, 1.32), "Q5_K_M": (1.60, 1.72), "Q8_0": (2.64, 1.89)}),
        (("avx2", "avx512_vnni"), True, {"Q4_K_M": (1.10, 1.08), "Q5_K_M": (1.46, 1.59), "Q8_0": (1.05, 1.67)}),
    ],
)
def test_the_costs_give_what_was_measured_of_whole_files(isa, own, measured) -> None:
    """``bench_device/LOG.md``, "What a weight costs by its format": LFM2-350M, against its Q4_0."""
    base = cost_of(header_of(SHAPES["lfm2-350m"], "Q4_0"), costs(isa, own=own))
    assert base is not None
    for quant, (prefill, decode) in measured.items():
        found = cost_of(header_of(SHAPES["lfm2-350m"], quant), costs(isa, own=own))
        assert found is not None
        assert found.prefill / base.prefill == pytest.approx(prefill, abs=0.04)
        # Decode varied by a fifth between files and runs.
        assert found.decode / base.decode == pytest.approx(decode, rel=0.2)


@pytest.mark.parametrize("isa", [(), ("neon",), ("neon", "dotprod"), ("avx2", "avx_vnni")])
def test_kernels_that_were_not_measured_have_no_costs(isa: tuple[str, ...]) -> None:
    assert costs(isa) == {}


def test_a_question_is_its_prompt_and_its_answer() -> None:
    assert of_question(Cost(1.0, 0.0), 4.0) == PROMPT_TOKENS / 4
    assert of_question(Cost(0.0, 1.0), 4.0) == ANSWER_TOKENS
