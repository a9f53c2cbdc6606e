#!/usr/bin/env bash
# The x86-64 wheel for glibc 2.28 and later, linked by zig in place of the manylinux container, into target/release-check/dist.
# build/cross_aarch64.sh is the same for 64-bit ARM.
set -euo pipefail
cd "$(dirname "$0")/../.."
. build/release/tools.sh
rm -f "$release"/dist/*-manylinux*_x86_64.whl
CARGO_TARGET_DIR=$release/glibc maturin build --release --locked --zig --target x86_64-unknown-linux-gnu \
  --compatibility manylinux_2_28 --out "$release/dist"
python3 build/check_wheel.py --platform manylinux_2_28_x86_64 "$release"/dist/*-manylinux_2_28_x86_64.whl
