// The account of records against a model that keeps, for each record, the plain list of what every stored result said.
#include <map>
#include <set>

#include "base/random.hpp"
#include "store/fixture.hpp"

using namespace batchctl;

namespace {

/// What one stored result (or an end without one) said of a record.
struct Word {
  RecordStatus status;
  Problem problem;       // when not ok
  std::int64_t seq = 0;  // of the result; 0: there was none
};

struct Repair {
  ChunkKey chunk;
  JobKey job;
  std::set<std::int64_t> records;
};

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed), fixture_(std::vector<std::int64_t>{}) {
    plan();
    for (int index = 0;; ++index) {
      const auto chunk = fixture_.store->chunk_at(fixture_.run, index);
      if (!chunk) break;
      base_.push_back(chunk->key);
    }
  }

  void step() {
    fixture_.store->write([&] {
      switch (pick(6)) {
        case 0:
        case 1:
          base_result();
          break;
        case 2:
          base_ends_without_output();
          break;
        case 3:
          plan_repair();
          break;
        case 4:
          repair_result();
          break;
        case 5:
          repair_ends_without_output();
          break;
      }
    });
  }

  void check() {
    std::map<std::int64_t, Problem> expected;
    std::int64_t covered = 0;
    for (std::int64_t record = 0; record < records_; ++record) {
      const std::vector<Word>& words = said_[record];
      if (!words.empty()) ++covered;
      if (const Word* best = best_of(words); best != nullptr && best->status != RecordStatus::ok)
        expected[record] = best->problem;
    }
    const std::vector<Problem> stored = fixture_.store->problems(fixture_.run, 0, records_);
    REQUIRE(stored.size() == expected.size());
    for (const Problem& problem : stored) {
      CAPTURE(problem.record);
      REQUIRE(expected.count(problem.record) == 1);
      const Problem& wanted = expected[problem.record];
      CHECK(problem.status == wanted.status);
      CHECK(problem.code == wanted.code);
      CHECK(problem.message == wanted.message);
      CHECK(problem.tokens_in == wanted.tokens_in);
      CHECK(problem.tokens_out == wanted.tokens_out);
      CHECK(fixture_.number("SELECT tries FROM problem WHERE record = " + std::to_string(problem.record)) ==
            tries_[problem.record]);
    }
    const RecordTally tally = fixture_.store->record_tally(fixture_.run);
    std::int64_t failed = static_cast<std::int64_t>(expected.size());
    for (const UnsentRecord& record : unsent_) {
      if (!record.same_as || !said_[*record.same_as].empty()) ++covered;
      if (!record.same_as || is_problem(*record.same_as)) ++failed;
    }
    CHECK(tally.total == records_);
    CHECK(tally.outstanding == records_ - covered);
    CHECK(tally.failed == failed);
    CHECK(tally.answered == covered - tally.failed);
    check_claims();
    check_open();
    check_winners();
  }

 private:
  static constexpr int kMostRecords = 6;

  std::int64_t pick(std::int64_t n) { return static_cast<std::int64_t>(random_.uniform(0, static_cast<double>(n))); }
  bool chance(double p) { return random_.uniform(0, 1) < p; }

  /// Some chunks, and, in most histories, records before, within and behind them that are not sent.
  void plan() {
    std::vector<NewChunk> chunks(static_cast<std::size_t>(1 + pick(4)));
    const double leaving_out = std::array{0.0, 0.2, 0.6}[static_cast<std::size_t>(pick(3))];
    std::vector<std::int64_t> sent;
    const auto leave_out = [&] {
      while (chance(leaving_out)) {
        UnsentRecord record;
        record.record = records_++;
        if (!sent.empty() && chance(0.6))
          record.same_as = sent[static_cast<std::size_t>(pick(static_cast<std::int64_t>(sent.size())))];
        else
          record.message = std::array{"bad", "worse"}[static_cast<std::size_t>(pick(2))];
        unsent_.push_back(record);
      }
    };
    int index = 0;
    for (NewChunk& chunk : chunks) {
      leave_out();
      chunk = base_chunk(index++, records_, 1 + pick(kMostRecords));
      chunk.spans.clear();
      for (std::int64_t i = 0; i < chunk.records; ++i) {
        if (i > 0) leave_out();
        if (!chunk.spans.empty() && chunk.spans.back().first_record + chunk.spans.back().records == records_)
          ++chunk.spans.back().records;
        else
          chunk.spans.push_back({records_, 1, records_ + 1, 0, 0, 0});
        sent.push_back(records_++);
      }
      chunk.unsent = records_ - chunk.first_record - chunk.records;
    }
    leave_out();
    fixture_.run = fixture_.add_run("history", chunks, unsent_, records_);
  }

  /// The first ok, else the last of the best status; nullptr when nothing was said.
  static const Word* best_of(const std::vector<Word>& words) {
    const Word* best = nullptr;
    for (const Word& word : words)
      if (best == nullptr || (best->status != RecordStatus::ok && rank_of(word.status) <= rank_of(best->status)))
        best = &word;
    return best;
  }
  bool is_problem(std::int64_t record) {
    const Word* best = best_of(said_[record]);
    return best != nullptr && best->status != RecordStatus::ok;
  }

  Problem random_problem(std::int64_t record) {
    static constexpr std::array kStatuses = {RecordStatus::truncated, RecordStatus::invalid, RecordStatus::empty,
                                             RecordStatus::blocked,   RecordStatus::error,   RecordStatus::missing};
    Problem problem;
    problem.record = record;
    problem.status = kStatuses[static_cast<std::size_t>(pick(kStatuses.size()))];
    if (chance(0.3)) problem.code = pick(2);
    problem.message = std::array{"", "one", "two"}[static_cast<std::size_t>(pick(3))];
    problem.tokens_in = pick(2);
    return problem;
  }

  void store_result(ChunkKey chunk, JobKey job, const std::set<std::int64_t>& records) {
    std::vector<Problem> problems;
    const double failing = std::array{0.1, 0.5, 0.9}[static_cast<std::size_t>(pick(3))];
    const bool alike = chance(0.5);
    for (const std::int64_t record : records)
      if (chance(failing)) {
        problems.push_back(random_problem(record));
        if (alike) problems.back() = problems.front(), problems.back().record = record;
      }
    fixture_.store->store_result(fixture_.run, chunk, job, ResultSummary{}, problems, at(1));
    const std::int64_t seq = fixture_.number("SELECT max(seq) FROM result");
    for (const std::int64_t record : records) said_[record].push_back({RecordStatus::ok, {}, seq});
    for (const Problem& problem : problems) said_[problem.record].back() = {problem.status, problem, seq};
  }

  void store_no_result(ChunkKey chunk, JobKey job, const std::set<std::int64_t>& records) {
    Problem problem = random_problem(0);
    problem.tokens_in = 0;
    fixture_.store->store_no_result(fixture_.run, chunk, job, problem.status, problem.code, problem.message);
    for (const std::int64_t record : records) {
      problem.record = record;
      said_[record].push_back({problem.status, problem, 0});
    }
  }

  std::set<std::int64_t> records_of(ChunkKey chunk) {
    std::set<std::int64_t> all;
    for (const Span& span : fixture_.store->spans(chunk))
      for (std::int64_t i = 0; i < span.records; ++i) all.insert(span.first_record + i);
    return all;
  }

  /// Of the attempt, or late, of a job that another took over.
  void base_result() {
    const ChunkKey chunk = base_[static_cast<std::size_t>(pick(static_cast<std::int64_t>(base_.size())))];
    const JobKey job = fixture_.store->add_intent(fixture_.an_intent(chunk, next_attempt_++));
    fixture_.database().exec("UPDATE job SET hold = 'none' WHERE job = " + std::to_string(job.value));
    store_result(chunk, job, records_of(chunk));
  }

  void base_ends_without_output() {
    const ChunkKey chunk = base_[static_cast<std::size_t>(pick(static_cast<std::int64_t>(base_.size())))];
    if (fixture_.store->chunk(chunk)->state != ChunkState::planned) return;
    if (chance(0.5)) {
      fixture_.move(chunk, ChunkEvent::upload_started);
      fixture_.move(chunk, ChunkEvent::upload_rejected);
    } else {
      fixture_.move(chunk, ChunkEvent::cancel_requested);
    }
    store_no_result(chunk, JobKey{}, records_of(chunk));
  }

  void plan_repair() {
    Repair repair;
    NewChunk chunk = base_chunk(0, 0, 1);
    chunk.kind = ChunkKind::repair;
    chunk.spans.clear();
    for (std::int64_t record = 0; record < records_; ++record) {
      if (!is_problem(record) || claimed_.count(record) != 0 || chance(0.3)) continue;
      repair.records.insert(record);
      if (!chunk.spans.empty() && chunk.spans.back().first_record + chunk.spans.back().records == record && chance(0.7))
        ++chunk.spans.back().records;
      else
        chunk.spans.push_back(Span{record, 1, record + 1, 0, 0, 0});
    }
    if (repair.records.empty()) return;
    chunk.records = static_cast<std::int64_t>(repair.records.size());
    chunk.first_record = *repair.records.begin();
    repair.chunk = fixture_.chunk(fixture_.store->add_repair(fixture_.run, chunk));
    for (const std::int64_t record : repair.records) claimed_[record] = repair.chunk;
    repairs_.push_back(repair);
  }

  std::optional<Repair> take_repair() {
    if (repairs_.empty()) return std::nullopt;
    const auto at_index = repairs_.begin() + pick(static_cast<std::int64_t>(repairs_.size()));
    Repair repair = *at_index;
    repairs_.erase(at_index);
    return repair;
  }

  void release(const Repair& repair) {
    for (const std::int64_t record : repair.records) {
      claimed_.erase(record);
      ++tries_[record];
    }
  }

  void repair_result() {
    std::optional<Repair> repair = take_repair();
    if (!repair) return;
    repair->job = fixture_.submit(repair->chunk, 1);
    fixture_.move(repair->chunk, ChunkEvent::job_ended, repair->job);
    store_result(repair->chunk, repair->job, repair->records);
    fixture_.move(repair->chunk, ChunkEvent::results_stored);
    release(*repair);
  }

  void repair_ends_without_output() {
    const std::optional<Repair> repair = take_repair();
    if (!repair) return;
    fixture_.move(repair->chunk, ChunkEvent::cancel_requested);
    if (chance(0.5)) store_no_result(repair->chunk, JobKey{}, repair->records);
    release(*repair);
  }

  /// What may be asked again: no claim on it, and by itself only what a result says failed for a passing reason.
  void check_open() {
    std::vector<std::int64_t> open, passing;
    for (std::int64_t record = 0; record < records_; ++record) {
      if (!is_problem(record) || claimed_.count(record) != 0) continue;
      open.push_back(record);
      const Word* best = best_of(said_[record]);
      const std::int64_t code = best->problem.code.value_or(0);
      const bool passes = best->status == RecordStatus::missing || (best->status == RecordStatus::error && code == 1);
      if (passes && best->seq != 0 && tries_[record] < 2 && !is_of_cancelled(best->seq)) passing.push_back(record);
    }
    using enum RecordStatus;
    const std::array all = {truncated, invalid, empty, blocked, error, missing};
    CHECK(fixture_.store->open_problems(fixture_.run, all) == open);
    CHECK(fixture_.store->passing_problems(fixture_.run, 2) == passing);
    const RepairTally tally = fixture_.store->repair_tally(fixture_.run, 2);
    CHECK(tally.passing == std::ssize(passing));
    CHECK(tally.claimed + std::ssize(open) == std::ssize(fixture_.store->problems(fixture_.run, 0, records_)));
    CHECK(tally.base_chunks == std::ssize(base_));
    for (const Repair& repair : repairs_) {
      std::int64_t claims = 0;
      for (const std::int64_t record : repair.records) claims += is_problem(record) ? 1 : 0;
      CHECK(fixture_.store->claims(repair.chunk) == claims);
    }
  }

  bool is_of_cancelled(std::int64_t seq) {
    return fixture_.number(
               "SELECT chunk.state = 'cancelled' FROM result JOIN job USING (job) JOIN chunk USING (chunk)"
               " WHERE seq = " +
               std::to_string(seq)) != 0;
  }

  void check_claims() {
    std::int64_t expected = 0;
    for (const auto& [record, chunk] : claimed_)
      if (is_problem(record)) ++expected;
    CHECK(fixture_.number("SELECT count(*) FROM problem WHERE claimed_by IS NOT NULL") == expected);
  }

  /// The winner of an answered record is the first result that covers it and has no outcome row for it.
  void check_winners() {
    for (const ChunkKey chunk : base_) {
      const std::vector<StoredResult> results = fixture_.store->results_of(chunk);
      for (const std::int64_t record : records_of(chunk)) {
        CAPTURE(record);
        std::set<std::int64_t> expected_seqs;
        for (const Word& word : said_[record])
          if (word.seq != 0) expected_seqs.insert(word.seq);
        std::set<std::int64_t> seqs;
        std::int64_t winner = 0;
        for (const StoredResult& result : results) {
          if (records_of(fixture_.job(result.job).chunk).count(record) == 0) continue;
          seqs.insert(result.seq);
          const bool not_ok =
              fixture_.number("SELECT count(*) FROM outcome WHERE job = " + std::to_string(result.job.value) +
                              " AND first_record <= " + std::to_string(record) + " AND first_record + n > " +
                              std::to_string(record)) != 0;
          if (!not_ok && winner == 0) winner = result.seq;
        }
        CHECK(seqs == expected_seqs);
        const Word* best = best_of(said_[record]);
        CHECK(winner == (best != nullptr && best->status == RecordStatus::ok ? best->seq : 0));
      }
    }
  }

  Random random_;
  Fixture fixture_;
  std::vector<ChunkKey> base_;
  std::vector<UnsentRecord> unsent_;
  std::int64_t records_ = 0;
  std::map<std::int64_t, std::vector<Word>> said_;
  std::map<std::int64_t, std::int64_t> tries_;
  std::map<std::int64_t, ChunkKey> claimed_;
  std::vector<Repair> repairs_;
  int next_attempt_ = 100;
};

}  // namespace

TEST_CASE("the account of every record agrees with the plain list of what was said of it") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    History history(seed);
    for (int step = 0; step < 25; ++step) {
      CAPTURE(step);
      history.step();
      if (step % 5 == 4) history.check();
    }
  }
}

TEST_CASE("a record that a long repair answered stays answered when a shorter repair and then a late failure follow") {
  Fixture fixture({4});
  const ChunkKey base = fixture.chunk(0);
  JobKey late;
  fixture.store->write([&] {
    late = fixture.submit(base);
    fixture.move(base, ChunkEvent::job_vanished, late);
    fixture.store->store_no_result(fixture.run, base, late, RecordStatus::missing, std::nullopt, "");
  });
  const auto repair = [&](int index, std::int64_t first, std::int64_t records, const std::vector<Problem>& problems) {
    fixture.store->write([&] {
      NewChunk chunk = base_chunk(index, first, records);
      chunk.kind = ChunkKind::repair;
      fixture.store->add_chunks(fixture.run, std::vector{chunk}, 0);
      fixture.finish(fixture.chunk(index), problems);
    });
  };
  repair(1, 0, 4, {problem_of(1, RecordStatus::error)});
  repair(2, 1, 1, {problem_of(1, RecordStatus::error)});
  fixture.store->write([&] {
    fixture.store->store_result(fixture.run, base, late, ResultSummary{},
                                std::vector{problem_of(1, RecordStatus::error), problem_of(3, RecordStatus::error)},
                                at(9));
  });
  const std::vector<Problem> problems = fixture.store->problems(fixture.run, 0, 4);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].record == 1);
  CHECK(fixture.store->record_tally(fixture.run).answered == 3);
}

TEST_CASE("a repair chunk claims its records in the write that stores it, once, and keeps what it asks for otherwise") {
  Fixture fixture({4});
  const ChunkKey base = fixture.chunk(0);
  fixture.store->write([&] {
    fixture.finish(base, {problem_of(1, RecordStatus::error), problem_of(3, RecordStatus::error)});
  });
  NewChunk chunk = base_chunk(0, 1, 2);
  chunk.overrides.model = "gemini-y";
  chunk.overrides.note = "again";
  chunk.overrides.output_factor = 4;
  chunk.spans = {Span{1, 1, 2, 0, 50, 50}, Span{3, 1, 4, 0, 150, 50}};
  int index = 0;
  fixture.store->write([&] { index = fixture.store->add_repair(fixture.run, chunk); });
  CHECK(index == 1);
  const Chunk stored = fixture.store->chunk_at(fixture.run, 1).value();
  CHECK(stored.kind == ChunkKind::repair);
  CHECK(stored.overrides == chunk.overrides);
  CHECK(fixture.store->chunk_at(fixture.run, 0)->overrides == Overrides{});
  CHECK(fixture.store->claims(stored.key) == 2);
  CHECK(fixture.store->passing_problems(fixture.run, 2).empty());

  // Neither twice nor for a record that is answered; and then nothing of it is stored.
  CHECK_THROWS_AS(fixture.store->write([&] { fixture.store->add_repair(fixture.run, chunk); }), Bug);
  CHECK_FALSE(fixture.store->chunk_at(fixture.run, 2).has_value());

  fixture.store->write([&] { fixture.move(stored.key, ChunkEvent::cancel_requested); });
  CHECK(fixture.store->passing_problems(fixture.run, 2) == std::vector<std::int64_t>{1, 3});
  CHECK(fixture.store->passing_problems(fixture.run, 1).empty());
  CHECK(fixture.store->passing_problems(fixture.run, 0).empty());
}
