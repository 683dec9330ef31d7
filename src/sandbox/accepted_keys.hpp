// Which record keys jobs held and how often, in little memory: keys `r0`, `r1`, … as stretches of numbers, any other
// key by its hash. Keys may come in any order; in rising order a stretch takes the place of one key.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batchctl::sandbox {

/// Keys that were accepted the same number of times: `r<number>` and those that follow it, or one other key.
struct CountedKeys {
  std::optional<std::string> name;  // of the other key
  std::uint64_t number = 0;
  std::uint64_t count = 1;
  std::uint32_t times = 0;

  std::string key(std::uint64_t index) const;
};

class AcceptedKeys {
 public:
  void add(std::string_view key);
  void add(const AcceptedKeys& other);

  /// Each key is in one element. Of a job's other keys the first thousand keep their names; the rest are called
  /// `hash <16 hex>`.
  std::vector<CountedKeys> counted() const;

  nlohmann::json to_journal() const;
  /// Also from the list of all keys that old journals hold.
  static AcceptedKeys from_journal(const nlohmann::json& json);

 private:
  struct Stretch {
    std::uint64_t first = 0;
    std::uint64_t end = 0;  // behind the last
  };

  void count_numbers(std::vector<CountedKeys>& into) const;
  void count_others(std::vector<CountedKeys>& into) const;

  std::vector<Stretch> stretches_;  // as they came; may overlap
  std::vector<std::uint64_t> hashes_;
  std::map<std::uint64_t, std::string> names_;  // by hash
};

}  // namespace batchctl::sandbox
