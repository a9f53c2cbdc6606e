#!/usr/bin/env bash
# The manylinux_2_28 wheel for aarch64, built on Debian x86_64, into dist/. Only a wheel that passed its check gets there.
# zig links against glibc 2.28 whatever the host has; Debian's own cross compiler would tie the wheel to glibc 2.34.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/aarch64.sh
arm_rust
arm_tool maturin 'maturin>=1.12.1,<2'
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# abi3: no Python of the target is needed.
maturin build --release --locked --zig --target aarch64-unknown-linux-gnu --compatibility manylinux_2_28 --out "$made"
python3 build/check_wheel.py --platform manylinux_2_28_aarch64 "$made"/*.whl
mkdir -p dist
mv "$made"/*.whl dist/
