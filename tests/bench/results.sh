# shellcheck shell=bash
# Part of scripts/bench: how fast results come home and are merged, and in how much memory. BATCHCTL_BENCH_BYTES: of the
# results (2 GB); the merged lines hold their questions too, so files of four times that are there at the end.

results_bytes=${BATCHCTL_BENCH_BYTES:-2000000000}

# Questions of 30 KB; the sandbox's answers repeat them.
large_questions() {
  python3 - "$results_bytes" <<'PYTHON'
import sys
total, size = int(sys.argv[1]), 30000
words = ("the quick brown fox jumps over lazy dogs while seven wizards brew potions near ancient castles and "
         "caf\u00e9s, \\\"quoted\\\" words, 2026 numbers, \\n new lines").split(" ")
texts = [" ".join(words[(salt * 31 + i * i + i) % len(words)] for i in range(size // 5)).encode()[: size - 50]
         for salt in range(97)]
texts = [text[: text.rfind(b" ")] for text in texts]
for line in range(total // size):
    sys.stdout.buffer.write(b'{"id":"q-%d","question":"%s %d?"}\n' % (line, texts[line % 97], line))
PYTHON
}

# `timed NAME BYTES COMMAND...`: its rate, the share of a processor and its peak memory.
timed() {
  local name=$1 bytes=$2
  shift 2
  /usr/bin/time -f '%e %U %S %M' -o "$home/time" "$@" >"$home/out" 2>&1 || { cat "$home/out" >&2; exit 1; }
  local wall user system memory
  read -r wall user system memory <"$home/time"
  figure "results.$name" "$(awk -v b="$bytes" -v w="$wall" 'BEGIN { printf "%.0f", b / w / 1e6 }')" \
    "MB/s, $(awk -v u="$user" -v s="$system" -v w="$wall" 'BEGIN { printf "%.2f", (u + s) / w }') processors, $((memory / 1024)) MiB"
}

# A curl configuration that fetches every output, one after another over one connection.
fetch_list() {
  mkdir -p "$home/curl"
  sqlite3 "$home/state.db" "SELECT name FROM job WHERE name IS NOT NULL" | while read -r job; do
    ask "$base/v1beta/$job" | json_member responsesFile
  done | awk -v base="$base" -v to="$home/curl" '{
    if (NR > 1) print "next"
    printf "url = \"%s/download/v1beta/%s:download?alt=media\"\nheader = \"x-goog-api-key: bench.load\"\n", base, $0
    printf "output = \"%s/%d\"\nsilent\nshow-error\nfail\n", to, NR }'
}

bench_results() {
  cmake --build --preset release --parallel "$(nproc)" --target batchctl >&2
  start_sandbox --time-scale 1000 --running 4h
  ask -o "$home/answer" -X POST -d '{"quotas": []}' "$base/__sandbox/scenario"
  BATCHCTL_CLOCK=$(json_member clock <"$home/ready")
  export BATCHCTL_CLOCK GOOGLE_GEMINI_BASE_URL=$base GEMINI_API_KEY=bench.load BATCHCTL_STATE=$home/state.db
  large_questions >"$home/questions.jsonl"
  "$batchctl" submit "$home/questions.jsonl" --chunk-records 3000 --chunk-tokens 100000000 --enqueued-tokens 100000000000 \
    --group-delay 0s --remote-cleanup none --yes --quiet
  sleep 19 # 5.3 h of this clock: the jobs have ended
  "$batchctl" status >/dev/null
  fetch_list >"$home/fetches"
  curl -K "$home/fetches" # the sandbox writes an output when it is first asked for
  local bytes
  bytes=$(cat "$home"/curl/* | wc -c)
  timed curl "$bytes" curl -K "$home/fetches"
  timed cp "$bytes" cp -r "$home/curl" "$home/copies"
  rm -rf "$home/copies" "$home/curl"
  timed fetch "$bytes" "$batchctl" resume --quiet
  timed merge "$bytes" "$batchctl" download --output "$home/results.jsonl" --quiet
  figure results.merged "$(cat "$home"/results*.jsonl | wc -c | awk -v b="$bytes" '{ printf "%.2f", $1 / b }')" "bytes written for each that was fetched"
}
