#!/usr/bin/env bash
# Tests the pure Rust crate for aarch64 under qemu: cortex-a53 (NEON only) and cortex-a76 (dotprod).
#
# Debian's rustc brings the standard library for arm64 that rustup's toolchain lacks here; zig is the linker. The arm64
# C library is unpacked into a prefix of its own with an empty ld.so.cache: with the host's cache, qemu's loader picks the
# host's libc and threads hang. libc6:arm64 itself is never installed. qemu says nothing about speed, only about results.
set -euo pipefail
cd "$(dirname "$0")/.."
work=${SANDERLING_ARM_DIR:-$PWD/target/aarch64}
root=$work/root
export DEBIAN_FRONTEND=noninteractive

if ! command -v qemu-aarch64-static >/dev/null || [ ! -d /usr/lib/rustlib/aarch64-unknown-linux-gnu ]; then
  [ "$(id -u)" = 0 ] || { echo "run once as root on Debian: it installs rustc-web, qemu-user-static and arm64 libraries"; exit 1; }
  dpkg --add-architecture arm64
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends rustc-web qemu-user-static >/dev/null
  version=$(dpkg-query -W -f '${Version}' rustc-web)
  mkdir -p "$work/debs"
  (cd "$work/debs" && apt-get download -qq "libstd-rust-web-dev:arm64=$version")
  dpkg -x "$work"/debs/libstd-rust-web-dev_*_arm64.deb /
fi
if [ ! -f "$root/etc/ld.so.cache" ]; then
  mkdir -p "$work/debs" "$root/etc"
  dpkg --add-architecture arm64
  apt-get update -qq
  (cd "$work/debs" && apt-get download -qq libc6:arm64 libgcc-s1:arm64)
  for deb in "$work"/debs/libc6_*_arm64.deb "$work"/debs/libgcc-s1_*_arm64.deb; do dpkg -x "$deb" "$root"; done
  # Merged /usr, as the loader's path inside the binaries expects it.
  [ -L "$root/lib" ] || { cp -a "$root/lib/." "$root/usr/lib/"; rm -rf "$root/lib"; ln -s usr/lib "$root/lib"; }
  : > "$root/etc/ld.so.cache"
fi
if [ ! -x "$work/venv/bin/cargo-zigbuild" ]; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet ziglang cargo-zigbuild
fi

export PATH="$work/venv/bin:$PATH" RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc CARGO_TARGET_DIR="$work/target"
for cpu in cortex-a53 cortex-a76; do
  echo "== $cpu"
  # Fewer cases than natively: qemu is some twenty times slower, and the logic is the same on every processor.
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="timeout 280 qemu-aarch64-static -cpu $cpu -L $root" \
  PROPTEST_CASES=${PROPTEST_CASES:-16} \
    cargo-zigbuild test --quiet --package sanderling-core --target aarch64-unknown-linux-gnu --lib --tests
done
