#!/usr/bin/env bash
# What a user gets beside us: a wheel with the extra `all` in an empty environment, its bill of materials in CycloneDX, and
# the audit. build/release/packages.sh bill|audit WHEEL; the bill goes into target/release-check/dist.
set -euo pipefail
cd "$(dirname "$0")/../.."
. build/release/tools.sh
wheel=$2
unset PYTHONPATH
[ -f "$wheel" ] || not_run "no wheel to install: make wheel"
users=$release/users
if [ ! -f "$users/ready" ] || [ "$wheel" -nt "$users/ready" ]; then
  rm -rf "$users"
  python3 -m venv "$users"
  "$users/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: "$wheel[all]"
  touch "$users/ready"
fi
case $1 in
  bill)
    bill=$release/dist/sanderling-packages.cyclonedx.json
    cyclonedx-py environment --output-reproducible --of JSON -o "$bill" "$users/bin/python"
    python3 -c 'import json, sys
parts = json.load(open(sys.argv[1], encoding="utf-8"))["components"]
names = {part["name"] for part in parts}
assert {"numpy", "onnxruntime", "sanderling"} <= names, sorted(names)
print(len(parts), "packages, with versions and licences, in", sys.argv[1].rpartition("/")[2])' "$bill" ;;
  audit) python3 build/release/audit.py "$users/bin/python" ;;
  *) echo "bill or audit, not $1" >&2; exit 2 ;;
esac
