#!/usr/bin/env bash
# The aarch64 wheel from dist/, installed with its dependencies from the package index and used under qemu, on cortex-a53
# (NEON only) and cortex-a76 (dotprod). Python is Debian's for arm64. Everything must come as a wheel: nothing compiles.
# Arguments are passed to pytest in place of the tests below.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/aarch64.sh
arm_rust
arm_tool maturin 'maturin>=1.12.1,<2'
python=$work/python
arm_prefix "$python" \
  python3.11-minimal:arm64 libpython3.11-minimal:arm64 libpython3.11-stdlib:arm64 libc6:arm64 libgcc-s1:arm64 \
  libstdc++6:arm64 zlib1g:arm64 libexpat1:arm64 libssl3:arm64 libffi8:arm64 libbz2-1.0:arm64 liblzma5:arm64 \
  libsqlite3-0:arm64 libuuid1:arm64 libcrypt1:arm64 libncursesw6:arm64 libtinfo6:arm64 libreadline8:arm64
[ $# -gt 0 ] || set -- tests/seam

site=$python/usr/lib/python3/dist-packages
wheels=(dist/*-manylinux_2_28_aarch64.whl)
[ -f "${wheels[0]}" ] || { echo "no aarch64 wheel in dist/: make wheel-aarch64" >&2; exit 1; }
# pip takes the tags literally: a wheel for an older glibc fits as well, but only if its tag is listed.
fits=()
for tag in manylinux_2_28 manylinux_2_27 manylinux_2_26 manylinux_2_24 manylinux_2_17 manylinux2014; do
  fits+=(--platform "${tag}_aarch64")
done
rm -rf "$site"
"$work/venv/bin/pip" install --quiet --target "$site" "${fits[@]}" --python-version 3.11 --implementation cp \
  --only-binary=:all: "${wheels[-1]}" 'pytest>=8' 'pytest-timeout>=2.3' 'hypothesis>=6.100'

for cpu in cortex-a53 cortex-a76; do
  echo "== $cpu"
  # Named as the interpreter (-0), so that a test that starts sys.executable gets qemu again, with the same processor.
  run=$python/usr/bin/python-$cpu
  cat > "$run" <<SCRIPT
#!/bin/sh
exec $(command -v qemu-aarch64-static) -cpu $cpu -0 "\$0" -L "$python" "$python/usr/bin/python3.11" "\$@"
SCRIPT
  chmod +x "$run"
  timeout 60 "$run" -c 'import platform, sanderling, sanderling._core as core
print(platform.machine(), sanderling.__file__, core.kernels())'
  timeout 600 "$run" -m pytest -q -p no:cacheprovider "$@"
done
