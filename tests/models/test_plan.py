from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from gguf_files import write_lfm2

from sanderling.device import CoreGroup, Device, profiles
from sanderling.device.profiles import Detected
from sanderling.engines.gpu_backends import BACKENDS
from sanderling.errors import OutOfMemory
from sanderling.models import fit, inventory, offload, pick_quant, registry
from sanderling.models.explain import explain
from sanderling.models.fit import footprint_of, verdict
from sanderling.models.plan import Plan, plan
from sanderling.models.synth.shapes import SHAPES
from sanderling.models.synth.write import header_of
from sanderling.runtime import Runtime

GB = 10**9


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))


def device_like(name: str, **changes) -> Detected:
    """The device a profile describes: its cores numbered from the little ones up, as phones do."""
    profile = profiles.load(name)
    groups, at = [], 0
    for cores in reversed(profile.cores):
        cpus = tuple(range(at, at + cores.count))
        kind = "little" if cores.kind == "little" else "big"
        groups.append(CoreGroup(kind=kind, cpus=cpus, cores=cores.count, max_mhz=cores.max_mhz))
        at += cores.count
    if not groups:
        groups = [CoreGroup(kind="big", cpus=(0, 1, 2, 3), cores=4)]
    os_name = "darwin" if name.startswith("apple") else "android" if "8_" in name else "linux"
    values = {"os": os_name, "arch": "aarch64", "isa": profile.isa, "groups": tuple(groups)}
    return profiles.choose(name, Device(**(values | changes)))


@pytest.fixture(autouse=True)
def every_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's build has every GPU backend."""
    monkeypatch.setattr(offload, "gpu_backends", lambda engine: frozenset(BACKENDS))


def planned(detected: Detected, available: int = 64 * GB, model_id: str = "lfm2-350m", **options) -> Plan:
    options = {"prefill_tokens_per_s": 1000.0, "trained_tokens": 32768} | options
    return plan(header_of(SHAPES[model_id], "Q4_0"), detected, available, **options)


@pytest.mark.parametrize(
    "name, quant, decode, prefill, cpus, gpu_layers",
    [
        ("raspberry_pi_4", "Q5_K_M", 4, 4, (), 0),
        ("raspberry_pi_5", "Q4_0", 4, 4, (), 0),
        ("rk3588", "Q4_0", 4, 4, (4, 5, 6, 7), 0),
        ("snapdragon_8_gen_3", "Q4_0", 4, 6, (2, 3, 4, 5, 6, 7), 0),
        ("snapdragon_8_elite", "Q4_0", 6, 6, tuple(range(8)), 0),
        ("snapdragon_x_elite", "Q4_0", 8, 12, (), 0),
        ("jetson_orin_nano", "Q5_K_M", 6, 6, (), -1),
        ("apple_m2", "Q5_K_M", 4, 4, (), -1),
        ("x86_laptop", "Q5_K_M", 4, 4, (0, 1, 2, 3), 0),
        ("generic", "Q5_K_M", 4, 4, (0, 1, 2, 3), 0),
    ],
)
def test_what_each_profile_comes_to_with_plenty_of_ram(
    name: str, quant: str, decode: int, prefill: int, cpus: tuple[int, ...], gpu_layers: int
) -> None:
    detected = device_like(name)
    found = planned(detected)
    assert (found.threads_decode, found.threads_prefill, found.cpus, found.gpu_layers) == (
        decode,
        prefill,
        cpus,
        gpu_layers,
    )
    assert (found.n_ctx, found.kv_type) == (detected.profile.n_ctx, "f16")
    assert pick_quant.pick_quant(registry.get("lfm2-350m"), detected, 64 * GB).quant == quant


@pytest.mark.parametrize("name", profiles.names())
def test_every_value_has_its_reason(name: str) -> None:
    detected = device_like(name)
    for each in explain("lfm2", detected, 4 * GB):
        values = set(msgspec.structs.asdict(each.plan)) - {"why", "needed_bytes"}
        assert set(each.plan.why) == values
        assert all(each.plan.why.values())
        assert each.why_quant


@pytest.mark.parametrize(
    "available, quant, reason",
    [
        (8 * GB, "Q5_K_M", "closer to the original"),
        (2 * GB, "Q4_K_M", "no kernels"),
        (910_000_000, "Q4_K_M", "tight"),
        (100_000_000, "Q4_0", "none fits"),
    ],
)
def test_ram_decides_where_no_kernel_does(available: int, quant: str, reason: str) -> None:
    detected = device_like("raspberry_pi_4")
    found = pick_quant.pick_quant(registry.get("lfm2-1.2b"), detected, available)
    assert found.quant == quant
    assert reason in found.why


def test_a_tight_fit_of_the_best_gives_way_to_a_fit_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """On AVX2 rearranged Q4_0 peaks higher than Q5_K_M, which is held once; suppose that it were the quickest."""
    monkeypatch.setattr(pick_quant, "_question_ms", lambda _e, _d, quants, _isa: {q: len(q) for q in quants})
    monkeypatch.setattr(pick_quant, "NEAR", 1.0)
    monkeypatch.setattr(pick_quant, "BY_QUALITY", ("Q8_0", "Q4_0"))
    detected = device_like("x86_laptop")
    entry = registry.get("lfm2-1.2b")
    needs = {
        quant: footprint_of(header_of(SHAPES["lfm2-1.2b"], quant), 4096, isa=detected.device.isa)
        for quant in entry.quants
    }
    between = int(needs["Q5_K_M"].peak_rss_bytes * 1.1) + 1
    assert verdict(needs["Q4_0"], between) == "tight"
    found = pick_quant.pick_quant(entry, detected, between)
    assert found.quant == "Q5_K_M"
    assert "Q4_0 does not fit" in found.why


def test_of_the_quickest_the_one_closest_to_the_original_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    detected = device_like("x86_laptop")
    entry = registry.get("lfm2-1.2b")
    for times, quant in (
        ({"Q4_0": 9.0, "Q4_K_M": 9.5, "Q5_K_M": 9.8, "Q8_0": 9.95}, "Q5_K_M"),
        ({"Q4_0": 9.0, "Q4_K_M": 10.0, "Q5_K_M": 10.0, "Q8_0": 10.0}, "Q4_0"),
    ):
        monkeypatch.setattr(pick_quant, "_question_ms", lambda *_, found=times: found)
        found = pick_quant.pick_quant(entry, detected, 64 * GB)
        assert found.quant == quant
        assert "9 ms a question" in found.why or "10 ms a question" in found.why


def test_kernels_that_were_not_measured_take_what_is_rearranged() -> None:
    """A Q4_1 file is rearranged nowhere; Q8_0 made of it is on Arm."""
    found = pick_quant.pick_quant(registry.get("lfm2-350m"), device_like("raspberry_pi_5"), 64 * GB)
    assert (found.quant, found.why) == ("Q4_0", "100% of it is rearranged for dotprod")
    plain = pick_quant.pick_quant(registry.get("lfm2-350m"), device_like("raspberry_pi_5"), 64 * GB, engine="xllamacpp")
    assert "no kernels" in plain.why
    assert plain.quant == "Q5_K_M"


def test_only_what_is_here_is_chosen_from() -> None:
    found = pick_quant.pick_quant(registry.get("lfm2-350m"), device_like("raspberry_pi_5"), 8 * GB, among=["Q8_0"])
    assert found == ("Q8_0", "the only one that is here")
    assert pick_quant.installed("lfm2-350m", device_like("raspberry_pi_5"), 8 * GB) is None


def test_little_ram_costs_first_exactness_of_the_cache_and_then_context() -> None:
    detected = device_like("raspberry_pi_5")
    header = header_of(SHAPES["lfm2-350m"], "Q4_0")
    isa = detected.device.isa

    def least(n_ctx: int, kv_type: str) -> int:
        return footprint_of(header, n_ctx, isa=isa, kv_type=kv_type, n_ubatch=512).working_set_bytes  # type: ignore[arg-type]

    for available, expected in [
        (least(4096, "f16"), (4096, "f16")),
        (least(4096, "f16") - 1, (4096, "q8_0")),
        (least(4096, "q8_0") - 1, (2048, "f16")),
        (least(1024, "q8_0"), (1024, "q8_0")),
        (least(1024, "q8_0") - 1, (4096, "f16")),
    ]:
        found = planned(detected, available)
        assert (found.n_ctx, found.kv_type) == expected
    assert "no context fits" in planned(detected, 0).why["n_ctx"]


def test_a_model_is_not_loaded_beyond_its_training() -> None:
    found = planned(device_like("raspberry_pi_5"), trained_tokens=2048)
    assert found.n_ctx == 2048
    assert "trained" in found.why["n_ctx"]


@pytest.mark.parametrize("speed, batch", [(1000.0, 512), (512.0, 512), (300.0, 256), (128.0, 128), (5.0, 128)])
def test_a_batch_takes_a_second_at_most_where_it_can(speed: float, batch: int) -> None:
    assert planned(device_like("raspberry_pi_5"), prefill_tokens_per_s=speed).n_batch == batch


def test_threads_follow_the_caller_the_quota_and_the_cores() -> None:
    asked = planned(device_like("rk3588"), n_threads=6)
    assert (asked.threads_decode, asked.threads_prefill, asked.cpus) == (6, 6, ())
    assert "more than the 4 big cores" in asked.why["cpus"]
    held = planned(device_like("rk3588", cpu_quota=2.0))
    assert (held.threads_decode, held.why["threads_decode"]) == (2, "the profile says 4, this process may use 2")
    laptop = planned(device_like("x86_laptop", cpu_quota=2.5))
    assert (laptop.threads_decode, "quota of 2.5 CPUs" in laptop.why["threads_decode"]) == (2, True)


def test_a_model_asked_for_by_name_that_does_not_fit_is_never_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hash_embedder
) -> None:
    monkeypatch.setattr(fit, "available_ram_bytes", lambda: 50_000_000)
    monkeypatch.setattr(inventory, "available_ram_bytes", lambda: 50_000_000)
    path = write_lfm2(tmp_path / "m.gguf")
    with pytest.raises(OutOfMemory, match=r"m\.gguf needs .* and 0\.05 GB are left: free memory, or pull"):
        Runtime.open(tmp_path / "m.sanderling", model=str(path), embedder=hash_embedder)
