#!/usr/bin/env bash
# Tests the pure Rust crate for aarch64 under qemu: cortex-a53 (NEON only) and cortex-a76 (dotprod). qemu says nothing
# about speed, only about results.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/aarch64.sh
arm_rust
arm_tool cargo-zigbuild cargo-zigbuild
arm_prefix "$work/root" libc6:arm64 libgcc-s1:arm64

for cpu in cortex-a53 cortex-a76; do
  echo "== $cpu"
  # Fewer cases than natively: qemu is some twenty times slower, and the logic is the same on every processor.
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="timeout 280 qemu-aarch64-static -cpu $cpu -L $work/root" \
  PROPTEST_CASES=${PROPTEST_CASES:-16} \
    cargo-zigbuild test --quiet --package sanderling-core --target aarch64-unknown-linux-gnu --lib --tests
done
