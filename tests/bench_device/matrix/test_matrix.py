"""What is measured, in which order, and what happens to models that cannot be; with an engine that only counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gguf_files import lfm2_bytes
from msgspec.structs import replace

from sanderling.bench_device.matrix import loading, matrix
from sanderling.bench_device.matrix.measure import Bench
from sanderling.bench_device.matrix.prompt import random_prompt
from sanderling.bench_device.matrix.shape import Shape
from sanderling.bench_device.matrix.subjects import subjects
from sanderling.device import CoreGroup, Device, profiles
from sanderling.engines.protocol import Finish, GenerateRequest, ModelInfo
from sanderling.errors import EngineError, ModelUnavailable, OutOfMemory, UsageError

PP, TG = Shape(n_prompt=64), Shape(n_gen=16)


class CountingWorker:
    """Computes a token in a millisecond, by its own account."""

    pid = None

    def __init__(self, cached: int = 0) -> None:
        self.requests: list[GenerateRequest] = []
        self._cached = cached
        self.info: ModelInfo | None = ModelInfo(
            engine="counting 1", architecture="lfm2", n_ctx=4096, n_vocab=65536, eos_ids=(7,), load_ms=1.0, rss_bytes=1
        )

    def generate(self, request: GenerateRequest) -> Iterator[Finish]:
        self.requests.append(request)
        yield Finish(
            reason="length",
            prompt_tokens=len(request.prompt_ids),
            cached_tokens=self._cached,
            prefill_ms=float(len(request.prompt_ids)),
            decode_ms=2.0 * (request.max_tokens - 1),
            ttft_ms=3.0,
            rss_bytes=1,
        )

    def close(self) -> None:
        pass

    __enter__ = lambda self: self  # noqa: E731
    __exit__ = lambda self, *_: None  # noqa: E731


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> CountingWorker:
    """Every model loads into this one."""
    counting = CountingWorker()
    times = loading.Loading(cold=None, not_cold="test", warm=loading.Load(load_ms=1.0, first_token_ms=2.0))
    monkeypatch.setattr(matrix, "load_twice", lambda *_: (times, counting))
    monkeypatch.setattr(matrix, "start", lambda _: counting)
    return counting


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(lfm2_bytes())
    return str(path)


def device(big: int = 4, little: int = 0) -> profiles.Detected:
    groups = [CoreGroup(kind="big", cpus=tuple(range(big)), cores=big)]
    groups += [CoreGroup(kind="little", cpus=tuple(range(big, big + little)), cores=little)] if little else []
    return profiles.choose(
        "generic", Device(os="linux", arch="aarch64", logical_cores=big + little, groups=tuple(groups))
    )


def test_a_test_is_computed_as_its_name_says(worker: CountingWorker) -> None:
    samples, readings = Bench(worker, worker.info).measure(PP, 5, 1)
    assert [sample.tokens_per_s for sample in samples] == [pytest.approx(1000.0)] * 5
    assert len(readings) >= 2
    assert [(len(each.prompt_ids), each.max_tokens) for each in worker.requests] == [(64, 1)] * 6
    samples, _ = Bench(worker, worker.info).measure(TG, 2, 0)
    # 16 computed tokens: the 17th that is drawn is the first, from the prompt's own result.
    assert [(sample.ns, sample.tokens_per_s) for sample in samples] == [(32_000_000, pytest.approx(500.0))] * 2
    assert [(len(each.prompt_ids), each.max_tokens) for each in worker.requests[6:]] == [(1, 17)] * 2
    assert all(each.ignore_end and each.sampling.temperature == 0 for each in worker.requests)


def test_no_prompt_of_a_worker_begins_like_another(worker: CountingWorker) -> None:
    bench = Bench(worker, worker.info)
    for shape in (PP, Shape(n_prompt=128), TG):
        bench.measure(shape, 5, 1)
    firsts = [each.prompt_ids[0] for each in worker.requests]
    assert len(set(firsts)) == len(firsts)
    assert random_prompt(65536, 1, 0)[0] not in firsts


@pytest.mark.parametrize("vocabulary", [32, 1025, 49152, 65536, 262144])
def test_prompts_are_ordinary_tokens(vocabulary: int) -> None:
    ids = np.array(random_prompt(vocabulary, 4096, 3))
    assert ids.min() >= 0 and ids.max() < vocabulary
    assert len(set(ids.tolist())) >= min(vocabulary, 4096) // 3


def test_a_reused_prompt_is_an_error_and_no_row(worker: CountingWorker) -> None:
    with pytest.raises(EngineError, match="with 3 reused tokens"):
        Bench(CountingWorker(cached=3), worker.info).once(PP)


def test_the_sweep_goes_past_the_big_cores_and_keeps_the_profiles_own() -> None:
    tests = (Shape(n_prompt=512), Shape(n_prompt=2048), Shape(n_gen=128))
    points = matrix.sweep(device(big=4, little=4), tests)
    assert [point.n_threads for point in points] == [None, 1, 2, 8]
    assert points[0].shapes == tests
    assert [shape.name for shape in points[1].shapes] == ["pp512", "tg128"]
    assert [point.n_threads for point in matrix.sweep(device(big=1), tests)] == [None]


def test_rows_of_a_subject(worker: CountingWorker, file: str) -> None:
    seen: list[tuple[int, int]] = []
    whole = matrix.Matrix(
        device(), "auto", repetitions=2, on_progress=lambda done, total, _: seen.append((done, total))
    )
    points = (matrix.Point(n_threads=None, shapes=(PP, TG)), matrix.Point(n_threads=1, shapes=(PP,)))
    whole.run(subjects((file,)), points)
    assert [(row.shape.name, row.n_threads) for row in whole.rows] == [("pp64", 4), ("tg16", 4), ("pp64", 1)]
    first, _, last = whole.rows
    assert first.loading is not None and last.loading is None
    assert (first.model_filename, first.load["path"], first.engine) == ("tiny.gguf", "tiny.gguf", "counting 1")
    assert (first.load["n_threads"], last.load["n_threads"], first.warm_up) == (4, 1, 1)
    assert seen == [(i, 9) for i in range(1, 10)]
    assert whole.left_out == []


def test_a_test_that_needs_more_context_is_loaded_apart(worker: CountingWorker, file: str) -> None:
    whole = matrix.Matrix(device(), "auto")
    (subject,) = subjects((file,))
    long = Shape(n_prompt=100_000)
    (as_asked, first), (longer, second) = whole.loads(subject, matrix.Point(n_threads=None, shapes=(PP, long, TG)))
    assert (first, second) == ((PP, TG), (long,))
    assert (as_asked.n_ctx, longer.n_ctx) == (profiles.load("generic").n_ctx, 100_002)


def test_a_model_that_cannot_be_measured_is_left_out(worker, file: str, tmp_path: Path, monkeypatch) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(lfm2_bytes() + bytes(64))

    require = matrix.fit.require

    def strict(path: Path, n_ctx: int, **how: object) -> object:
        if path.name == "other.gguf":
            raise OutOfMemory("too large")
        return require(path, n_ctx, **how)

    monkeypatch.setattr(matrix.fit, "require", strict)
    whole = matrix.Matrix(device(), "auto", repetitions=1)
    whole.run(subjects((str(other), file)), (matrix.Point(n_threads=1, shapes=(PP,)),))
    assert [row.model_filename for row in whole.rows] == ["tiny.gguf"]
    assert [each.why for each in whole.left_out] == ["OutOfMemory: too large"]
    alone = matrix.Matrix(device(), "auto")
    with pytest.raises(OutOfMemory, match="too large"):
        alone.run(subjects((str(other),)), (matrix.Point(n_threads=1, shapes=(PP,)),))


def test_rows_for_which_there_is_no_time_are_named(worker: CountingWorker, file: str) -> None:
    answers = iter([False, False, True])
    whole = matrix.Matrix(device(), "auto", repetitions=1, out_of_time=lambda: next(answers))
    whole.run(subjects((file,)), (matrix.Point(n_threads=1, shapes=(PP, TG)),))
    assert [row.shape.name for row in whole.rows] == ["pp64"]
    (left,) = whole.left_out
    assert ("tg16 with 1 threads" in left.what, left.why) == (True, "the time was over")


def test_subjects(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    (real,) = subjects((file, file))
    assert (real.synthetic, real.id, real.files) == (False, "tiny", (Path(file),))
    header = replace(matrix_header(file), name="LFM2 1.2B (synthetic weights)")
    monkeypatch.setattr("sanderling.models.registry.header_of", lambda _: header)
    (synthetic,) = subjects((file,))
    assert synthetic.synthetic and synthetic.label.endswith("(synthetic weights)")
    with pytest.raises(ModelUnavailable, match="sanderling models pull"):
        subjects(())
    with pytest.raises(UsageError, match="did you mean"):
        subjects(("lfm2-350n",))
    with pytest.raises(ModelUnavailable, match="not here"):
        subjects(("lfm2-350m",))


def matrix_header(file: str):
    from sanderling.models.gguf import read_header

    return read_header(Path(file))


def test_a_file_in_and_out_of_the_page_cache(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(bytes(1 << 20))
    assert loading.cached_share(path) == 1.0
    # A file system in memory keeps the pages, and that is what is said then.
    why = loading.drop_cache([path])
    assert (loading.cached_share(path) <= loading.COLD_SHARE) == (why == "")
    (tmp_path / "empty").touch()
    assert loading.cached_share(tmp_path / "empty") == 0.0


def test_a_system_without_fadvise_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.posix_fadvise")
    assert loading.drop_cache([tmp_path / "x"]) == "this system offers no posix_fadvise"
