#!/usr/bin/env bash
# zig as the four tools that CMake looks for, by the name under which it is called: zig-cc, zig-c++, zig-ar, zig-ranlib.
# `zig cc` takes -march for the name of a CPU: ggml's armv8.2-a+dotprod becomes generic+v8_2a+dotprod. x86 needs nothing.
set -euo pipefail
tool=${0##*/zig-}
case $tool in ar|ranlib) exec "$ENGINE_ZIG" "$tool" "$@" ;; esac
arguments=()
for argument in "$@"; do
  if [[ $argument =~ ^-march=armv([0-9]+)(\.([0-9]+))?-a(.*)$ ]]; then
    features=${BASH_REMATCH[4]//+fp16/+fullfp16}
    argument=-mcpu=generic+v${BASH_REMATCH[1]}${BASH_REMATCH[3]:+_${BASH_REMATCH[3]}}a$features
  fi
  arguments+=("$argument")
done
exec "$ENGINE_ZIG" "$tool" -target "$ENGINE_TARGET" "${arguments[@]}"
