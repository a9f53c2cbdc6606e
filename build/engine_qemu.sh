#!/usr/bin/env bash
# The engine's aarch64 wheel on emulated processors: an old one, one with dotprod, one with i8mm but no SVE, one with all.
# The right kernels must be chosen on each, and all must say the same up to rounding. Some minutes; nothing about speed.
# Needs the wheel in dist/engine/ and SmolLM2: `make engine-qemu` brings both.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/aarch64.sh
command -v qemu-aarch64-static >/dev/null || { need_root; apt-get update -qq; apt-get install -y -qq --no-install-recommends qemu-user-static >/dev/null; }
arm_python
wheels=(dist/engine/*_aarch64.whl)
[ -f "${wheels[0]}" ] || { echo "no aarch64 wheel in dist/engine/: make engine-aarch64" >&2; exit 1; }
site=$work/engine-site
rm -rf "$site"
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$site" --platform manylinux_2_28_aarch64 \
  --platform manylinux_2_27_aarch64 --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64 \
  --python-version 3.11 --implementation cp --only-binary=:all: numpy msgspec psutil "${wheels[-1]}"
# The package's Python alone: the engine needs nothing of the extension module.
model=$(PYTHONPATH=python python3 -c 'from sanderling import config; print(next(config.home().glob("models/smollm2-135m/*.gguf")))')
export PYTHONPATH="$site:$PWD/python" OMP_NUM_THREADS=1

for cpu in cortex-a53 cortex-a76 max,sve=off max; do
  arm_machine "$cpu"
  printf '%s\t' "$cpu"
  timeout 900 "$run" build/engine/under_qemu.py "$model"
done | tee "$work/engine.said" | cut -c1-150
python3 build/engine/under_qemu.py --compare < "$work/engine.said"
