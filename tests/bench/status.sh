# shellcheck shell=bash
# Part of scripts/bench: what a look at a run of 10,000 chunks costs, beside sqlite3 counting the same rows.

# Milliseconds of the quickest of ten, of the command.
quickest_ms() {
  local best=999999 begin took i
  for ((i = 0; i < 10; i++)); do
    begin=${EPOCHREALTIME/[.,]/}
    "$@" >/dev/null
    took=$((${EPOCHREALTIME/[.,]/} - begin))
    ((took >= best)) || best=$took
  done
  awk -v us="$best" 'BEGIN { printf "%.1f\n", us / 1000 }'
}

bench_status() {
  cmake --build --preset release --parallel "$(nproc)" --target batchctl >&2
  start_sandbox --pending 1000h
  seq 10000 | sed 's/.*/{"id": "&", "question": "Why is question & here?"}/' >"$home/many.jsonl"
  local state=(--state "$home/many.db")
  GEMINI_API_KEY=bench.load GOOGLE_GEMINI_BASE_URL=$base "$batchctl" "${state[@]}" --quiet submit "$home/many.jsonl" \
    --chunk-records 1 --max-jobs 20 --group-delay 0s --patience 1s --no-calibrate || (($? == 75))
  figure status.offline_of_10000_chunks "$(quickest_ms "$batchctl" "${state[@]}" status --offline)" ms
  figure status.offline_json_of_10000_chunks "$(quickest_ms "$batchctl" "${state[@]}" status --offline --json)" ms
  figure status.version_alone "$(quickest_ms "$batchctl" --version)" ms
  figure status.sqlite3_on_the_same_rows "$(quickest_ms sqlite3 "$home/many.db" \
    'SELECT state, count(*) FROM chunk GROUP BY state; SELECT observed_state, count(*) FROM job GROUP BY 1;
     SELECT count(*) FROM problem; SELECT sum(tokens_est), sum(records) FROM chunk')" ms
}
