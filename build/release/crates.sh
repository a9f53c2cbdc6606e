#!/usr/bin/env bash
# What deny.toml says about the crates, without a network. cargo-deny is taken from the PATH, or built by cargo the first
# time, some ten minutes; SANDERLING_NO_CARGO_DENY=1 does not build it.
set -euo pipefail
cd "$(dirname "$0")/../.."
. build/release/tools.sh
PATH=$PATH:$release/cargo/bin
if ! command -v cargo-deny >/dev/null; then
  [ -z "${SANDERLING_NO_CARGO_DENY:-}" ] || not_run "cargo-deny is not here, and SANDERLING_NO_CARGO_DENY is set"
  # Unoptimised: it runs for a second and compiles for minutes. What it would look advisories up with is left out.
  CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=$release/cargo-deny cargo install --quiet --debug --locked \
    --no-default-features --root "$release/cargo" --version '>=0.20,<0.21' cargo-deny
  rm -rf "$release/cargo-deny"
fi
cargo fetch --quiet --locked
cargo-deny --offline --locked --workspace check --hide-inclusion-graph bans licenses sources
