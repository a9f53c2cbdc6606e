#!/usr/bin/env bash
# A real question from end to end on aarch64 under qemu: notes embedded by onnxruntime, searched by the index, answered by
# SmolLM2 in xllamacpp's worker process; all of it from wheels for ARM. Some minutes; qemu says nothing about speed.
# Needs the aarch64 wheel in dist/ and the two models: `make arm-e2e` brings both.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/aarch64.sh
arm_rust
arm_tool maturin 'maturin>=1.12.1,<2'
arm_python
arm_install embed,prebuilt
arm_machine cortex-a76

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
# The models of this machine, and nothing else of its data folder.
models=$("$run" -c 'from sanderling import config; print(config.home() / "models")')
[ -d "$models/smollm2-135m" ] || { echo "no models in $models: make models" >&2; exit 1; }
mkdir -p "$made/home" "$made/notes"
ln -s "$models" "$made/home/models"
# One batch of the prompt takes a minute here.
echo 'stall_timeout_s = 1800.0' > "$made/home/config.toml"
printf '# Feed pump\n\nThe feed pump of the station is repaired by Ada Lind.\n' > "$made/notes/pump.md"
printf '# Kitchen\n\nOn Fridays the kitchen serves lentil soup.\n' > "$made/notes/kitchen.md"

export SANDERLING_HOME="$made/home" OMP_NUM_THREADS=1
step() { printf '== %s (%ss)\n' "$1" "$SECONDS"; }
step ingest
timeout 600 "$run" -m sanderling ingest "$made/notes" -m "$made/memory"
step ask
timeout 1800 "$run" -m sanderling ask 'Who repairs the feed pump?' -m "$made/memory" \
  --model smollm2-135m --threads 1 --max-tokens 12 --json > "$made/answer.json"
step answer
# What must hold whatever the model says: it spoke, the right note was found and given to it, on this processor.
"$run" - "$made/answer.json" <<'CHECK'
import json, platform, sys
answer = json.load(open(sys.argv[1], encoding="utf-8"))
print(platform.machine(), repr(answer["text"]), [source["title"] for source in answer["sources"]], answer["timings_ms"])
assert platform.machine() == "aarch64"
assert answer["tokens"]["completion"] > 0 and answer["text"].strip()
assert answer["sources"][0]["title"] == "Feed pump"
CHECK
step done
