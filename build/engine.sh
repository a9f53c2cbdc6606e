#!/usr/bin/env bash
# The engine's wheel: llama.cpp with kernels for each kind of CPU, chosen when it is loaded. build/engine.sh [ARCH], where
# ARCH is x86_64 or aarch64 and this machine's otherwise; the wheel goes into dist/engine/, and only one that passed its checks.
#
# About ten minutes on two cores the first time. The source, the tools and the objects stay in target/engine/; nothing is
# installed. Any Linux on x86_64 or aarch64 builds both: zig has headers and libraries of every target.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD/build/engine
work=${SANDERLING_ENGINE_DIR:-$PWD/target/engine}
export ENGINE_ARCH=${1:-$(uname -m)}
case $ENGINE_ARCH in x86_64|aarch64) ;; *) echo "no recipe for $ENGINE_ARCH: x86_64 or aarch64" >&2; exit 1 ;; esac
export ENGINE_TARGET=$ENGINE_ARCH-linux-gnu.2.28 ENGINE_TOOLS=$work/tools ENGINE_ZIG=$work/venv/bin/python-zig
export ZIG_GLOBAL_CACHE_DIR=$work/zig-cache ZIG_LOCAL_CACHE_DIR=$work/zig-cache
for command in patch llvm-objdump; do
  command -v $command >/dev/null || { echo "the build needs $command: install patch and llvm" >&2; exit 1; }
done
mkdir -p "$work" "$ENGINE_TOOLS"

# Tools, each version its own: a changed list makes a new environment.
if ! cmp -s "$here/tools.txt" "$work/venv/tools.txt"; then
  rm -rf "$work/venv"
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/tools.txt"
  printf '#!/bin/sh\nexec "%s" -m ziglang "$@"\n' "$work/venv/bin/python" > "$ENGINE_ZIG"
  chmod +x "$ENGINE_ZIG"
  cp "$here/tools.txt" "$work/venv/tools.txt"
fi
for name in cc c++ ar ranlib; do ln -sf "$here/zig.sh" "$ENGINE_TOOLS/zig-$name"; done
PATH=$work/venv/bin:$PATH

# Objects of another source or other tools are not used: the archive's files all have one old time, so ninja would take a
# changed one for the same. A header of ours is copied, and newer.
made_of=$(cat "$here/source.txt" "$here"/*.patch "$here/tools.txt" "$here/zig.sh" | sha256sum)
if [ "$(cat "$work/objects" 2>/dev/null)" != "$made_of" ]; then
  rm -rf "$work/x86_64" "$work/aarch64"
  echo "$made_of" > "$work/objects"
fi

# Source: pip compares the hash. It is unpacked and patched again whenever it, a patch or the header has changed.
stamp=$(cat "$here/source.txt" "$here"/*.patch "$here"/*.h | sha256sum)
if [ "$(cat "$work/source/stamp" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$work/source" "$work/download"
  mkdir -p "$work/source" "$work/download"
  pip download --quiet --disable-pip-version-check --no-deps --no-binary llama-cpp-python --require-hashes \
    -r "$here/source.txt" -d "$work/download"
  tar -xzf "$work"/download/*.tar.gz -C "$work/source" --strip-components=1
  cp "$here"/*.h "$work/source/vendor/llama.cpp/ggml/src/ggml-cpu/"
  for change in "$here"/*.patch; do
    patch --quiet --strip=1 --fuzz=0 --directory="$work/source/vendor/llama.cpp" < "$change"
  done
  echo "$stamp" > "$work/source/stamp"
fi

# No versioned names: a wheel holds no symbolic links. Hidden: llama.cpp marks what it exports, and libc++, which zig links
# statically into each library, stays inside. No OpenMP: our barrier takes its place.
flags='-ffunction-sections -fdata-sections' links='-s -Wl,--gc-sections'
cmake -S "$work/source/vendor/llama.cpp" -B "$work/$ENGINE_ARCH" -G Ninja --log-level=WARNING \
  -DCMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON \
  -DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON -DGGML_OPENMP=OFF -DGGML_CCACHE=OFF \
  -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF \
  -DLLAMA_BUILD_COMMON=OFF -DLLAMA_CURL=OFF \
  -DCMAKE_PLATFORM_NO_VERSIONED_SONAME=ON -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON -DCMAKE_INSTALL_RPATH='$ORIGIN' \
  -DCMAKE_C_VISIBILITY_PRESET=hidden -DCMAKE_CXX_VISIBILITY_PRESET=hidden -DCMAKE_VISIBILITY_INLINES_HIDDEN=ON \
  -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags" \
  -DCMAKE_SHARED_LINKER_FLAGS="$links" -DCMAKE_MODULE_LINKER_FLAGS="$links" \
  > "$work/$ENGINE_ARCH.configure.log"
ninja -C "$work/$ENGINE_ARCH" --quiet llama ggml

# Checks, then the wheel.
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
python3 "$here/check_kernels.py" "$ENGINE_ARCH" "$work/$ENGINE_ARCH/bin"
python3 "$here/pack.py" "$ENGINE_ARCH" "$work" "$made"
python3 "$here/check_wheel.py" "$made"/*.whl
mkdir -p dist/engine
rm -f dist/engine/*_"$ENGINE_ARCH".whl
mv "$made"/*.whl dist/engine/
ls -l dist/engine
