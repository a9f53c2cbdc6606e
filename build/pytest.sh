#!/usr/bin/env bash
# All Python tests, several files at once. A few failures are asked again, alone: a test that waits for a real clock, process
# or browser can fail beside others on a shared machine, and one that is broken fails again. Those that passed are named.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python most=5
cache=$(mktemp -d) # of this run alone: pytest's own holds failures of earlier ones
trap 'rm -rf "$cache"' EXIT
status=0
"$python" -m pytest -o cache_dir="$cache" --numprocesses "${WORKERS:-2}" --dist loadfile || status=$?
[ "$status" = 1 ] || exit "$status" # all passed, or there is something else wrong than a test
read_failed='import json, sys; [print(each) for each in json.load(open(sys.argv[1] + "/v/cache/lastfailed"))]'
mapfile -t failed < <("$python" -c "$read_failed" "$cache")
[ "${#failed[@]}" -gt 0 ] && [ "${#failed[@]}" -le "$most" ] || exit 1
"$python" -m pytest "${failed[@]}"
printf 'failed beside other tests and passed alone: %s\n' "${failed[@]}"
