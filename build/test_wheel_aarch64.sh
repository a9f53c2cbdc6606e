#!/usr/bin/env bash
# The aarch64 wheel from dist/, installed with its dependencies from the package index and used under qemu, on cortex-a53
# (NEON only) and cortex-a76 (dotprod), both at once. Python is Debian's for arm64. qemu says nothing about speed.
# Arguments are passed to pytest in place of the tests below.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/aarch64.sh
arm_rust
arm_tool maturin 'maturin>=1.12.1,<2'
arm_python
arm_install embed,prebuilt,documents,json 'pytest>=8' 'pytest-timeout>=2.3' 'hypothesis>=6.120'

# Left out, for minutes each: tests that start Python by the dozen (bad input, kills), damaged files and their repair, media
# that are mounted, training and labels, and what reads texts. They are about files, processes, letters and numpy, where
# this processor is like any other, and run natively.
[ $# -gt 0 ] || set -- tests/seam tests/memory tests/router tests/device tests/cli/test_commands.py \
  --ignore tests/memory/test_torture.py --ignore tests/memory/test_crash.py --ignore tests/memory/upkeep/test_repair.py \
  --ignore tests/memory/test_damaged_values.py --ignore tests/memory/store/test_schema_check.py \
  --ignore tests/memory/test_read_only.py --ignore tests/memory/test_lost_file.py --ignore tests/memory/store/test_erasure.py \
  --ignore tests/memory/upkeep/test_tidy.py --ignore tests/memory/retrieve/test_postings.py --ignore tests/memory/retrieve/training \
  --ignore tests/memory/read --ignore tests/memory/files --ignore tests/memory/exchange \
  --ignore tests/memory/ingest/test_watch.py --ignore tests/memory/upkeep/test_reembed.py \
  --ignore tests/memory/retrieve/test_other_languages.py --ignore tests/memory/learn \
  --deselect tests/memory/link/test_link.py::test_neighbours_are_those_of_one_moment_whatever_another_process_removes \
  --ignore tests/router/training --ignore tests/router/test_export.py --ignore tests/router/labels/test_labels.py

waiting=()
for cpu in cortex-a53 cortex-a76; do
  arm_machine "$cpu"
  timeout 60 "$run" -c 'import platform, sanderling, sanderling._core as core
print(platform.machine(), sanderling.__file__, core.kernels())'
  timeout 900 "$run" -m pytest -q -p no:cacheprovider --hypothesis-profile emulated -m 'not model' "$@" > "$work/$cpu.log" 2>&1 &
  waiting+=("$cpu" $!)
done
failed=0
set -- "${waiting[@]}"
while [ $# -gt 0 ]; do
  wait "$2" || failed=1
  echo "== $1"
  tail -n 25 "$work/$1.log"
  shift 2
done
exit $failed
