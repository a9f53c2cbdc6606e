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

# Python for arm64, for arm_install and arm_run.
arm_python() {
  python=$work/python
  arm_prefix "$python" \
    python3.11-minimal:arm64 libpython3.11-minimal:arm64 libpython3.11-stdlib:arm64 libc6:arm64 libgcc-s1:arm64 \
    libstdc++6:arm64 libgomp1:arm64 zlib1g:arm64 libexpat1:arm64 libssl3:arm64 libffi8:arm64 libbz2-1.0:arm64 \
    liblzma5:arm64 libsqlite3-0:arm64 libuuid1:arm64 libcrypt1:arm64 libncursesw6:arm64 libtinfo6:arm64 libreadline8:arm64
}

# arm_install EXTRAS REQUIREMENT...: the wheel in dist/ with these extras and requirements, in place of what was installed.
# Everything must come as a wheel: nothing compiles.
arm_install() {
  local site=$python/usr/lib/python3/dist-packages wheels=(dist/*-manylinux_2_28_aarch64.whl) fits=() tag
  [ -f "${wheels[0]}" ] || { echo "no aarch64 wheel in dist/: make wheel-aarch64" >&2; exit 1; }
  # pip takes the tags literally: a wheel for an older glibc fits as well, but only if its tag is listed.
  for tag in manylinux_2_31 manylinux_2_28 manylinux_2_27 manylinux_2_26 manylinux_2_24 manylinux_2_17 manylinux2014; do
    fits+=(--platform "${tag}_aarch64")
  done
  rm -rf "$site"
  "$work/venv/bin/pip" install --quiet --target "$site" "${fits[@]}" --python-version 3.11 --implementation cp \
    --only-binary=:all: "${wheels[-1]}[$1]" "${@:2}"
}

# arm_machine CPU: sets `run` to a command that is Python on that processor, under qemu.
arm_machine() {
  local cpu=$1 machine=$work/machines/$1 core features='fp asimd aes pmull sha1 sha2 crc32 cpuid' part=0xd03
  [ "$cpu" = cortex-a53 ] || { features+=' atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp'; part=0xd0b; }
  # `max` is no real core; an A710 has the same instructions, as far as our kernels use them.
  case $cpu in max*) features+=' i8mm bf16'; part=0xd47 ;; esac
  case $cpu in max) features+=' sve sve2' ;; esac
  mkdir -p "$machine/proc"
  ln -sfn "$python/usr" "$machine/usr"
  ln -sfn "$python/etc" "$machine/etc"
  ln -sfn usr/lib "$machine/lib"
  # qemu 7.2 shows the host's /proc/cpuinfo, on which onnxruntime's search for cores ends in a segmentation fault. A file
  # in the folder given to -L stands before the host's.
  for core in 0 1; do
    printf 'processor\t: %s\nBogoMIPS\t: 100.00\nFeatures\t: %s\nCPU implementer\t: 0x41\nCPU architecture: 8\n' \
      "$core" "$features"
    printf 'CPU variant\t: 0x0\nCPU part\t: %s\nCPU revision\t: 4\n\n' "$part"
  done > "$machine/proc/cpuinfo"
  # Named as the interpreter (-0), so that what starts sys.executable, as our worker does, gets qemu again, with the same
  # processor, and needs no binfmt_misc.
  run=$python/usr/bin/python-$cpu
  cat > "$run" <<SCRIPT
#!/bin/sh
exec $(command -v qemu-aarch64-static) -cpu $cpu -0 "\$0" -L "$machine" "$python/usr/bin/python3.11" "\$@"
SCRIPT
  chmod +x "$run"
}
