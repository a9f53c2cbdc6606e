"""Layers go to the GPU where the profile has one and the engine's build its backend."""

from __future__ import annotations

import sys

import pytest

from sanderling.device import Device, profiles
from sanderling.models import offload
from sanderling.models.offload import offloaded, why_offloaded


def on(name: str, os: str = "linux") -> profiles.Detected:
    return profiles.choose(name, Device(os=os, arch="aarch64", isa=("neon",)))


@pytest.mark.parametrize(
    ("name", "built", "expected", "why"),
    [
        ("jetson_orin_nano", frozenset({"cuda"}), True, "with cuda"),
        ("jetson_orin_nano", frozenset({"vulkan"}), False, "a GPU for cuda, the engine's build has none"),
        ("jetson_orin_nano", frozenset(), False, "has none"),
        ("jetson_orin_nano", None, True, "as the profile says"),
        ("strix_point", frozenset({"vulkan"}), True, "with vulkan"),
        ("strix_point", frozenset(), False, "a GPU for vulkan"),
        ("raspberry_pi_5", frozenset({"vulkan"}), False, "knows no GPU"),
    ],
)
def test_the_build_decides(name, built, expected, why, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(offload, "gpu_backends", lambda engine: built)
    assert offloaded(on(name), "llama_cpp") is expected
    assert why in why_offloaded(on(name), "llama_cpp")


def test_an_engine_here_says_nothing_of_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(offload, "gpu_backends", lambda engine: frozenset())
    assert offloaded(on("apple_m2", "darwin"), "llama_cpp")


def test_without_an_engine_the_profile_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offload, "available", list)
    assert offloaded(on("jetson_orin_nano"))
