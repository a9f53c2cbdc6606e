from __future__ import annotations

import importlib.util
from pathlib import Path

import gguf
import msgspec
import numpy as np
import pytest

from sanderling.engines import Worker, generate_all
from sanderling.engines.protocol import GenerateRequest, LoadSpec
from sanderling.errors import DownloadError, UsageError
from sanderling.models import registry
from sanderling.models.download import pull
from sanderling.models.gguf import BLOCKS, read_header
from sanderling.models.synth import blocks, mix
from sanderling.models.synth.shapes import SHAPES, Shape, shape
from sanderling.models.synth.vocabulary import BOS, EOS, vocabulary
from sanderling.models.synth.write import default_path, file_bytes, header_of, write
from sanderling.records import Sampling
from sanderling.runtime import Runtime

TINY = Shape(label="tiny", width=512, n_layers=3, attention_layers=(1,), feed_forward=768, vocabulary=4096)


@pytest.mark.parametrize(
    "model_id, parameters, tensors",
    [
        ("lfm2-350m", 354_483_968, 148),
        ("lfm2-700m", 742_489_344, 148),
        ("lfm2-1.2b", 1_170_340_608, 148),
        ("lfm2-2.6b", 2_569_272_320, 266),
        ("lfm2.5-230m", 229_693_184, 132),
        ("lfm2.5-350m", 354_483_968, 148),
        ("lfm2.5-2.6b", 2_697_198_592, 266),
        ("lfm2.5-8b-a1b", 8_467_856_832, 256),
    ],
)
def test_the_shapes_have_the_published_number_of_parameters(model_id: str, parameters: int, tensors: int) -> None:
    assert (SHAPES[model_id].parameters, len(SHAPES[model_id].tensors)) == (parameters, tensors)
    assert registry.get(model_id).parameters == parameters


@pytest.mark.parametrize(
    "model_id, mebibytes",
    [
        ("lfm2-350m", (206.87, 216.41, 246.04, 359.37, 676.25)),
        ("lfm2-700m", (423.37, 444.64, 510.83, 752.62, 1416.37)),
        ("lfm2-1.2b", (661.25, 694.76, 802.01, 1186.25, 2232.50)),
        ("lfm2-2.6b", (1412.12, 1488.95, 1741.95, 2604.12, 4901.00)),
    ],
)
def test_the_mix_is_that_of_llama_cpps_quantizer(model_id: str, mebibytes: tuple[float, ...]) -> None:
    """MiB that ``llama_model_quantize`` with ``dry_run`` says of files of these shapes (llama-cpp-python 0.3.36)."""
    for quant, expected in zip(("Q4_0", "Q4_K_M", "Q5_K_M", "Q8_0", "F16"), mebibytes, strict=True):
        kinds = mix.types(SHAPES[model_id], quant)
        assert round(sum(mix.tensor_bytes(*item) for item in kinds.items()) / 2**20, 2) == expected


@pytest.mark.parametrize("model_id", SHAPES)
def test_files_have_the_published_size(model_id: str) -> None:
    if model_id not in registry.entries():
        pytest.skip("no file of this model is listed")
    files = registry.get(model_id).files
    assert len(files) in (3, 4)
    for file in files:
        assert file_bytes(SHAPES[model_id], file.quant) == pytest.approx(file.size_bytes, rel=0.01)


def test_a_mixture_of_experts_computes_with_some_of_its_weights() -> None:
    """8.34 billion parameters and 704 biases as published; 1.5 billion active ones, as its card rounds them."""
    shape = SHAPES["lfm2-8b-a1b"]
    assert shape.parameters == 8_339_929_856 + 704
    header = header_of(shape, "Q4_0")
    assert header.active_parameters == 1_557_740_992
    assert (
        registry.get("lfm2.5-8b-a1b").active_parameters == header_of(SHAPES["lfm2.5-8b-a1b"], "Q4_0").active_parameters
    )


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UsageError, match="no shape is known for 'lfm3'"):
        shape("lfm3")
    with pytest.raises(UsageError, match="no mix of types is known for 'Q3_K'"):
        mix.types(TINY, "Q3_K")


def test_the_vocabulary_is_whole() -> None:
    words = vocabulary(65_536)
    ids = {token: number for number, token in enumerate(words.tokens)}
    assert len(ids) == len(words.tokens) == len(words.types) == 65_536
    assert words.tokens[BOS] == "<|startoftext|>"
    assert words.tokens[EOS] == "<|im_end|>"
    made = words.tokens[65_536 - len(words.merges) :]
    for merge, token in zip(words.merges, made, strict=True):
        left, right = merge.split(" ")
        assert left + right == token
        assert max(ids[left], ids[right]) < ids[token]


def test_a_vocabulary_has_its_limits() -> None:
    for size in (755, 140_000):
        with pytest.raises(ValueError, match="a vocabulary has 756 to"):
            vocabulary(size)


@pytest.mark.parametrize("kind", [mix.F16, mix.Q4_0, mix.Q8_0, mix.Q4_K, mix.Q5_K, mix.Q6_K])
def test_blocks_stand_for_weights_of_the_asked_mean_and_deviation(kind: int) -> None:
    """Decoded by llama.cpp's own Python package."""
    n_blocks = (1 << 20) // BLOCKS[kind][0]
    drawn = list(blocks.random_blocks(kind, n_blocks, 0.05, np.random.PCG64(3)))
    raw = np.concatenate([piece.view(np.uint8).ravel() for piece in drawn])
    assert raw.size == n_blocks * BLOCKS[kind][1]
    weights = gguf.dequantize(raw, gguf.GGMLQuantizationType(kind)).astype(np.float64)
    assert weights.size == 1 << 20
    # The mean of a block that shares its sign is ±d/2 at worst (Q4_0: d = 0.05 / 4.6 over 32,768 blocks), so the whole
    # has a standard error below 0.05 / 2**9; scales in f16 are exact to 2**-11, the deviation's own error is 2**-10.
    assert abs(weights.mean()) < 5 * 0.05 / 2**9
    assert weights.std() == pytest.approx(0.05, rel=5 * 2**-10 + 2**-10)


@pytest.fixture(scope="module", params=["Q4_0", "Q4_K_M", "F16"])
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("synth") / f"tiny-{request.param}.gguf"
    assert write(path, TINY, request.param, seed=5) == file_bytes(TINY, request.param) == path.stat().st_size
    return path


def test_the_header_says_what_was_written(tiny: Path) -> None:
    header = read_header(tiny)
    assert header.synthetic
    assert header.name == "tiny synthetic weights, seed 5"
    assert header.parameters == TINY.parameters
    assert header.head_count_kv == (0, 8, 0)
    assert header.recurrent_bytes == 2 * 512 * 2 * 4
    assert header.vocab_size == 4096
    assert header.least_bytes <= header.file_bytes
    found = registry.from_path(tiny)
    assert found.synthetic
    assert found.path.stem == f"tiny-{found.quant}"


def test_the_seed_decides_every_byte(tiny: Path, tmp_path: Path) -> None:
    quant = read_header(tiny).quant
    write(tmp_path / "same.gguf", TINY, quant, seed=5)
    write(tmp_path / "other.gguf", TINY, quant, seed=6)
    assert (tmp_path / "same.gguf").read_bytes() == tiny.read_bytes()
    assert (tmp_path / "other.gguf").read_bytes() != tiny.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.gguf", "same.gguf"]


def test_no_synthetic_file_passes_for_a_pulled_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SANDERLING_MODELS_PATH", str(tmp_path))
    entry = registry.get("lfm2-700m")
    file = entry.files_of("Q4_0")[0]
    assert file.sha256 == "hub", "a pinned hash would refuse the file by itself"
    only_brought = msgspec.structs.replace(file, sources=())
    monkeypatch.setattr(registry, "get", lambda _: msgspec.structs.replace(entry, files=(only_brought,)))
    write(tmp_path / file.name, TINY, "Q4_0", seed=0)
    with pytest.raises(DownloadError, match="holds synthetic weights"):
        pull.pull("lfm2-700m", "Q4_0")


def test_the_default_place_is_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    path = default_path("lfm2-1.2b", "Q4_0")
    assert path.relative_to(tmp_path).as_posix() == "models/synthetic/LFM2-1.2B-Q4_0-synthetic.gguf"


@pytest.mark.model
@pytest.mark.parametrize("engine", ["sanderling_engine", "llama_cpp", "xllamacpp"])
def test_a_synthetic_file_loads_and_generates(tiny: Path, engine: str) -> None:
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    with Worker(engine) as worker:
        worker.load(LoadSpec(model_id="tiny", path=str(tiny), n_ctx=512, n_threads=1, n_threads_prefill=1))
        assert worker.tokenize("<|startoftext|><|im_end|>") == [BOS, EOS]
        ids = worker.tokenize("the station")
        assert len(ids) < len("the station"), "no merge was applied"
        request = GenerateRequest(
            prompt_ids=tuple(ids), max_tokens=24, sampling=Sampling(temperature=0.0), ignore_end=True
        )
        drawn = [token for token in generate_all(worker, request).tokens]
    assert len({token.id for token in drawn}) > 4
    # Varied and finite: no token is certain and none is as unlikely as chance among 4,096 would make it.
    assert all(-8.3 < token.logprob < -0.001 for token in drawn)


@pytest.mark.model
def test_an_answer_of_a_synthetic_file_says_so(tmp_path: Path, tiny: Path, hash_embedder, monkeypatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    with Runtime.open(tmp_path / "m.sanderling", model=str(tiny), embedder=hash_embedder, n_threads=1) as runtime:
        answer = runtime.ask("who?", max_tokens=2)
    assert [warning for warning in answer.warnings if "synthetic weights" in warning]
