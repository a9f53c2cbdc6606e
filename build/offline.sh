# Sourced by the scripts that build: the crates are fetched, then `offline COMMAND...` builds without a network, so that a
# build step that downloads anything else fails here and not on the device of somebody without one.
cargo fetch --quiet --locked

offline() {
  # A network namespace of its own, with nothing in it; not every system lets one make it, and macOS has none.
  if unshare -rn true 2>/dev/null; then
    CARGO_NET_OFFLINE=true unshare -rn "$@"
  else
    CARGO_NET_OFFLINE=true "$@"
  fi
}
