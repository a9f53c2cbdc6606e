#!/usr/bin/env bash
# The wheel of this machine and the source distribution, into dist/. Only a wheel that passed its check gets there.
# maturin is taken from .venv (`make` puts it there) or from the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

. build/offline.sh
# The wheel is built from the unpacked source distribution, so that one is proved to be whole as well.
offline maturin build --release --locked --sdist --out "$made"
python3 build/check_wheel.py "$made"/*.whl
mkdir -p dist
mv "$made"/* dist/
ls -l dist
