# Sourced by the scripts beside it: the tools of tools.txt in an environment of their own, first on the PATH. A changed list
# makes a new one. Everything stays below $release; nothing is installed.
release=${SANDERLING_RELEASE_DIR:-$PWD/target/release-check}
export ZIG_GLOBAL_CACHE_DIR=$release/zig-cache ZIG_LOCAL_CACHE_DIR=$release/zig-cache
mkdir -p "$release/dist"
if ! cmp -s build/release/tools.txt "$release/venv/tools.txt"; then
  rm -rf "$release/venv"
  python3 -m venv "$release/venv"
  "$release/venv/bin/pip" install --quiet --disable-pip-version-check -r build/release/tools.txt
  cp build/release/tools.txt "$release/venv/tools.txt"
fi
PATH=$release/venv/bin:$PATH

# What a command may end with that could not do its work here, after saying why: automake's code of a test left out.
not_run() { echo "$1"; exit 77; }
