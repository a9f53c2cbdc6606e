#!/usr/bin/env bash
# The aarch64 wheel from dist/ in Debian inside proot, which is the easier way in Termux; the processor is emulated, and the
# folder is what `make test-wheel-aarch64` unpacks. No Android is under it: only the wheel and proot are tried.
set -euo pipefail
cd "$(dirname "$0")/../.."
. build/release/tools.sh
command -v qemu-aarch64-static >/dev/null || not_run "needs qemu-user-static: make test-wheel-aarch64 installs it"
root=${SANDERLING_ARM_DIR:-$PWD/target/aarch64}/python
[ -d "$root/usr/lib/python3/dist-packages/sanderling" ] || not_run "no aarch64 wheel in $root: make test-wheel-aarch64"
if [ ! -x "$release/proot/usr/bin/proot" ]; then
  mkdir -p "$release/proot/debs"
  (cd "$release/proot/debs" && apt-get download -qq proot libtalloc2 2>/dev/null) || not_run "proot is not to be had"
  for deb in "$release"/proot/debs/*.deb; do dpkg -x "$deb" "$release/proot"; done
fi
unset PYTHONPATH
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
# Without seccomp, which not every kernel lets proot use, and Android's may not.
inside() {
  LD_LIBRARY_PATH=$release/proot/usr/lib/$(uname -m)-linux-gnu PROOT_NO_SECCOMP=1 SANDERLING_HOME=/notes/home OMP_NUM_THREADS=1 \
    "$release/proot/usr/bin/proot" -q qemu-aarch64-static -r "$root" -b /proc -b /dev -b "$made:/notes" -w /notes /usr/bin/python3.11 -B "$@"
}
inside -m sanderling profile show > "$made/profile"
inside -c 'import platform, sanderling._core as core
assert platform.machine() == "aarch64"
print(platform.machine(), core.__version__, core.kernels())'
