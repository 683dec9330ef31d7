// One small world with everything going wrong at random, from one seed: answers lost before and after their effect,
// effects that come late, jobs that are listed late, 429 and 5xx, stalls, outages, a key that is refused, processes
// that die anywhere, clocks that are set, files that expire or vanish, jobs that end badly, downloads that are cut, a
// person who cancels. Within the bounds of the create protocol (D, G) nothing of it may make a job twice or lose a
// record.
#pragma once

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/rig.hpp"

namespace batchctl::app {

class SimulatedLife {
 public:
  explicit SimulatedLife(std::uint64_t seed);
  SimulatedLife(const SimulatedLife&) = delete;
  SimulatedLife& operator=(const SimulatedLife&) = delete;

  /// From the first submit to the end of every run, checking after each step; fails the test case when something is not
  /// as it must be.
  void live();
  /// Creates of repair chunks that were looked into.
  int repairs_checked() const { return repairs_checked_; }

 private:
  struct Death : std::exception {};

  int pick(int from, int to) { return static_cast<int>(dice_.uniform(from, to + 1)); }
  bool chance(double p) { return dice_.uniform(0, 1) < p; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return *(choices.begin() + pick(0, static_cast<int>(choices.size()) - 1));
  }

  // ---- the world
  fakes::FakeOptions world();
  std::optional<std::string> row(const fakes::FakeJob& job, const std::string& key, const std::string& question) const;
  FaultOrder misfortune();
  void pass_time();
  void maybe_die();
  void befall();
  void set_clock(Duration by);

  // ---- the processes
  template <class Verb>
  void go(Verb verb);
  void submit(const std::string& file, int records);
  void session();
  Stay stay();
  bool is_over();

  // ---- what must always hold
  void check();
  void check_records();
  void check_repair(const CreateJob& create);
  void check_end();

  Random dice_;
  std::vector<std::pair<std::string, int>> runs_;  // name, records
  std::map<std::string, std::int64_t> answered_;   // by run, when last looked at
  int commits_ = 0, commits_checked_ = 0;
  int repairs_checked_ = 0;
  double failing_rows_ = 0;  // their share
  std::uint64_t rows_seed_ = 0;
  bool may_lose_ = false;  // something that costs records was ordered
  bool dead_ = false;
  bool is_last_ = false;  // this process is driven until all is over
  int deaths_left_ = pick(0, 6);
  int steps_to_death_ = 0;
  int steps_to_cancel_ = 0;  // 0: nobody cancels
  int jumps_left_ = 0;
  int vanishing_files_ = 0;
  Rig rig_;
};

}  // namespace batchctl::app
