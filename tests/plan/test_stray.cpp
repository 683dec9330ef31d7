// Whose a job is that carries the run's mark although no row knows its name.
#include <doctest/doctest.h>

#include "plan/stray.hpp"

using namespace batchctl;
using plan::Stray;

namespace {

const RunId kRun{"abcdefghijkl"};
const std::string kHash = "0123456789abcdef0123456789abcdef";
const Instant kIntentAt = from_unix_ms(1'800'000'000'000);
const Duration kWindow = seconds{200};

struct Case {
  Chunk chunk;
  Observation seen;
  std::vector<plan::Intent> intents;
  std::optional<Instant> made_at = kIntentAt + seconds{10};
  bool is_our_file = true;

  Case() {
    chunk.index = 7;
    chunk.body_sha256 = kHash;
    chunk.state = ChunkState::uploaded;
    seen.name = JobName{"batches/stray"};
    seen.input = RemoteFileName{"files/bc-1"};
    told(1);
    seen.display_name = intents.back().job.display_name;
  }
  /// An intent of this attempt that came to nothing.
  plan::Intent& told(int attempt) {
    plan::Intent intent;
    intent.job.attempt = attempt;
    intent.job.display_name = job_display_name(kRun, 7, attempt, kHash);
    intent.job.intent_at = kIntentAt;
    intent.job.hold = Hold::none;
    intent.file = RemoteFileName{"files/bc-1"};
    intents.push_back(intent);
    return intents.back();
  }
  Stray judged() const {
    const auto mark = job_mark_of(seen.display_name);
    REQUIRE(mark.has_value());
    return plan::judge_stray(seen, made_at, *mark, {chunk, intents, is_our_file, kWindow, seconds{5}});
  }
};

}  // namespace

TEST_CASE("a job made for an intent that seemed to have come to nothing is taken by its chunk") {
  Case c;
  SUBCASE("in its window") {}
  SUBCASE("later than the window: creating once more would pay twice") { c.made_at = kIntentAt + hours{3}; }
  SUBCASE("made at an unknown time") { c.made_at.reset(); }
  SUBCASE("the chunk is to be uploaded anew") { c.chunk.state = ChunkState::planned; }
  SUBCASE("made from a later generation of our file, by another copy") { c.seen.input = RemoteFileName{"files/bc-2"}; }
  CHECK(c.judged() == Stray::ours);
}

TEST_CASE("a job beside the recorded one is a duplicate only when it was made in an intent's window") {
  Case c;
  c.intents.back().job.name = JobName{"batches/recorded"};
  c.chunk.state = ChunkState::submitted;
  CHECK(c.judged() == Stray::duplicate);
  SUBCASE("before the intent") { c.made_at = kIntentAt - seconds{6}; }
  SUBCASE("after the window") { c.made_at = kIntentAt + kWindow + seconds{6}; }
  SUBCASE("the service does not say when") { c.made_at.reset(); }
  SUBCASE("it was made from another file") { c.seen.input = RemoteFileName{"files/other"}; }
  CHECK(c.judged() == Stray::foreign);
}

TEST_CASE("the recorded job's own time counts, whatever our clock was set to in between") {
  Case c;
  c.intents.back().job.name = JobName{"batches/recorded"};
  c.intents.back().job.created_at = kIntentAt + hours{7};
  c.chunk.state = ChunkState::submitted;
  c.seen.created_at = kIntentAt + hours{7} + seconds{2};
  CHECK(c.judged() == Stray::duplicate);
  c.seen.created_at = kIntentAt + hours{7} + kWindow + seconds{1};
  CHECK(c.judged() == Stray::foreign);
}

TEST_CASE("the window's ends belong to it") {
  Case c;
  c.intents.back().job.name = JobName{"batches/recorded"};
  c.chunk.state = ChunkState::done;
  SUBCASE("first") { c.made_at = kIntentAt - seconds{5}; }
  SUBCASE("last") { c.made_at = kIntentAt + kWindow + seconds{5}; }
  CHECK(c.judged() == Stray::duplicate);
}

TEST_CASE("while an intent of the name is open, its own finding out decides") {
  Case c;
  c.intents.back().job.hold = Hold::unknown;
  c.chunk.state = ChunkState::reconciling;
  CHECK(c.judged() == Stray::awaited);
}

TEST_CASE("a chunk that rests takes no job: one made for its intent is a duplicate") {
  Case c;
  c.chunk.state = ChunkState::cancelled;
  CHECK(c.judged() == Stray::duplicate);
}

TEST_CASE("the job that a chunk would still create, of which no intent tells, means that this database is older") {
  Case c;
  SUBCASE("nothing was ever begun for the chunk") {
    c.intents.clear();
    c.chunk.state = ChunkState::planned;
  }
  SUBCASE("the next attempt") {
    c.intents.back().job.name = JobName{"batches/recorded"};
    c.seen.display_name = job_display_name(kRun, 7, 2, kHash);
    c.chunk.state = ChunkState::submitted;
  }
  CHECK(c.judged() == Stray::untold);
}

TEST_CASE("the very name that a chunk would create, made from a file that is not ours, is for a person") {
  Case c;
  c.is_our_file = false;
  c.seen.input = RemoteFileName{"files/other"};
  SUBCASE("the chunk waits to be created") {}
  SUBCASE("nothing was begun") {
    c.intents.clear();
    c.chunk.state = ChunkState::planned;
  }
  CHECK(c.judged() == Stray::impostor);
}

TEST_CASE("what has only a part of the mark is foreign") {
  Case c;
  SUBCASE("another body") { c.seen.display_name = job_display_name(kRun, 7, 1, std::string(64, 'f')); }
  SUBCASE("another chunk's number") { c.seen.display_name = job_display_name(kRun, 8, 1, kHash); }
  SUBCASE("an attempt that was never told of, for a chunk that rests") {
    c.seen.display_name = job_display_name(kRun, 7, 2, kHash);
    c.chunk.state = ChunkState::done;
  }
  CHECK(c.judged() == Stray::foreign);
}

TEST_CASE("a display name is read back as it was made, and nothing else is") {
  const auto mark = job_mark_of(job_display_name(kRun, 12, 3, kHash));
  REQUIRE(mark.has_value());
  CHECK(mark->run == kRun);
  CHECK(mark->chunk_index == 12);
  CHECK(mark->attempt == 3);
  for (const char* other : {"", "bc", "bc/r/1/a1", "bc/r/1/a1/h/x", "bc/r/x/a1/h", "bc/r/1/1/h", "bc/r/1/a0/h",
                            "bc/r/-1/a1/h", "bc//1/a1/h", "xx/r/1/a1/h", "bc/r/1/a1x/h", "bc/r/99999999999/a1/h"})
    CHECK_FALSE(job_mark_of(other).has_value());
}
