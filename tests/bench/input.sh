# shellcheck shell=bash
# Part of scripts/bench: how fast input is read, and in how much memory. BATCHCTL_BENCH_BYTES: of each file (2 GB).

input_bytes=${BATCHCTL_BENCH_BYTES:-2000000000}

# `input_lines KIND BYTES`: lines of so many bytes each, until there are input_bytes of them. Their text differs from
# line to line, so that no cache is flattered.
input_lines() {
  python3 - "$1" "$2" "$input_bytes" <<'PYTHON'
import sys
kind, size, total = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
words = ("the quick brown fox jumps over lazy dogs while seven wizards brew potions near ancient castles and "
         "caf\u00e9s, \\\"quoted\\\" words, 2026 numbers, \\n new lines").split(" ")
texts = []
for salt in range(97):
    text = " ".join(words[(salt * 31 + i * i + i) % len(words)] for i in range(size // 5))
    texts.append(text)
shapes = {
    "gemini": ('{"key":"q-%d","request":{"contents":[{"role":"user","parts":[{"text":"', '"}]}],"generationConfig":{"temperature":0.5}}}\n'),
    "qa": ('{"id":"q-%d","question":"', '","answer":"Forty-two."}\n'),
}
head, tail = shapes[kind]
written, line, out = 0, 0, []
while written < total:
    start = head % line
    text = texts[line % 97].encode()[: size - len(start) - len(tail)]
    text = text[: text.rfind(b" ")]
    row = start.encode() + text + tail.encode()
    out.append(row)
    written += len(row)
    line += 1
    if len(out) == 1000:
        sys.stdout.buffer.write(b"".join(out))
        out = []
sys.stdout.buffer.write(b"".join(out))
PYTHON
}

python_loop='import json, sys
for line in open(sys.argv[1], "rb"):
    json.loads(line)'
# What a script does that makes the bodies and knows its input again.
python_same_work='import hashlib, json, sys
body, source = hashlib.sha256(), hashlib.sha256()
for index, line in enumerate(open(sys.argv[1], "rb")):
    source.update(line)
    record = json.loads(line)
    request = record.get("request") or {"contents": [{"role": "user", "parts": [{"text": record["question"]}]}]}
    body.update((json.dumps({"key": f"r{index}", "request": request}, ensure_ascii=False) + "\n").encode())'
node_loop='require("readline").createInterface({input: require("fs").createReadStream(process.argv[1])})
  .on("line", line => JSON.parse(line))'

# `input_rate NAME FILE COMMAND...`: the best GB/s, the share of a processor and the peak memory of a command.
input_rate() {
  local name=$1 bytes run
  bytes=$(stat -c %s "$2")
  shift 2
  for ((run = 0; run < runs; run++)); do
    /usr/bin/time -f '%e %U %S %M' -o "$home/time" -a "$@" >"$home/out" 2>&1 || { cat "$home/out" >&2; exit 1; }
  done
  # The fastest run; a plan of several chunks says nothing on the last line but its four figures.
  sort -n "$home/time" | head -n 1 | {
    local wall user system memory
    read -r wall user system memory
    figure "input.$name" "$(awk -v b="$bytes" -v w="$wall" 'BEGIN { printf "%.2f", b / w / 1e9 }')" \
      "GB/s, $(awk -v u="$user" -v s="$system" -v w="$wall" 'BEGIN { printf "%.2f", (u + s) / w }') processors, $((memory / 1024)) MiB"
  }
  rm -f "$home/time"
}

bench_input() {
  cmake --build --preset release --parallel "$(nproc)" --target batchctl >&2
  home=$(mktemp -d "${TMPDIR:-/tmp}/batchctl-bench-XXXXXX")
  trap 'rm -rf "$home"' EXIT
  export BATCHCTL_STATE=$home/state.db
  local kind size name
  for name in gemini:30000 gemini:500 qa:30000 qa:500; do
    kind=${name%:*} size=${name#*:}
    input_lines "$kind" "$size" >"$home/lines.jsonl"
    name=${kind}_of_${size}_B
    input_rate "$name.wc" "$home/lines.jsonl" wc -l "$home/lines.jsonl"
    input_rate "$name.openssl_sha256" "$home/lines.jsonl" openssl dgst -sha256 "$home/lines.jsonl"
    input_rate "$name.plan" "$home/lines.jsonl" "$batchctl" plan "$home/lines.jsonl" --tier 3 --no-calibrate
    input_rate "$name.python" "$home/lines.jsonl" python3 -c "$python_loop" "$home/lines.jsonl"
    input_rate "$name.python_same_work" "$home/lines.jsonl" python3 -c "$python_same_work" "$home/lines.jsonl"
    input_rate "$name.node" "$home/lines.jsonl" node -e "$node_loop" "$home/lines.jsonl"
  done
}
