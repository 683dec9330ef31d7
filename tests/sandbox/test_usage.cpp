#include "sandbox/usage.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace batchctl::sandbox {
namespace {

Instant at(std::int64_t minute) { return Instant{minutes{minute}}; }

struct Jobs {
  std::uint64_t next = 1;

  /// Is active from minute `from` to minute `to`.
  Job job(const std::string& model, std::int64_t from, std::int64_t to, std::uint64_t tokens = 10) {
    Job made;
    made.serial = next++;
    made.project = "p";
    made.model = model;
    made.created = made.starts = at(from);
    made.ends = at(to);
    made.tokens = tokens;
    made.requests = 3;
    return made;
  }
};

}  // namespace

TEST_CASE("amounts are summed from any instant to the end, whatever was asked before") {
  std::mt19937 random(7);
  EndingAmounts amounts;
  std::vector<std::pair<Instant, std::uint64_t>> plain;
  for (int i = 0; i < 2000; ++i) {
    const Instant end = at(static_cast<std::int64_t>(random() % 100));
    if (random() % 3 == 0 && !plain.empty()) {
      const auto one = plain.begin() + static_cast<std::ptrdiff_t>(random() % plain.size());
      amounts.remove(one->first, one->second);
      plain.erase(one);
    } else {
      plain.emplace_back(end, random() % 50);
      amounts.add(end, plain.back().second);
    }
    const Instant asked = at(static_cast<std::int64_t>(random() % 100));
    std::uint64_t sum = 0;
    for (const auto& [until, amount] : plain) sum += until > asked ? amount : 0;
    REQUIRE(amounts.after(asked) == sum);
  }
}

TEST_CASE("what was made is summed since an instant, also of an equal one") {
  MadeAmounts made;
  CHECK(made.since(at(0)).jobs == 0);
  made.add(at(1), 10, 1);
  made.add(at(2), 20, 2);
  made.add(at(2), 30, 3);
  made.add(at(4), 40, 4);
  CHECK(made.since(at(0)).tokens == 100);
  CHECK(made.since(at(2)).tokens == 90);
  CHECK(made.since(at(2)).requests == 9);
  CHECK(made.since(at(3)).jobs == 1);
  CHECK(made.since(at(5)).tokens == 0);
  CHECK(made.at_from_last(0) == at(4));
  CHECK(made.at_from_last(2) == at(2));
  CHECK(made.at_from_last(9) == at(1));
}

TEST_CASE("of a clock that was set back, what was made counts as made at the last instant") {
  MadeAmounts made;
  made.add(at(10), 1, 1);
  made.add(at(5), 2, 1);
  CHECK(made.since(at(10)).tokens == 3);
  CHECK(made.since(at(11)).tokens == 0);
}

TEST_CASE("a job holds its project and its model until it ends, and for the release time after") {
  Jobs jobs;
  Usage usage;
  usage.add(jobs.job("a", 0, 20, 10));
  usage.add(jobs.job("b", 0, 30, 7));
  CHECK(usage.active_jobs("p", "", at(19), {}) == 2);
  CHECK(usage.active_jobs("p", "", at(20), {}) == 1);
  CHECK(usage.active_jobs("p", "a", at(19), {}) == 1);
  CHECK(usage.active_tokens("p", "a", at(19), {}) == 10);
  CHECK(usage.active_tokens("p", "a", at(20), {}) == 0);
  CHECK(usage.active_tokens("p", "a", at(34), minutes{15}) == 10);
  CHECK(usage.active_tokens("p", "a", at(35), minutes{15}) == 0);
  CHECK(usage.active_jobs("q", "", at(1), {}) == 0);
}

TEST_CASE("a job that never ends holds until it expires") {
  Jobs jobs;
  Usage usage;
  usage.add(jobs.job("a", 0, 1000000));
  CHECK(usage.active_jobs("p", "", Instant{kJobLife} - milliseconds{1}, {}) == 1);
  CHECK(usage.active_jobs("p", "", Instant{kJobLife}, {}) == 0);
}

TEST_CASE("a cancelled job and a deleted one hold no longer, and still count for their day") {
  Jobs jobs;
  Usage usage;
  Job cancelled = jobs.job("a", 0, 20);
  const Job deleted = jobs.job("a", 1, 20);
  const Job ended = jobs.job("a", 2, 3);
  for (const Job& job : {cancelled, deleted, ended}) usage.add(job);
  cancelled.cancelled = Cancel{.at = at(5)};
  usage.update(cancelled);
  usage.remove(deleted, at(6));
  usage.remove(ended, at(6));
  CHECK(usage.active_jobs("p", "", at(4), {}) == 2);
  CHECK(usage.active_jobs("p", "", at(5), {}) == 1);
  CHECK(usage.active_jobs("p", "", at(6), {}) == 0);
  CHECK(usage.active_jobs("p", "", at(6), minutes{2}) == 2);
  CHECK(usage.active_tokens("p", "a", at(6), {}) == 0);
  CHECK(usage.made("p", "a").since(at(0)).tokens == 30);
  CHECK(usage.made("p", "").since(at(1)).requests == 6);
}

}  // namespace batchctl::sandbox
