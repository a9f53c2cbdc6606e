#!/usr/bin/env bash
# The chat templates and vocabularies in llama-cpp-python's source archive, into target/templates, for
# tests/models/chat. The archive is the one that build/engine.sh builds from, by its hash.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD/build/engine work=$PWD/target/templates
stamp=$(sha256sum < "$here/source.txt")
if [ "$(cat "$work/stamp" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$work"
  mkdir -p "$work/download"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --no-binary llama-cpp-python --require-hashes \
    -r "$here/source.txt" -d "$work/download"
  tar -xzf "$work"/download/*.tar.gz -C "$work" --strip-components=4 --wildcards '*/vendor/llama.cpp/models/*'
  rm -rf "$work/download"
  echo "$stamp" > "$work/stamp"
fi
ls "$work/templates" | wc -l
