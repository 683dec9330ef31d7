// What the jobs of each project and model take of its quotas. Kept up as jobs come and end, so that a question needs no
// look at all jobs. Knows no rules: see quotas.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "sandbox/jobs.hpp"

namespace batchctl::sandbox {

/// Amounts that each count until an instant of their own. A question costs as much as lies between its instant and that
/// of the question before: little when time goes on, whatever the number.
class EndingAmounts {
 public:
  void add(Instant end, std::uint64_t amount);
  /// Takes back what was added.
  void remove(Instant end, std::uint64_t amount);
  /// The sum of those that end after `at`.
  std::uint64_t after(Instant at);

 private:
  std::map<Instant, std::uint64_t> amounts_;  // by end
  Instant asked_ = Instant::min();
  std::uint64_t sum_ = 0;  // of those that end after `asked_`
};

/// What was made, in order of time; nothing is ever taken back.
class MadeAmounts {
 public:
  struct Sum {
    std::uint64_t jobs = 0;
    std::uint64_t tokens = 0;
    std::uint64_t requests = 0;
  };

  /// An instant before the last one counts as the last one: the clock of another start.
  void add(Instant at, std::uint64_t tokens, std::uint64_t requests);
  /// Of what was made at `from` or later.
  Sum since(Instant from) const;
  /// When the job was made that has `later` others made after it; the earliest when there are fewer.
  Instant at_from_last(std::uint64_t later) const;

 private:
  struct Point {
    Instant at{};
    Sum with;  // all up to this one
  };
  std::vector<Point> points_;
};

class Usage {
 public:
  void add(const Job& job);
  /// To be told after anything that changes when the job ends.
  void update(const Job& job);
  /// A deleted job holds nothing any more; what it took of a day stays taken.
  void remove(const Job& job, Instant now);

  /// An empty model asks for the whole project. An ended job counts for `release_after` longer.
  std::uint64_t active_jobs(const std::string& project, const std::string& model, Instant now, Duration release_after);
  std::uint64_t active_tokens(const std::string& project, const std::string& model, Instant now,
                              Duration release_after);
  const MadeAmounts& made(const std::string& project, const std::string& model) {
    return accounts_[{project, model}].made;
  }

 private:
  struct Account {
    EndingAmounts jobs;
    EndingAmounts tokens;
    MadeAmounts made;
  };

  void move_end(const Job& job, Instant from, Instant to);

  std::map<std::pair<std::string, std::string>, Account> accounts_;  // project, model or empty
  std::unordered_map<std::uint64_t, Instant> ends_;                  // by serial
};

}  // namespace batchctl::sandbox
