#!/usr/bin/env bash
# The source distribution from dist/ built the way pip does where no wheel fits, as on Termux: by the build backend, without
# a network, and without asking for a manylinux tag. pip and maturin are those of .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
sources=(dist/*.tar.gz)
[ -f "${sources[0]}" ] || { echo "no source distribution in dist/: make wheel" >&2; exit 1; }
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

. build/offline.sh
offline python -m pip wheel --quiet --no-index --no-deps --no-build-isolation --wheel-dir "$made" "${sources[-1]}"
# Any tag but manylinux: pip's own builds are for the machine they run on.
ls "$made"
[ "$(uname -s)" != Linux ] || [ -n "$(find "$made" -name '*-linux_*.whl')" ]
python build/check_wheel.py "$made"/*.whl
