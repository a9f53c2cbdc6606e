# Sourced by the scripts that build or test for aarch64 on Debian x86_64: compiler, tools and arm64 libraries, each fetched
# once. They live under $work, but for Debian's packages. rustup's toolchain stays as it is.
#
# Debian's rustc brings the standard library for arm64 that rustup's toolchain lacks here; zig is the linker.
work=${SANDERLING_ARM_DIR:-$PWD/target/aarch64}
export DEBIAN_FRONTEND=noninteractive

need_root() {
  [ "$(id -u)" = 0 ] || { echo "run once as root on Debian: it installs rustc-web, qemu-user-static and arm64 libraries" >&2; exit 1; }
}

# The compiler, and qemu to run what it makes.
arm_rust() {
  if ! command -v qemu-aarch64-static >/dev/null || [ ! -d /usr/lib/rustlib/aarch64-unknown-linux-gnu ]; then
    need_root
    dpkg --add-architecture arm64
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends rustc-web qemu-user-static >/dev/null
    local version
    version=$(dpkg-query -W -f '${Version}' rustc-web)
    mkdir -p "$work/debs"
    (cd "$work/debs" && apt-get download -qq "libstd-rust-web-dev:arm64=$version")
    dpkg -x "$work"/debs/libstd-rust-web-dev_*_arm64.deb /
  fi
  export RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc CARGO_TARGET_DIR="$work/target"
}

# arm_tool COMMAND REQUIREMENT...: a tool from the package index, with zig beside it, first on the PATH.
arm_tool() {
  if [ ! -x "$work/venv/bin/$1" ]; then
    [ -x "$work/venv/bin/pip" ] || python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet ziglang "${@:2}"
  fi
  export PATH="$work/venv/bin:$PATH"
}

# arm_prefix FOLDER PACKAGE...: Debian's arm64 packages unpacked into a folder of their own, for qemu's -L. Nothing arm64
# is installed on the host. ld.so.cache is empty: with the host's, qemu's loader picks the host's libc and threads hang.
arm_prefix() {
  local prefix=$1 made=$1.made deb
  [ -f "$prefix/etc/ld.so.cache" ] && return
  need_root
  rm -rf "$prefix" "$made"
  mkdir -p "$made/debs" "$made/root/etc"
  dpkg --add-architecture arm64
  apt-get update -qq
  (cd "$made/debs" && apt-get download -qq "${@:2}")
  for deb in "$made"/debs/*.deb; do dpkg -x "$deb" "$made/root"; done
  # Merged /usr, as the loader's path inside the binaries expects it.
  cp -a "$made/root/lib/." "$made/root/usr/lib/"
  rm -rf "$made/root/lib"
  ln -s usr/lib "$made/root/lib"
  : > "$made/root/etc/ld.so.cache"
  mv "$made/root" "$prefix"
  rm -rf "$made"
}
