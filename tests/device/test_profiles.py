from __future__ import annotations

import re
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from sanderling.device import Device, calibration, profiles
from sanderling.device.profiles import Cores, Profile, Rule, Variant
from sanderling.errors import SanderlingError, UsageError

NAMES = (
    "apple_m1", "apple_m2", "apple_m3", "apple_m4", "apple_m5", "exynos_2400", "generic", "intel_n100",
    "jetson_orin_nano", "raspberry_pi_4", "raspberry_pi_5", "rk3588", "snapdragon_8_elite", "snapdragon_8_gen_2",
    "snapdragon_8_gen_3", "snapdragon_x_elite", "strix_point", "tensor_g4", "x86_laptop",
)  # fmt: skip


def toml_type(annotation: object) -> str:
    """The type of a struct's field in the words of SCHEMA.md."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return toml_type(arguments[0])
    if origin is Literal:
        return ", ".join(arguments)
    if origin in (Union, UnionType):
        return toml_type(next(each for each in arguments if each is not NoneType))
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return f"list[{toml_type(arguments[0])}]"
        return f"[{', '.join(map(toml_type, arguments))}]"
    if origin is dict:
        return f"dict[str, {toml_type(arguments[1])}]"
    assert isinstance(annotation, type)
    return annotation.__name__


def documented(title: str) -> dict[str, str]:
    """Field and type of each row in one table of SCHEMA.md."""
    text = (profiles.folder() / "SCHEMA.md").read_text()
    section = text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", section, re.MULTILINE))


@pytest.mark.parametrize("struct", [Profile, Rule, Variant, Cores])
def test_schema_md_lists_exactly_the_fields_and_types_of_the_code(struct: type) -> None:
    hints = get_type_hints(struct, include_extras=True)
    actual = {field.name: toml_type(hints[field.name]) for field in msgspec.structs.fields(struct)}
    assert list(documented(struct.__name__).items()) == list(actual.items())


def test_every_isa_word_is_in_schema_md() -> None:
    text = (profiles.folder() / "SCHEMA.md").read_text()
    words = {word for name in NAMES for word in profiles.load(name).isa}
    assert words <= set(re.findall(r"`(\w+)`", text))


def test_names() -> None:
    assert profiles.names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_is_complete_and_consistent(name: str) -> None:
    profile = profiles.load(name)
    fields = {field.name for field in msgspec.structs.fields(Profile)}
    assert profile.name == name
    assert set(profile.unsourced) <= fields
    assert {field.strip() for source in profile.sources for field in source.split(":")[0].split(",")} <= fields
    assert profile.context_tokens == {"tiny": 96, "small": 160, "medium": 256, "large": 768}
    assert profile.ram_gb[0] <= profile.ram_gb[1]
    assert len(profile.unsourced) == len(set(profile.unsourced))
    for rule in profile.match:
        conditions = msgspec.structs.asdict(rule)
        assert any(value is not None for value in conditions.values()), "an empty rule matches every device"
        for pattern in (rule.device_tree, rule.soc, rule.cpu_name):
            re.compile(pattern or "")
    not_little = sum(cores.count for cores in profile.cores if cores.kind != "little")
    if profile.cores and not name.startswith("apple"):
        assert 0 < profile.threads_decode <= profile.threads_prefill <= not_little


def test_only_generic_has_no_rule() -> None:
    assert [name for name in NAMES if not profiles.load(name).match] == ["generic"]


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no device profile 'pdp_11': choose auto or one of apple_m1"):
        profiles.load("pdp_11")


def broken(**changes: object) -> bytes:
    raw = msgspec.toml.decode((profiles.folder() / "generic.toml").read_bytes())
    raw |= changes
    return msgspec.json.encode({key: value for key, value in raw.items() if value is not None})


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"thread_decode": 4}, "unknown field `thread_decode`"),
        ({"n_ctx": None}, "missing required field `n_ctx`"),
        ({"decode_efficiency": 1.5}, r"decode_efficiency"),
        ({"context_tokens": {"small": 160, "medium": 256, "large": 768}}, "needs tiny < small < medium < large"),
        ({"context_tokens": {"tiny": 96, "small": 96, "medium": 256, "large": 768}}, "needs tiny < small"),
        ({"context_tokens": {"tiny": 96, "small": 160, "medium": 256, "large": 4096}}, "below n_ctx"),
        ({"match": [{"os": "linux", "arhc": "x"}]}, "unknown field `arhc`"),
    ],
)
def test_a_file_that_breaks_the_schema_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.json.decode(broken(**changes), type=Profile)


def test_a_broken_file_names_itself(tmp_path, monkeypatch) -> None:
    for name in ("generic", "odd"):
        (tmp_path / f"{name}.toml").write_text("name = 1\n")
    monkeypatch.setattr(profiles, "folder", lambda: tmp_path)
    with pytest.raises(UsageError, match=r"device_profiles/odd\.toml"):
        profiles.load("odd")


def test_the_package_is_asked_before_the_source_tree(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(profiles.resources, "files", lambda _package: tmp_path / "installed")
    monkeypatch.setattr(profiles, "__file__", str(tmp_path / "tree/python/sanderling/device/profiles.py"))
    with pytest.raises(SanderlingError, match="pip install --force-reinstall"):
        profiles.folder()
    for folder in (tmp_path / "tree/device_profiles", tmp_path / "installed/device_profiles"):
        folder.mkdir(parents=True)
        (folder / "generic.toml").write_text("")
        assert profiles.folder() == folder


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    return tmp_path


# LFM2 Q4_0 files (bytes, parameters) and what the report measured on a Galaxy S25: prefill at 1K, decode at 1K.
GALAXY_S25 = [
    (219_000_000, 354_483_968, 1067, 194.1),
    (446_200_000, 742_489_344, 522, 104.2),
    (695_700_000, 1_170_340_608, 335, 69.8),
    (1_483_000_000, 2_569_272_320, 143, 33.8),
]


@pytest.mark.parametrize("model_bytes, parameters, prefill, decode", GALAXY_S25)
def test_predictions_agree_with_the_report_they_come_from(home, model_bytes, parameters, prefill, decode) -> None:
    speeds = profiles.predict(profiles.load("snapdragon_8_elite"), model_bytes, parameters)
    assert not speeds.measured
    # The measured efficiencies spread from 0.50 to 0.59 and the ratios from 4.2 to 5.5 around the profile's 0.5 and 5,
    # and Q4_0 takes 0.58 to 0.62 bytes per parameter where 0.6 is assumed: decode is predicted at 0.5 / 0.59 to
    # 0.5 / 0.50 of the truth, prefill within the product (0.5 / 0.59) * (5 / 5.5) * (0.58 / 0.6) to
    # (0.5 / 0.5) * (5 / 4.2) * (0.62 / 0.6). Both bounds are rounded outwards to two digits.
    assert 0.84 < speeds.decode_tokens_per_s / decode < 1.01
    assert 0.74 < speeds.prefill_tokens_per_s / prefill < 1.24


def test_a_larger_quantization_slows_decoding_but_not_prefill(home) -> None:
    profile = profiles.load("raspberry_pi_5")
    q4, q8 = (profiles.predict(profile, size, 354_483_968) for size in (219_000_000, 379_000_000))
    assert q8.prefill_tokens_per_s == q4.prefill_tokens_per_s
    assert q8.decode_tokens_per_s < q4.decode_tokens_per_s


def test_sizes_must_be_positive(home) -> None:
    with pytest.raises(ValueError, match="must be positive, got 0"):
        profiles.predict(profiles.load("generic"), 0, 1)


def measurement(**changes: object) -> calibration.Measurement:
    values = {
        "model_id": "lfm2-350m", "quant": "Q4_0", "engine": "llama_cpp 0.3.36", "n_threads": 4,
        "prefill_tokens_per_s": 180.0, "decode_tokens_per_s": 31.0, "rss_bytes": 400_000_000,
        "machine": {"cpu": "4x Cortex-A76"}, "timestamp": "2026-11-23T12:00:00+00:00",
    }  # fmt: skip
    return calibration.Measurement(**(values | changes))


def test_a_measurement_takes_the_place_of_the_prediction(home) -> None:
    calibration.record(measurement())
    profile = profiles.load("raspberry_pi_5")
    known = profiles.predict(profile, 219_000_000, 354_483_968, model_id="lfm2-350m", quant="Q4_0")
    assert known == profiles.Speeds(prefill_tokens_per_s=180.0, decode_tokens_per_s=31.0, measured=True)
    other = profiles.predict(profile, 379_000_000, 354_483_968, model_id="lfm2-350m", quant="Q8_0")
    assert not other.measured


@pytest.mark.parametrize(
    ("cpu_name", "bandwidth"),
    [("Apple M1", 68.2), ("Apple M1 Pro", 200.0), ("Apple M1 Max", 400.0), ("Apple M1 Ultra", 400.0)],
)
def test_a_variant_brings_its_bandwidth(cpu_name: str, bandwidth: float) -> None:
    this = Device(os="darwin", arch="aarch64", cpu_name=cpu_name)
    assert profiles.choose("auto", this).profile.memory_bandwidth_gb_s == bandwidth


def test_a_gpu_needs_a_backend() -> None:
    with pytest.raises(msgspec.ValidationError, match="gpu_layers needs gpu_backend"):
        msgspec.json.decode(broken(gpu_layers=-1), type=Profile)
