# shellcheck shell=bash
# Part of scripts/bench: how well a run keeps the quota filled.

quota_scale=${BATCHCTL_BENCH_SCALE:-1000}

# Records of about 1,400 tokens by the sandbox's count.
long_questions() {
  awk 'BEGIN {
    words = split("the quick brown fox jumps over lazy dogs while seven wizards brew potions near ancient castles", word, " ")
    for (record = 0; record < 15400; record++) {
      text = ""
      for (i = 0; i < 940; i++) text = text word[1 + (record * 7 + i * i) % words] " "
      printf "{\"id\":\"q%d\",\"question\":\"%snumber %d?\"}\n", record, text, record
    }
  }'
}

# Jobs are in use from the service's createTime to its endTime.
quota_figures() {
  sqlite3 -separator ' ' "$home/state.db" '
    WITH made AS (SELECT created_at AS made_at, ended_at, tokens_est AS tokens,
                         row_number() OVER (ORDER BY created_at) AS nth FROM job WHERE name IS NOT NULL),
      room AS (SELECT 3000000 / max(tokens) AS jobs FROM made),
      time AS (SELECT (SELECT made_at FROM made, room WHERE nth = room.jobs) AS full, max(made_at) AS last FROM made)
    SELECT room.jobs, cast(avg(tokens) AS int), (last - full) / 60000,
      round(sum(max(0, min(ended_at, last) - max(made_at, full))) * 1.0 / ((last - full) * room.jobs), 3)
    FROM made, room, time'
}

bench_quota() {
  cmake --build --preset release --parallel "$(nproc)" --target batchctl >&2
  start_sandbox --tier 1 --time-scale "$quota_scale"
  BATCHCTL_CLOCK=$(json_member clock <"$home/ready")
  export BATCHCTL_CLOCK GOOGLE_GEMINI_BASE_URL=$base GEMINI_API_KEY=bench.load BATCHCTL_STATE=$home/state.db
  long_questions >"$home/questions.jsonl"
  local exit=0
  "$batchctl" submit "$home/questions.jsonl" --chunk-records 100 --tier 1 --wait --quiet || exit=$?
  figure quota.exit_of_submit_wait "$exit" "(0: unattended to the end)"
  local chunks tokens time use
  read -r chunks tokens time use < <(quota_figures)
  figure quota.chunks_that_fit "$chunks" "of $tokens tokens each"
  figure quota.from_first_fill_to_last_create "$time" min
  figure quota.mean_use "$use" "of what whole chunks can fill"
  figure quota.refusals "$(ask "$base/__sandbox/ledger?summary=1" | json_member refusals)" creates
}
