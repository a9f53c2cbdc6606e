#!/usr/bin/env bash
# All Python tests, several files at once. A few failures are asked again, alone: a test that waits for a real clock, process
# or browser can fail beside others on a shared machine, and one that is broken fails again. Those that passed are named.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python most=5
status=0
"$python" -m pytest --numprocesses "${WORKERS:-2}" --dist loadfile "$@" || status=$?
[ "$status" = 1 ] || exit "$status" # all passed, or there is something else wrong than a test
mapfile -t failed < <("$python" -c 'import json; print(*json.load(open(".pytest_cache/v/cache/lastfailed")), sep="\n")')
[ "${#failed[@]}" -gt 0 ] && [ "${#failed[@]}" -le "$most" ] || exit 1
"$python" -m pytest "${failed[@]}"
printf 'failed beside other tests and passed alone: %s\n' "${failed[@]}"
