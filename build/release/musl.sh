#!/usr/bin/env bash
# The wheel for musl: build/release/musl.sh [ARCH], x86_64 or aarch64, into target/release-check/dist. Five minutes the first time.
# No package here has Rust's standard library for musl, so it is compiled too, from Debian's source of it; zig links.
set -euo pipefail
cd "$(dirname "$0")/../.."
. build/release/tools.sh
arch=${1:-x86_64}
target=$arch-unknown-linux-musl
if ! command -v dpkg-query >/dev/null || ! version=$(dpkg-query -W -f '${Version}' rustc-web 2>/dev/null); then
  not_run "needs Debian with rustc-web, as build/aarch64.sh installs it"
fi
source=$release/rust-source
if [ ! -f "$source/$version" ]; then
  rm -rf "$source"
  mkdir -p "$source"
  (cd "$source" && apt-get download -qq "rust-web-src=$version" 2>/dev/null) || not_run "rust-web-src $version is not to be had"
  dpkg -x "$source"/*.deb "$source"
  touch "$source/$version"
fi
# Debian's compiler, and the switch that lets a stable one build its library. The folder of that is where cargo's own tests
# look for it; there is no public name.
folders=("$source"/usr/src/rustc-*/library)
export RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=std,panic_unwind
export __CARGO_TESTS_ONLY_SRC_ROOT=${folders[0]} CARGO_TARGET_DIR=$release/musl
# The C library stays outside, which an extension module needs, and start files come from zig.
export RUSTFLAGS='-C link-self-contained=no -C target-feature=-crt-static'
rm -f "$release"/dist/*-musllinux*_"$arch".whl
maturin build --release --locked --zig --target "$target" --compatibility musllinux_1_2 --out "$release/dist"
python3 build/check_wheel.py --platform "musllinux_1_2_$arch" "$release"/dist/*-musllinux_1_2_"$arch".whl
