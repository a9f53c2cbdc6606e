#!/usr/bin/env bash
# The manylinux wheel of x86-64 in an empty environment: tests/seam.
set -euo pipefail
cd "$(dirname "$0")/../.."
. build/release/tools.sh
[ "$(uname -m)" = x86_64 ] || not_run "needs x86-64"
wheels=("$release"/dist/*-manylinux_2_28_x86_64.whl)
[ -f "${wheels[0]}" ] || not_run "no wheel: build/release/manylinux.sh makes it"
rm -rf "$release/seam"
python3 -m venv "$release/seam"
"$release/seam/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: "${wheels[-1]}" \
  'pytest>=8' 'pytest-timeout>=2.3' 'hypothesis>=6.100'
unset PYTHONPATH
OMP_NUM_THREADS=1 "$release/seam/bin/python" -m pytest -q -p no:cacheprovider tests/seam
