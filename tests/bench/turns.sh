# shellcheck shell=bash
# Part of scripts/bench: what a decision costs among 20,000 chunks, and how many calls polling makes.

bench_turns() {
  cmake --build --preset release --parallel "$(nproc)" --target turns >&2
  local name value unit
  build/release/tests/bench/turns | while read -r name value unit; do figure "turns.$name" "$value" "$unit"; done
}
