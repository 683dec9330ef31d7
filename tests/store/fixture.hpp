// A store in memory with one run in it, and short ways to move its chunks.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "ports/store.hpp"
#include "store/open.hpp"
#include "store/sqlite_store.hpp"

namespace batchctl {

inline Instant at(std::int64_t s) { return from_unix_ms(1'700'000'000'000 + s * 1000); }

/// The code of the error that `body` ends with, which tells a person what to do; empty when it ends well.
inline std::string code_of(const std::function<void()>& body) {
  try {
    body();
    return "";
  } catch (const Fatal& fatal) {
    CAPTURE(fatal.what());
    CHECK(fatal.exit() == ExitCode::failed);
    CHECK(std::string(fatal.what()).find("state file") != std::string::npos);
    CHECK_FALSE(fatal.next().empty());
    return fatal.code();
  }
}

inline NewChunk base_chunk(int index, std::int64_t first_record, std::int64_t records) {
  NewChunk chunk;
  chunk.index = index;
  chunk.records = records;
  chunk.first_record = first_record;
  chunk.body_bytes = static_cast<std::uint64_t>(records) * 100;
  chunk.body_sha256 = std::string(64, 'a');
  chunk.tokens = records * 10;
  chunk.spans = {Span{first_record, records, first_record + 1, 0, static_cast<std::uint64_t>(first_record) * 50,
                      static_cast<std::uint64_t>(records) * 50}};
  return chunk;
}

inline Problem problem_of(std::int64_t record, RecordStatus status, const std::string& message = "words") {
  return Problem{record, status, 13, message, 0, 0};
}

struct Fixture {
  std::unique_ptr<Store> store;
  RunKey run;
  std::int64_t epoch = 0;

  /// One run of base chunks with these many records, scanned and driven.
  explicit Fixture(const std::vector<std::int64_t>& sizes = {10, 10, 10}, std::function<void()> before_commit = {})
      : store(open_store_in_memory(std::move(before_commit))) {
    run = add_run("qa", sizes);
  }

  RunKey add_run(const std::string& name, const std::vector<std::int64_t>& sizes) {
    std::vector<NewChunk> chunks;
    std::int64_t records = 0;
    for (const std::int64_t size : sizes) {
      chunks.push_back(base_chunk(static_cast<int>(chunks.size()), records, size));
      records += size;
    }
    return add_run(name, chunks, {}, records);
  }

  RunKey add_run(const std::string& name, const std::vector<NewChunk>& chunks, const std::vector<UnsentRecord>& unsent,
                 std::int64_t records) {
    RunKey key;
    store->write([&] {
      NewRun fresh;
      fresh.id = RunId{"id" + name};
      fresh.name = name;
      fresh.project = "project";
      fresh.created_at = at(0);
      key = store->add_run(fresh);
      store->add_chunks(key, chunks, records);
      store->add_unsent(key, unsent);
      Input input;
      input.records = records;
      store->finish_scan(key, {input}, "qa");
      epoch = store->begin_driving(key, DriverMark{1, "host", at(0)});
    });
    return key;
  }

  ChunkKey chunk(int index) { return store->chunk_at(run, index)->key; }
  ChunkState state(int index) { return store->chunk_at(run, index)->state; }
  Job job(JobKey key) { return store->job(key).value(); }

  SQLite::Database& database() { return dynamic_cast<store::SqliteStore&>(*store).connection().database(); }
  std::int64_t number(const std::string& sql) {
    SQLite::Statement statement(database(), sql);
    REQUIRE(statement.executeStep());
    return statement.getColumn(0).getInt64();
  }

  ChunkMove a_move(ChunkKey of, ChunkEvent event, JobKey of_job = {}) {
    ChunkMove move;
    move.run = run;
    move.epoch = epoch;
    move.chunk = of;
    move.from = store->chunk(of)->state;
    move.event = event;
    move.at = at(1);
    move.job = of_job;
    return move;
  }
  /// Inside of a write.
  ChunkState move(ChunkKey of, ChunkEvent event, JobKey of_job = {}) { return store->move(a_move(of, event, of_job)); }

  NewIntent an_intent(ChunkKey of, int attempt = 1, Instant when = at(1)) {
    NewIntent intent;
    intent.chunk = of;
    intent.attempt = attempt;
    intent.model = "gemini-x";
    intent.display_name = "bc/x";
    intent.tokens = 100;
    intent.intent_at = when;
    intent.epoch = epoch;
    return intent;
  }

  /// From planned to creating; inside of a write.
  JobKey begin_create(ChunkKey of, int attempt = 1) {
    if (store->chunk(of)->state == ChunkState::planned) {
      move(of, ChunkEvent::upload_started);
      move(of, ChunkEvent::upload_confirmed);
    }
    const JobKey key = store->add_intent(an_intent(of, attempt));
    move(of, ChunkEvent::intent_stored, key);
    return key;
  }
  /// From planned to submitted; inside of a write.
  JobKey submit(ChunkKey of, int attempt = 1) {
    const JobKey key = begin_create(of, attempt);
    store->name_job(key, JobName{"batches/" + std::to_string(key.value)}, JobOrigin::created);
    move(of, ChunkEvent::create_succeeded, key);
    return key;
  }
  /// From planned to done with this result; inside of a write.
  JobKey finish(ChunkKey of, const std::vector<Problem>& problems = {}) {
    const JobKey key = submit(of);
    move(of, ChunkEvent::job_ended, key);
    store->store_result(run, of, key, ResultSummary{}, problems, at(2));
    move(of, ChunkEvent::results_stored);
    return key;
  }
};

}  // namespace batchctl
