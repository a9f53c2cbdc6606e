#!/usr/bin/env bash
# A real question from end to end on aarch64 under qemu: notes embedded by onnxruntime, searched by the index, answered by
# SmolLM2 in the engine's worker process; all of it from wheels for ARM. Our own engine answers on an old processor, on one
# with dotprod and on one with all, each time with the kernels made for it; xllamacpp, which has only one kind, on one of
# them. Some minutes each; qemu says nothing about speed.
# Needs the aarch64 wheels in dist/ and dist/engine/ and the two models: `make arm-e2e` brings all. Arguments: processors,
# in place of the three.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/aarch64.sh
engines=(dist/engine/*_aarch64.whl)
[ -f "${engines[0]}" ] || { echo "no aarch64 wheel in dist/engine/: make engine-aarch64" >&2; exit 1; }
arm_rust
arm_tool maturin 'maturin>=1.12.1,<2'
arm_python
arm_install embed,prebuilt "${engines[-1]}"
unset PYTHONPATH # the package comes from the wheel
[ $# -gt 0 ] || set -- cortex-a53 cortex-a76 max

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
# The models of this machine, and nothing else of its data folder; copied, since the embedder keeps its graph beside itself.
arm_machine cortex-a76
models=$("$run" -c 'from sanderling import config; print(config.home() / "models")')
for model in minilm-l6-v2-dynamic smollm2-135m; do
  [ -d "$models/$model" ] || { echo "no $model in $models: make models" >&2; exit 1; }
  mkdir -p "$made/home/models/$model"
  cp "$models/$model"/* "$made/home/models/$model/"
done
# One batch of the prompt takes a minute here.
echo 'stall_timeout_s = 1800.0' > "$made/home/config.toml"
chmod 700 "$made/home"
mkdir "$made/notes"
printf '# Feed pump\n\nThe feed pump of the station is repaired by Ada Lind.\n' > "$made/notes/pump.md"
printf '# Kitchen\n\nOn Fridays the kitchen serves lentil soup.\n' > "$made/notes/kitchen.md"

export SANDERLING_HOME="$made/home" OMP_NUM_THREADS=1
step() { printf '== %s: %s (%ss)\n' "$cpu" "$1" "$SECONDS"; }

# ask ENGINE: the question on $cpu, and what must hold whatever the model says: it spoke, the right note was found and
# given to it, on this processor, with this engine and the kernels that belong to both.
ask() {
  step "ask, $1"
  timeout 1800 "$run" -m sanderling ask 'Who repairs the feed pump?' -m "$made/$cpu" --engine "$1" --no-cache \
    --model smollm2-135m --threads 1 --max-tokens 12 --json > "$made/answer.json"
  PYTHONPATH=build/engine "$run" - "$made/answer.json" "$1" "$cpu" <<'CHECK'
import json, platform, sys
from sanderling.telemetry.store import TelemetryStore
from under_qemu import EXPECTED
path, engine, cpu = sys.argv[1:]
answer = json.load(open(path, encoding="utf-8"))
with TelemetryStore() as log:
    (row,) = log.tail(1)
said, titles = row.versions.engine, [source["title"] for source in answer["sources"]]
print(platform.machine(), said, repr(answer["text"]), titles, answer["timings_ms"])
assert platform.machine() == "aarch64"
assert row.request_id == answer["request_id"] and said.split()[0] == engine
assert engine == "xllamacpp" or said.endswith(f"+{EXPECTED[cpu]}"), f"{EXPECTED[cpu]} were expected"
assert answer["tokens"]["completion"] > 0 and answer["text"].strip()
assert titles[0] == "Feed pump"
CHECK
}

for cpu; do
  arm_machine "$cpu"
  step ingest
  timeout 600 "$run" -m sanderling ingest "$made/notes" -m "$made/$cpu"
  # Also what `auto` means where both are installed.
  step doctor
  timeout 1800 "$run" -m sanderling doctor -m "$made/$cpu" --json > "$made/doctor.json" || { cat "$made/doctor.json"; exit 1; }
  PYTHONPATH=build/engine "$run" - "$made/doctor.json" "$cpu" <<'CHECK'
import json, sys
from under_qemu import EXPECTED
path, cpu = sys.argv[1:]
found = {each["part"]: each for each in json.load(open(path, encoding="utf-8"))}
print(found["core"]["message"], found["profile"]["message"], found["engine"]["message"], sep="\n")
assert found["engine"]["status"] == "ok"
assert f"+{EXPECTED[cpu]}" in found["engine"]["message"], f"{EXPECTED[cpu]} were expected"
CHECK
  ask sanderling_engine
  # The engine of the extra `prebuilt`, on one: it is the same on all.
  [ "$cpu" != cortex-a76 ] || ask xllamacpp
done
step done
